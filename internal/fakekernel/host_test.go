package fakekernel_test

import (
	"errors"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
)

const (
	drivers  = "/sys/bus/pci/drivers/"
	newSlot  = drivers + "pciback/new_slot"
	bindFile = drivers + "pciback/bind"
	device   = "/sys/bus/pci/devices/"
)

// loaded is an unpacked machine with pciback loaded.
func loaded(t *testing.T, name string) *fakekernel.Host {
	t.Helper()
	h := fakekernel.Unpack(t, name)
	if err := h.LoadModule("xen-pciback"); err != nil {
		t.Fatal(err)
	}
	return h
}

// errnoOf is the errno in err, 0 for nil.
func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}

func driverOf(h *fakekernel.Host, address string) string {
	to, err := h.FS().Readlink(device + address + "/driver")
	if err != nil {
		return ""
	}
	for i := len(to) - 1; i >= 0; i-- {
		if to[i] == '/' {
			return to[i+1:]
		}
	}
	return to
}

func attribute(t *testing.T, h *fakekernel.Host, name string) string {
	t.Helper()
	value, err := h.FS().Read(name, 4096)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

func write(t *testing.T, h *fakekernel.Host, name, value string) {
	t.Helper()
	if err := h.Write(name, value); err != nil {
		t.Fatal(err)
	}
}

func TestHideAndUnhide(t *testing.T) {
	h := loaded(t, "sis190")
	const nic = "0000:00:04.0"
	write(t, h, device+nic+"/driver/unbind", nic)
	if h.FS().Exists("/sys/class/net/eth0") || h.FS().Exists(device+nic+"/net") {
		t.Error("the net device is still there")
	}
	write(t, h, newSlot, "00:04.0\n")
	write(t, h, bindFile, nic)
	if got := driverOf(h, nic); got != "pciback" {
		t.Errorf("driver %q", got)
	}
	if got, want := attribute(t, h, drivers+"pciback/irq_handlers"), nic+":off:not acking:0\n"; got != want {
		t.Errorf("irq_handlers %q, want %q", got, want)
	}
	write(t, h, drivers+"pciback/unbind", nic)
	write(t, h, drivers+"pciback/remove_slot", nic)
	write(t, h, "/sys/bus/pci/drivers_probe", nic)
	if got := driverOf(h, nic); got != "sis190" {
		t.Errorf("driver %q", got)
	}
	if !h.FS().Exists("/sys/class/net/eth0/address") {
		t.Error("the net device did not come back")
	}
	var errnos []syscall.Errno
	for _, w := range h.Writes() {
		errnos = append(errnos, w.Errno)
	}
	if diff := cmp.Diff(make([]syscall.Errno, 6), errnos); diff != "" {
		t.Error(diff)
	}
}
