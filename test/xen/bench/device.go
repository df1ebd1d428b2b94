package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/xenpci/xenpci/internal/domctl"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

const (
	native  = "/sys/bus/pci/drivers/e1000/"
	pciback = "/sys/bus/pci/drivers/pciback/"
)

// cards returns the eight devices.
func cards() []pci.Address {
	const first, count = 0x10, 8
	all := make([]pci.Address, count)
	for i := range all {
		all[i] = pci.Address{Slot: uint8(first + i)}
	}
	return all
}

// names returns their addresses as text.
func names() []string {
	var all []string
	for _, card := range cards() {
		all = append(all, card.String())
	}
	return all
}

// driver returns the name of the driver that has the device, or "".
func driver(name string) string {
	link, err := os.Readlink("/sys/bus/pci/devices/" + name + "/driver")
	if err != nil {
		return ""
	}
	return filepath.Base(link)
}

// write writes a value to an attribute with one write(2).
func write(path, value string) error {
	fd, err := syscall.Open(path, syscall.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer syscall.Close(fd)
	if _, err := syscall.Write(fd, []byte(value)); err != nil {
		return fmt.Errorf("%s: %s: %w", path, value, err)
	}
	return nil
}

// reset takes the devices out of pciback, quarantine and xenstore, and leaves
// them on e1000 or on no driver.
func reset(bound bool) error {
	xen, err := domctl.Open(sysfs.New("/"))
	if err != nil {
		return err
	}
	defer xen.Close()
	for _, card := range cards() {
		err := xen.Release(card)
		if err != nil && !errors.Is(err, domctl.ErrNotQuarantined) && !errors.Is(err, domctl.ErrNoIOMMU) {
			return err
		}
	}
	// Not there the first time.
	_ = exec.Command("xenstore-rm", "/libxl/pci").Run()
	return each(func(name string) error {
		wanted := map[bool]string{true: "e1000", false: ""}[bound]
		if now := driver(name); now != "" && now != wanted {
			if err := write("/sys/bus/pci/devices/"+name+"/driver/unbind", name); err != nil {
				return err
			}
		}
		// Its slot may not be registered.
		_ = write(pciback+"remove_slot", name)
		if bound && driver(name) == "" {
			return write(native+"bind", name)
		}
		return nil
	})
}

// each does the same with all devices side by side, each in a thread.
func each(do func(name string) error) error {
	failures := make([]error, len(cards()))
	var all sync.WaitGroup
	for i, name := range names() {
		all.Go(func() { failures[i] = do(name) })
	}
	all.Wait()
	return errors.Join(failures...)
}

// oneByOne does the same with one device after another.
func oneByOne(do func(name string) error) error {
	for _, name := range names() {
		if err := do(name); err != nil {
			return err
		}
	}
	return nil
}

// hidden reports whether pciback has all devices.
func hidden() error {
	return oneByOne(func(name string) error {
		if now := driver(name); now != "pciback" {
			return fmt.Errorf("%s: on %q, not hidden", name, now)
		}
		return nil
	})
}
