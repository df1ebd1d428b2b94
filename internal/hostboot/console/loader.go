package console

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/uart"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/syslinux"
)

// menu is where the boot loader shows its menu.
type menu struct {
	err     error // why that is not known
	none    bool  // the boot loader has no menu
	input   bool  // it takes keys from a serial port
	output  bool  // it shows the menu on one
	port    grub.SerialPort
	address uint64 // of the port; 0 if it is not known, or there is none
	line    int    // of the command that decides it, from 1; 0 for none
}

// readMenu reads the menu of a boot loader.
func readMenu(f sysfs.FS, l boot.Loader) menu {
	if l.Kind == boot.XenEFI || l.Kind == boot.Stub {
		if l.Menu == "" {
			return menu{none: true}
		}
		l = boot.Loader{Kind: boot.GRUB2, Config: l.Menu}
	}
	content, _, err := etc.Read(f, l.Config)
	if err != nil {
		return menu{err: err}
	}
	switch l.Kind {
	case boot.GRUB2:
		config, err := grub.ParseConfig(content, nil)
		if err != nil {
			return menu{err: fmt.Errorf("%s: %w", l.Config, err)}
		}
		return menuOf(config.Terminal())
	case boot.GRUBLegacy:
		return menuOf(grub.ParseMenuList(content).Terminal())
	case boot.Syslinux:
		m := menu{}
		if s := syslinux.Parse(content).Serial; s != nil {
			m.input, m.output, m.line = true, true, s.Line
			m.port = grub.SerialPort{Unit: s.Unit, Address: s.Address, Speed: s.Speed, Line: s.Line}
			m.address = addressOf(m.port)
		}
		return m
	}
	return menu{none: true}
}

// menuOf returns the menu of GRUB's terminal. Of several serial commands the last one is taken.
func menuOf(t grub.Terminal) menu {
	m := menu{input: t.SerialInput(), output: t.SerialOutput(), line: t.OutputLine}
	if m.line == 0 {
		m.line = t.InputLine
	}
	if len(t.Serial) > 0 && (m.input || m.output) {
		m.port = t.Serial[len(t.Serial)-1]
		m.address = addressOf(m.port)
	}
	return m
}

// addressOf returns the first I/O port of a serial port; 0 if it is not known.
func addressOf(p grub.SerialPort) uint64 {
	const com3, com4 = 0x3e8, 0x2e8
	units := [...]uint64{uart.COM1, uart.COM2, com3, com4}
	if p.Unit >= 0 && p.Unit < len(units) {
		return units[p.Unit]
	}
	return p.Address
}

// loaderLink is the menu of the boot loader.
func (r reader) loaderLink() Link {
	m := r.menu
	l := Link{Name: Loader, Place: r.menuPlace(), Proof: Unproven, Evidence: "the boot loader does not run any more"}
	if m.input || m.output {
		l.Speed = m.port.Speed
	}
	name, _, _ := r.advised()
	switch {
	case !r.next.Loader.Known() && r.next.Err != nil:
		l.State, l.Code, l.Reason = Unknown, LoaderUnknown, r.next.Err.Error()
		if errors.Is(r.next.Err, fs.ErrPermission) {
			l.Advice = "run it as root"
		}
		return l
	case !r.next.Loader.Known():
		l.State, l.Code, l.Reason = Unknown, LoaderUnknown, "no boot loader was found that xenpci knows"
		return l
	case m.err != nil:
		l.State, l.Code, l.Reason = Unknown, LoaderUnknown, m.err.Error()
		return l
	case m.none:
		l.State, l.Code, l.Reason = Unknown, LoaderFirmware, string(r.next.Loader.Kind)+" prints on the firmware's console"
		return l
	case !m.input && !m.output && r.firmware.present && r.compare(r.firmware.address, r.firmware.speed) == agrees:
		l.State, l.Code, l.Reason = Unknown, LoaderFirmware, "the menu is on the firmware's console, which may be on the serial port as well"
		l.Advice = r.menuAdvice()
		return l
	case !m.input && !m.output:
		l.State, l.Code, l.Reason, l.Advice = Broken, LoaderNotSerial, "the menu is not on a serial port", r.menuAdvice()
		return l
	case !m.output:
		l.State, l.Code, l.Reason, l.Advice = Broken, LoaderNoOutput, "the boot loader takes keys from the serial port, and does not show its menu there", r.menuAdvice()
		return l
	case !m.input:
		l.State, l.Code, l.Reason, l.Advice = Broken, LoaderNoInput, "the boot loader shows its menu on the serial port, and takes no keys from there", r.menuAdvice()
		return l
	}
	switch r.compare(m.address, m.port.Speed) {
	case agrees:
		l.State, l.Code, l.Reason = Holds, LoaderAgrees, "the menu is on the serial port"
	case otherPort:
		l.State, l.Code = Broken, LoaderOtherPort
		l.Reason = fmt.Sprintf("the menu is on the port at %#x, and Xen's console on %s", m.address, r.port().Name)
		l.Advice = r.menuAdvice()
	case otherSpeed:
		l.State, l.Code = Broken, LoaderOtherSpeed
		l.Reason = fmt.Sprintf("the menu has %d baud, and Xen's console %d", m.port.Speed, r.speed)
		l.Advice = fmt.Sprintf("choose one speed: %s, or change %s= on Xen's command line", r.menuAdvice(), name)
	case notComparable:
		l.State, l.Code = Unknown, LoaderCard
		l.Reason = "the menu is on a serial port, and it cannot be told whether that is the port of Xen"
	}
	return l
}

// menuPlace returns where the terminal of the boot loader is set, or where it would be.
func (r reader) menuPlace() hostboot.Place {
	if _, place, ok := hostboot.FirstSetting(r.f, r.next.Loader, grub.Terminals, grub.TerminalOutput, grub.TerminalInput, grub.SerialCommand); ok {
		return place
	}
	config := r.next.Loader.Config
	if r.next.Loader.Menu != "" {
		config = r.next.Loader.Menu
	}
	return hostboot.Place{File: config, Line: r.menu.line}
}

// menuAdvice returns what to write so that the menu is on the port of Xen.
func (r reader) menuAdvice() string {
	_, number, speed := r.advised()
	switch l := r.next.Loader; {
	case l.Kind == boot.GRUB2 && l.Generated:
		return fmt.Sprintf("set %s=\"console serial\" and %s=\"serial --unit=%d --speed=%d\", and run %s", grub.Terminals, grub.SerialCommand, number, speed, generator(l))
	case l.Kind == boot.GRUBLegacy:
		return fmt.Sprintf("write \"serial --unit=%d --speed=%d\" and \"terminal --timeout=10 serial console\" before the first title", number, speed)
	case l.Kind == boot.Syslinux:
		return fmt.Sprintf("write SERIAL %d %d as the first line", number, speed)
	default:
		return fmt.Sprintf("write \"serial --unit=%d --speed=%d\", \"terminal_input console serial\" and \"terminal_output console serial\" before the entries", number, speed)
	}
}

// generator returns the name of the program that makes grub.cfg.
func generator(l boot.Loader) string {
	if len(l.Generate) == 0 {
		return "grub-mkconfig"
	}
	return l.Generate[0]
}
