// Package machine boots the emulated Xen host: QEMU with a real hypervisor, a
// real dom0 and emulated devices.
//
// Xen and dom0's kernel have the first serial port to themselves, it goes to a
// log file; what dom0 is asked to do answers over the second. A machine that
// does not power itself off before its deadline is killed.
package machine

import (
	"fmt"
	"strings"
)

// Machine is the hardware.
type Machine struct {
	Board   string   // QEMU's: "q35" or "pc"
	IOMMU   bool     // VT-d with interrupt remapping; q35 only
	Devices []Device // beside those of the board
}

// Device is one emulated device.
type Device struct {
	Model   string // QEMU's name, with its options: "e1000"
	Address string // "09.0" on the first bus
	Network bool   // there is a DHCP server at the other end
}

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

// arguments returns QEMU's arguments for the hardware.
func (m Machine) arguments() []string {
	board := m.Board
	if m.IOMMU {
		board += ",kernel-irqchip=off"
	}
	// The software emulation runs everywhere alike; a PV dom0 does not start
	// on "-cpu max", which has SMAP.
	args := []string{
		"-machine", board, "-accel", "tcg,thread=multi", "-cpu", "qemu64", "-smp", "2", "-m", "4096",
		"-nodefaults", "-display", "none", "-vga", "none", "-no-reboot",
	}
	if m.IOMMU {
		args = append(args, "-device", "intel-iommu,intremap=on")
	}
	for number, device := range m.Devices {
		// An option ROM would only make the boot longer.
		option := fmt.Sprintf("%s,addr=%s", device.Model, device.Address)
		if device.Network {
			network := fmt.Sprintf("net%d", number)
			args = append(args, "-netdev", "user,restrict=on,id="+network)
			option += ",romfile=,netdev=" + network
		}
		args = append(args, "-device", option)
	}
	return args
}

// quoted doubles the commas of an option's value, as QEMU wants it.
func quoted(value string) string { return strings.ReplaceAll(value, ",", ",,") }
