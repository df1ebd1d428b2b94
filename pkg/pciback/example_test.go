package pciback_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// captured returns the pciback of a captured machine, whose files answer as the
// kernel does. It is loaded, and has no device.
func captured() (driver *pciback.Driver, remove func()) {
	root, err := os.MkdirTemp("", "pciback")
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile("../../testdata/sysfs/qemu.txtar")
	if err != nil {
		log.Fatal(err)
	}
	machine, err := archive.Parse(text)
	if err != nil {
		log.Fatal(err)
	}
	if err := archive.Unpack(machine, root); err != nil {
		log.Fatal(err)
	}
	host := fakekernel.Open(root)
	if err := host.LoadModule("xen-pciback"); err != nil {
		log.Fatal(err)
	}
	return pciback.New(root).WithAttributes(access{host}), func() { os.RemoveAll(root) }
}

// A device is hidden from dom0 and given back to the driver that had it.
func ExampleDriver_Hide() {
	driver, remove := captured() // pciback.New("/") is that of this machine
	defer remove()
	ctx := context.Background()
	nic := pci.Address{Slot: 9}

	from, err := driver.Hide(ctx, nic)
	if err != nil {
		log.Fatal(err) // the device is where it was, or the error says where it is
	}
	state, err := driver.State(ctx, nic)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: from %s to %s, slot %s\n", nic, from.Driver, state.Driver, state.Slot)

	if err := driver.Unhide(ctx, nic, from.Driver); err != nil {
		log.Fatal(err)
	}
	state, err = driver.State(ctx, nic)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: back on %s, slot %s\n", nic, state.Driver, state.Slot)
	// Output:
	// 0000:00:09.0: from e1000 to pciback, slot registered
	// 0000:00:09.0: back on e1000, slot absent
}

// A move that fails tells where it left the device.
func ExampleMoveError() {
	driver, remove := captured()
	defer remove()
	err := driver.Move(context.Background(), pci.Address{Slot: 9}, pciback.State{Driver: "no-such-driver"})
	var move *pciback.MoveError
	if errors.As(err, &move) {
		fmt.Printf("%s failed; stranded: %v; the device is on %s\n", move.Step.Op, move.Stranded(), move.Back.Driver)
	}
	// Output: bind failed; stranded: false; the device is on e1000
}

// The slots that pciback takes when it is asked to bind.
func ExampleDriver_Slots() {
	driver, remove := captured()
	defer remove()
	if _, err := driver.Hide(context.Background(), pci.Address{Slot: 9}); err != nil {
		log.Fatal(err)
	}
	slots, err := driver.Slots()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(slots.Addresses, slots.Of(pci.Address{Slot: 10}))
	// Output: [0000:00:09.0] absent
}

// What the running kernel has of pciback.
func ExampleDriver_Module() {
	driver, remove := captured()
	defer remove()
	m := driver.Module()
	fmt.Printf("%s is %s in %s\n", m.Name, m.Presence, m.Release)
	// Output: xen-pciback is loaded in 6.1.0-56-amd64
}

// The writes that hide a device, without doing them.
func ExampleSteps() {
	from := pciback.State{Driver: "3c59x"}
	for _, step := range pciback.Steps(pci.Address{Slot: 9}, from, pciback.HiddenFrom(from, false)) {
		fmt.Printf("%s: %s <- %s\n", step.Op, step.File, step.Value)
	}
	// Output:
	// register slot: /sys/bus/pci/drivers/pciback/new_slot <- 0000:00:09.0
	// unbind: /sys/bus/pci/drivers/3c59x/unbind <- 0000:00:09.0
	// bind: /sys/bus/pci/drivers/pciback/bind <- 0000:00:09.0
}

// The value of hide= for some devices, and what a value names.
func ExampleHideOf() {
	hide, err := pciback.HideOf(pci.Address{Slot: 9}, pci.Address{Bus: 1})
	if err != nil {
		log.Fatal(err) // pciback cannot name a device in a domain above ffff
	}
	fmt.Println(hide)

	hide, err = pciback.ParseHide("(00:09.0)(02:00.*)")
	fmt.Println(hide.Has(pci.Address{Bus: 2, Function: 3}), err)
	_, err = pciback.ParseHide("(00:09.0),(00:0a.0)")
	var refused *pciback.HideError
	if errors.As(err, &refused) {
		fmt.Printf("refused at %q\n", refused.Value[refused.At:])
	}
	// Output:
	// (0000:00:09.0)(0000:01:00.0)
	// true <nil>
	// refused at ",(00:0a.0)"
}

// The list on a command line as a guide prints it, which hides half of it.
func ExampleReadHideList() {
	line := grub.ParseCommandLine("root=/dev/sda1 ro xen-pciback.hide=(00:09.0) (00:04.0) quiet")
	list, _ := pciback.ReadHideList(line, pciback.HideKey, pciback.OldHideKey)
	fmt.Println("hidden:", list.Effective)
	fmt.Println("meant: ", list.Meant)
	for _, p := range list.Problems {
		fmt.Println(p.Kind, p.Text)
	}
	// Output:
	// hidden: (00:09.0)
	// meant:  (0000:00:09.0)(0000:00:04.0)
	// blank (00:04.0)
}
