package console

import "github.com/xenpci/xenpci/internal/hostboot"

// Name is a link of the chain from the serial port to a login.
type Name string

// The links, in the order in which a boot passes them.
const (
	Firmware  Name = "firmware"    // the firmware's own console
	Loader    Name = "boot_loader" // its menu
	Xen       Name = "xen"         // Xen's messages, and dom0's console behind them
	Dom0      Name = "dom0"        // the messages of dom0's kernel, and /dev/console
	Getty     Name = "getty"       // a login prompt on hvc0
	Securetty Name = "securetty"   // where root may log in
)

// State is whether a link does its part.
type State string

// The states.
const (
	Holds   State = "holds"
	Broken  State = "broken"
	Unknown State = "unknown" // the files do not tell
)

// Proof is whether the running system shows what the link says.
type Proof string

// The proofs.
const (
	Proven   Proof = "proven"   // it is so now
	Refuted  Proof = "refuted"  // it is not so now
	Unproven Proof = "unproven" // the running system does not show it
)

// Link is one link of the chain.
type Link struct {
	Name   Name
	State  State
	Code   Code
	Place  hostboot.Place
	Word   string // of a command line or a file, as it is written; "" where it is about no single word
	Speed  int    // in baud; 0 where the link has none
	Reason string // why it is so
	Advice string // what to do; "" where there is nothing to do

	Proof    Proof
	Evidence string // what the running system shows, or why it shows nothing
}

// Code says what the state of a link is about.
type Code string

// The codes of the firmware.
const (
	FirmwareAgrees     Code = "firmware_agrees"      // its console is on the port that Xen uses
	FirmwareOtherPort  Code = "firmware_other_port"  // it is on another port
	FirmwareOtherSpeed Code = "firmware_other_speed" // it has another speed
	FirmwareSilent     Code = "firmware_silent"      // it tells nothing of a console
	FirmwareUnread     Code = "firmware_unread"      // what it tells cannot be read
	FirmwareCard       Code = "firmware_card"        // it has a serial console, and Xen or the firmware uses a card, so that the ports cannot be compared
)

// The codes of the boot loader.
const (
	LoaderAgrees     Code = "loader_agrees"      // its menu is on the port that Xen uses
	LoaderNotSerial  Code = "loader_not_serial"  // its menu is on no serial port
	LoaderNoInput    Code = "loader_no_input"    // it shows its menu there, and takes no keys
	LoaderNoOutput   Code = "loader_no_output"   // it takes keys there, and shows nothing
	LoaderOtherPort  Code = "loader_other_port"  // it is on another port
	LoaderOtherSpeed Code = "loader_other_speed" // it has another speed
	LoaderFirmware   Code = "loader_firmware"    // it uses the firmware's console
	LoaderUnknown    Code = "loader_unknown"     // there is none that xenpci knows, or its file cannot be read
	LoaderCard       Code = "loader_card"        // it is on a serial port, and Xen or the boot loader uses a card, so that the ports cannot be compared
)

// The codes of the two command lines.
const (
	XenSerial    Code = "xen_serial"      // Xen's console is on a serial port
	XenDebugPort Code = "xen_debug_port"  // it is on a debug port of a USB controller
	XenNotSerial Code = "xen_not_serial"  // console= names no serial port
	XenNoOutput  Code = "no_output"       // console= names nothing that Xen has
	XenBadSpeed  Code = "xen_bad_speed"   // Xen does not take the speed, and does not use the port
	XenBadFormat Code = "xen_bad_format"  // Xen does not take the format, and does not use the port
	XenNoSpeed   Code = "xen_no_speed"    // nothing sets the speed
	NextNotXen   Code = "next_not_xen"    // what boots next is not Xen
	NextUnknown  Code = "next_unknown"    // it is not known what boots next
	Dom0Last     Code = "hvc0_last"       // dom0 prints on hvc0, which is /dev/console
	Dom0NotLast  Code = "hvc0_not_last"   // dom0 prints on hvc0, and /dev/console is something else
	Dom0NoHVC    Code = "no_hvc0"         // dom0 does not print on hvc0
	Dom0Taken    Code = "console_taken"   // dom0 would print on a port that Xen has
	Dom0Default  Code = "console_default" // there is no console=, and the kernel decides
	Dom0XenLinux Code = "xenlinux"        // a kernel of XenLinux, which has no hvc0
)

// The codes of the login.
const (
	GettyStarts      Code = "getty_starts"       // a login waits on hvc0
	GettyMissing     Code = "no_getty"           // nothing starts one
	GettyMasked      Code = "getty_masked"       // its unit or its generator is masked
	GettySwitchedOff Code = "getty_switched_off" // a word on dom0's line keeps systemd from starting it
	GettyTaken       Code = "getty_taken"        // it is on a port that Xen has
	GettyNotStarted  Code = "getty_not_started"  // it does not start in the runlevel of the boot, or on any event
	GettyUnknown     Code = "getty_unknown"      // the init system is not known
	SecurettyListed  Code = "securetty_listed"   // root may log in on hvc0
	SecurettyMissing Code = "securetty_missing"  // hvc0 is not in the file
	SecurettyAbsent  Code = "securetty_absent"   // there is no such file
	SecurettyUnread  Code = "securetty_unread"   // it cannot be read
)
