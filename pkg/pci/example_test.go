package pci_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/xenpci/xenpci/pkg/pci"
)

// captured makes a small tree in the place of a machine's /sys and /usr/share: two
// devices, one of which has a driver, and a pci.ids.
func captured() (root string, remove func()) {
	root, err := os.MkdirTemp("", "pci")
	if err != nil {
		log.Fatal(err)
	}
	const devices = "sys/bus/pci/devices/"
	for name, content := range map[string]string{
		devices + "0000:00:02.0/vendor": "0x8086\n", devices + "0000:00:02.0/device": "0x0412\n", devices + "0000:00:02.0/class": "0x030000\n",
		devices + "0000:01:00.0/vendor": "0x8086\n", devices + "0000:01:00.0/device": "0x1521\n", devices + "0000:01:00.0/class": "0x020000\n",
		devices + "0000:01:00.0/subsystem_vendor": "0x8086\n", devices + "0000:01:00.0/subsystem_device": "0x0001\n",
		devices + "0000:01:00.0/reset": "", devices + "0000:01:00.0/driver_override": "(null)\n",
		"usr/share/misc/pci.ids": "8086  Intel Corporation\n\t0412  HD Graphics 4600\n\t1521  I350 Gigabit Network Connection\n" +
			"\t\t8086 0001  Ethernet Server Adapter I350-T4\nC 02  Network controller\n\t00  Ethernet controller\nC 03  Display controller\n\t00  VGA compatible controller\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.Symlink("../../drivers/igb", filepath.Join(root, devices, "0000:01:00.0/driver")); err != nil {
		log.Fatal(err)
	}
	return root, func() { os.RemoveAll(root) }
}

// The devices of a machine, as lspci lists them.
func ExampleScan() {
	root, remove := captured() // "/" is this machine
	defer remove()
	names, err := pci.OpenNames(root)
	if err != nil {
		log.Fatal(err)
	}
	defer names.Close()
	devices, err := pci.Scan(root)
	if err != nil {
		log.Print(err) // names the devices that could not be read; the others are there
	}
	for _, d := range devices {
		class, _ := names.Subclass(d.Class)
		vendor, _ := names.Vendor(d.Vendor)
		device, _ := names.Device(d.Vendor, d.Device)
		fmt.Printf("%s %s: %s %s\n", d.Address.Short(), class, vendor, device)
	}
	// Output:
	// 00:02.0 VGA compatible controller: Intel Corporation HD Graphics 4600
	// 01:00.0 Ethernet controller: Intel Corporation I350 Gigabit Network Connection
}

// What the numbers of a device and of its card stand for.
func ExampleNames() {
	root, remove := captured()
	defer remove()
	names, err := pci.OpenNames(root)
	if err != nil {
		log.Fatal(err)
	}
	defer names.Close()
	vendor, _ := names.Vendor(0x8086)
	device, _ := names.Device(0x8086, 0x1521)
	card, _ := names.Subsystem(0x8086, 0x1521, 0x8086, 0x0001)
	_, known := names.Device(0x8086, 0xffff)
	fmt.Printf("%s | %s | %s | %v\n", vendor, device, card, known)
	// Output: Intel Corporation | I350 Gigabit Network Connection | Ethernet Server Adapter I350-T4 | false
}

// Everything that sysfs tells of one device.
func ExampleReadDevice() {
	root, remove := captured()
	defer remove()
	d, err := pci.ReadDevice(root, pci.Address{Bus: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s has class %s and driver %s; reset: %v; reserved for another driver: %v\n", d.Address, d.Class, d.Driver, d.CanReset, *d.Override != "")

	_, err = pci.ReadDevice(root, pci.Address{Bus: 2})
	var attribute *pci.AttributeError
	if errors.As(err, &attribute) && errors.Is(err, fs.ErrNotExist) {
		fmt.Println("no such device:", attribute.Path)
	}
	// Output:
	// 0000:01:00.0 has class 0200 and driver igb; reset: true; reserved for another driver: false
	// no such device: /sys/bus/pci/devices/0000:02:00.0/vendor
}

// The devices that a user names, by address, by slot or by IDs.
func ExampleSelector() {
	root, remove := captured()
	defer remove()
	devices, err := pci.Scan(root)
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range []string{"01:00.0", "01:00", "8086:0412"} {
		selector, err := pci.ParseSelector(id)
		if err != nil {
			log.Fatal(err)
		}
		for _, d := range devices {
			if selector.Match(d) {
				fmt.Println(selector, "selects", d.Address)
			}
		}
	}
	// Output:
	// 0000:01:00.0 selects 0000:01:00.0
	// 0000:01:00 selects 0000:01:00.0
	// 8086:0412 selects 0000:00:02.0
}
