package passthrough_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// tree unpacks a machine of testdata/sysfs, as 'xenpci snapshot' writes them, and
// returns its root. A program of your own uses "/".
func tree(name string) (root string, remove func()) {
	text, err := os.ReadFile("../../testdata/sysfs/" + name + ".txtar")
	if err != nil {
		panic(err)
	}
	root, err = os.MkdirTemp("", name)
	if err != nil {
		panic(err)
	}
	machine, err := archive.Parse(text)
	if err == nil {
		err = archive.Unpack(machine, root)
	}
	if err != nil {
		panic(err)
	}
	return root, func() { _ = os.RemoveAll(root) }
}

func ExampleView_Hide() {
	root, remove := tree("qemu")
	defer remove()
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	view := host.Look()
	devices, err := view.Select("00:09.0")
	if err != nil {
		fmt.Println(err)
		return
	}
	// Without DryRun this is done, and each outcome has the state that was read back.
	moved, err := view.Hide(context.Background(), devices, passthrough.HideOptions{DryRun: true}, nil)
	if err := errors.Join(err, moved.Err()); err != nil {
		fmt.Println(err)
		return
	}
	for _, outcome := range moved.Devices {
		fmt.Println(outcome.Device, outcome.Outcome)
		for _, step := range outcome.Steps {
			fmt.Println("   ", step)
		}
	}
	// Output:
	// 0000:00:09.0 planned
	//     load the module: xen-pciback
	//     register slot: /sys/bus/pci/drivers/pciback/new_slot <- 0000:00:09.0
	//     unbind: /sys/bus/pci/drivers/e1000/unbind <- 0000:00:09.0
	//     bind: /sys/bus/pci/drivers/pciback/bind <- 0000:00:09.0
}

func ExampleView_Check() {
	root, remove := tree("sis190")
	defer remove()
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	view := host.Look()
	devices, err := view.Select("00:02.5", "00:09.0")
	if err != nil {
		fmt.Println(err)
		return
	}
	checked, err := view.Check(context.Background(), nil, devices...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, device := range checked.Devices {
		fmt.Println(device.Address, device.Driver, device.Hide.Verdict, device.Hide.Short)
	}
	// Output:
	// 0000:00:02.5 pata_sis refused / is on it
	// 0000:00:09.0 3c59x yes
}

func ExampleView_Choose() {
	root, remove := tree("qemu")
	defer remove()
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	chosen, err := host.Look().Choose(context.Background(), "eth1", "00:09.0")
	fmt.Println(chosen.Devices, err)
	for _, m := range chosen.Meant {
		fmt.Println(m.ID, "is", m.Devices[0].Device, "as the name of an", m.By)
	}
	_, err = host.Look().Choose(context.Background(), "eth7")
	fmt.Println(err)
	// Output:
	// [0000:00:0a.0 0000:00:09.0] <nil>
	// eth1 is 0000:00:0a.0 as the name of an interface
	// eth7: no device has this name; did you mean eth0, eth1, eth2, eth3?
}

func ExampleView_Survey() {
	root, remove := tree("qemu")
	defer remove()
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	surveyed, err := host.Look().Survey(nil)
	for _, s := range surveyed {
		if s.Names != nil {
			fmt.Println(s.Device.Address, s.Device.Driver, s.Names, s.Device.State)
		}
	}
	fmt.Println(err)
	// Output:
	// 0000:00:09.0 e1000 [eth0] free
	// 0000:00:0a.0 e1000 [eth1] free
	// 0000:00:0b.0 8139cp [eth2] free
	// 0000:01:01.0 e1000 [eth3] free
	// <nil>
}

func ExampleError() {
	root, remove := tree("qemu")
	defer remove()
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = host.Look().Select("00:1d.0")
	var refused *passthrough.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code)
		fmt.Println(refused.Reason)
		fmt.Println(refused.Advice)
	}
	fmt.Println(passthrough.ClassOf(err))
	// Output:
	// no_device
	// 00:1d.0: no such device
	// 'xenpci list' shows the devices
	// no_device
}

func ExampleView_Declare() {
	root, remove := tree("qemu")
	defer remove()
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	view := host.Look()
	devices, err := view.Select("00:09.0")
	if err != nil {
		fmt.Println(err)
		return
	}
	declared, err := view.Declare(context.Background(), devices, passthrough.DeclareOptions{DryRun: true, Name: "lan"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("declared:", declared.Change.Declared)
	fmt.Println("layers:", declared.Change.Layers)
	for _, file := range declared.Change.Files {
		fmt.Println("writes", file.Path)
	}
	// Output:
	// declared: [0000:00:09.0]
	// layers: [modprobe]
	// writes /etc/xenpci/devices.toml
	// writes /etc/modprobe.d/00-xenpci.conf
	// writes /etc/modprobe.d/xenpci.conf
}
