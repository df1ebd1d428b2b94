// Package irq reads what the kernel shows of the legacy interrupts of PCI functions: INTx, a line
// of the I/O APIC that functions can share.
package irq

import (
	"path"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Function is how a PCI function interrupts.
type Function struct {
	Pin      bool // it has a legacy interrupt: its interrupt pin is not 0
	Messages bool // it can interrupt by messages, or that is not known: it has the capability MSI or MSI-X
	Sends    bool // a driver has it interrupt by messages: /sys/bus/pci/devices/*/msi_irqs
	Line     int  // Linux's number of its legacy interrupt (irq there); 0 where there is none
}

// Legacy reports whether the function can interrupt only by its line, as far as is known.
func (f Function) Legacy() bool { return f.Pin && !f.MSI() }

// MSI reports whether the function interrupts by messages, or may do so.
func (f Function) MSI() bool { return f.Messages || f.Sends }

// The layout of the configuration space (include/uapi/linux/pci_regs.h).
const (
	configSize      = 256
	status          = 0x06
	hasCapabilities = 0x10 // in status
	capabilities    = 0x34 // the offset of the first one
	pin             = 0x3d
	idMSI           = 0x05
	idMSIX          = 0x11
	firstCapability = 0x40
)

// Read returns how a function interrupts. Without privileges the kernel shows the first 64 bytes
// of the configuration space, which do not have the capabilities.
func Read(fs sysfs.FS, a pci.Address) (Function, error) {
	folder := "/sys/bus/pci/devices/" + a.String()
	config, err := fs.Read(folder+"/config", configSize)
	if err != nil {
		return Function{}, err
	}
	f := Function{Pin: len(config) > pin && config[pin] != 0 && config[pin] != 0xff, Messages: messages(config)}
	if numbers, err := fs.List(folder + "/msi_irqs"); err == nil {
		f.Sends = len(numbers) > 0
	}
	if text, err := fs.Attribute(folder + "/irq"); err == nil {
		f.Line, _ = strconv.Atoi(text)
	}
	return f, nil
}

// messages reports whether a configuration space may have the capability MSI or MSI-X.
func messages(config []byte) bool {
	switch {
	case len(config) <= status || config[status]&hasCapabilities == 0:
		return false
	case len(config) < configSize:
		return true
	}
	at := config[capabilities] &^ 3
	for range configSize / 4 { // a broken device may have a loop
		if at < firstCapability {
			return false
		}
		if id := config[at]; id == idMSI || id == idMSIX {
			return true
		}
		at = config[at+1] &^ 3
	}
	return false
}

// Line is what the kernel shows of an interrupt, in /sys/kernel/irq.
type Line struct {
	Requested bool   // a driver has requested it, perhaps that of another function: actions
	Count     uint64 // how often it has come, on all processors: per_cpu_count
	GSI       uint32 // its global system interrupt, if Known
	Known     bool
}

// ReadLine returns what the kernel shows of the interrupt of that number; the zero value where
// there is none, or the kernel is older than 4.9.
//
// The number is the global system interrupt if it is the number of the pin as well. The kernel
// numbers the pins of the first I/O APIC so; to those of others it gives numbers above all global
// system interrupts (alloc_irq_from_domain in arch/x86/kernel/apic/io_apic.c).
func ReadLine(fs sysfs.FS, number int) (l Line) {
	if number <= 0 {
		return Line{}
	}
	folder := path.Join("/sys/kernel/irq", strconv.Itoa(number))
	if text, err := fs.Attribute(folder + "/actions"); err == nil {
		l.Requested = text != ""
	}
	if text, err := fs.Attribute(folder + "/per_cpu_count"); err == nil {
		l.Count = sum(text)
	}
	pin, err := fs.Attribute(folder + "/hwirq")
	chip, _ := fs.Attribute(folder + "/chip_name")
	if err == nil && pin == strconv.Itoa(number) && strings.HasSuffix(chip, "IO-APIC") {
		l.GSI, l.Known = uint32(number), true
	}
	return l
}

// sum adds the counts of the processors: "0,5".
func sum(text string) (count uint64) {
	for field := range strings.SplitSeq(text, ",") {
		if n, err := strconv.ParseUint(field, 10, 64); err == nil {
			count += n
		}
	}
	return count
}
