// Package machine boots the emulated Xen host: QEMU with a real hypervisor, a
// real dom0 and emulated devices.
//
// Xen and dom0's kernel have the first serial port to themselves, it goes to a
// log file; what dom0 is asked to do answers over the second. A machine that
// does not power itself off before its deadline is killed.
package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Machine is the hardware.
type Machine struct {
	Board    string   // QEMU's: "q35" or "pc"
	IOMMU    bool     // VT-d with interrupt remapping; q35 only
	CPU      string   // its features besides those of QEMU's qemu64: "+svm,+npt"
	Xen      string   // more options on the hypervisor's line: "dom0=pvh"
	Firmware Firmware // what starts Xen
	Devices  []Device // beside those of the board
	Reboots  bool     // it starts again when it is reset; otherwise it goes off
}

// Device is one emulated device.
type Device struct {
	Model   string // QEMU's name, with its options: "e1000"
	Address string // "09.0" on its bus, which is the first one if Model names none; "" for what is no PCI device
	Network bool   // there is a DHCP server at the other end
	Wire    int    // not 0: the cards with the same number are on one wire
	Disk    bool   // it has a medium of its own: diskSize bytes, all zero
}

// diskSize is what every disk holds, in bytes. Its file has holes.
const diskSize = 128 << 20

// E1000 returns a network card, 8086:100e, that reaches a DHCP server.
func E1000(address string) Device {
	return Device{Model: "e1000", Address: address, Network: true}
}

// RTL8139 returns another maker's network card, 10ec:8139.
func RTL8139(address string) Device {
	return Device{Model: "rtl8139", Address: address, Network: true}
}

// USB returns the USB controller of the ICH9 at one slot: an EHCI controller
// at function 7 and its companions at functions 0 to 2.
func USB(slot string) []Device {
	devices := []Device{{Model: "ich9-usb-ehci1,id=usb,multifunction=on", Address: slot + ".7"}}
	for companion := range 3 {
		devices = append(devices, Device{
			Model:   fmt.Sprintf("ich9-usb-uhci%d,masterbus=usb.0,firstport=%d,multifunction=on", companion+1, 2*companion),
			Address: fmt.Sprintf("%s.%d", slot, companion),
		})
	}
	return devices
}

// RootPort returns a PCIe root port, whose bus is called id. No two have the same
// number.
func RootPort(id, address string, number int) Device {
	return Device{Model: fmt.Sprintf("pcie-root-port,id=%s,slot=%d,chassis=%d", id, number, number), Address: address}
}

// Arguments returns QEMU's arguments for the hardware. The disks are files in
// the folder.
func (m Machine) Arguments(folder string) []string {
	board := m.Board
	if m.IOMMU {
		board += ",kernel-irqchip=off"
	}
	// The software emulation runs everywhere alike; a PV dom0 does not start
	// on "-cpu max", which has SMAP.
	cpu := "qemu64"
	if m.CPU != "" {
		cpu += "," + m.CPU
	}
	args := []string{
		"-machine", board, "-accel", "tcg,thread=multi", "-cpu", cpu, "-smp", "2", "-m", "4096",
		"-nodefaults", "-display", "none", "-vga", "none",
	}
	if !m.Reboots {
		args = append(args, "-no-reboot")
	}
	if m.IOMMU {
		args = append(args, "-device", "intel-iommu,intremap=on")
	}
	for number, device := range m.Devices {
		// An option ROM would only make the boot longer.
		option := device.Model
		if device.Address != "" {
			option += ",addr=" + device.Address
		}
		if device.Disk {
			drive := fmt.Sprintf("disk%d", number)
			args = append(args, "-blockdev", "driver=file,node-name="+drive+",filename="+quoted(diskFile(folder, number)))
			option += ",drive=" + drive
		}
		netdev := ""
		switch {
		case device.Network:
			netdev = "user,restrict=on"
		case device.Wire != 0:
			netdev = fmt.Sprintf("hubport,hubid=%d", device.Wire)
		}
		if netdev != "" {
			network := fmt.Sprintf("net%d", number)
			args = append(args, "-netdev", netdev+",id="+network)
			option += ",romfile=,netdev=" + network
		}
		args = append(args, "-device", option)
	}
	return args
}

// MakeDisks makes the disks' files in the folder.
func (m Machine) MakeDisks(folder string) error {
	var failures []error
	for number, device := range m.Devices {
		if !device.Disk {
			continue
		}
		file, err := os.Create(diskFile(folder, number))
		if err != nil {
			return err
		}
		failures = append(failures, file.Truncate(diskSize), file.Close())
	}
	return errors.Join(failures...)
}

func diskFile(folder string, number int) string {
	return filepath.Join(folder, fmt.Sprintf("disk%d", number))
}

// quoted doubles the commas of an option's value, as QEMU wants it.
func quoted(value string) string { return strings.ReplaceAll(value, ",", ",,") }
