package passthrough

// HostLinkCode says for programs what the state of a link is about.
type HostLinkCode string

// The codes of the firmware.
const (
	HostLinkFirmwareAgrees     HostLinkCode = "firmware_agrees"      // its console is on the port that Xen uses
	HostLinkFirmwareOtherPort  HostLinkCode = "firmware_other_port"  // it is on another port
	HostLinkFirmwareOtherSpeed HostLinkCode = "firmware_other_speed" // it has another speed
	HostLinkFirmwareSilent     HostLinkCode = "firmware_silent"      // it tells nothing of a console
	HostLinkFirmwareUnread     HostLinkCode = "firmware_unread"      // what it tells cannot be read
	HostLinkFirmwareCard       HostLinkCode = "firmware_card"        // it has a serial console, and Xen or the firmware uses a card, so that the ports cannot be compared
)

// The codes of the boot loader.
const (
	HostLinkLoaderAgrees     HostLinkCode = "loader_agrees"      // its menu is on the port that Xen uses
	HostLinkLoaderNotSerial  HostLinkCode = "loader_not_serial"  // its menu is on no serial port
	HostLinkLoaderNoInput    HostLinkCode = "loader_no_input"    // it shows its menu there, and takes no keys
	HostLinkLoaderNoOutput   HostLinkCode = "loader_no_output"   // it takes keys there, and shows nothing
	HostLinkLoaderOtherPort  HostLinkCode = "loader_other_port"  // it is on another port
	HostLinkLoaderOtherSpeed HostLinkCode = "loader_other_speed" // it has another speed
	HostLinkLoaderFirmware   HostLinkCode = "loader_firmware"    // it uses the firmware's console
	HostLinkLoaderUnknown    HostLinkCode = "loader_unknown"     // there is none that xenpci knows, or its file cannot be read
	HostLinkLoaderCard       HostLinkCode = "loader_card"        // it is on a serial port, and Xen or the boot loader uses a card, so that the ports cannot be compared
)

// The codes of the two command lines.
const (
	HostLinkXenSerial    HostLinkCode = "xen_serial"      // Xen's console is on a serial port
	HostLinkXenDebugPort HostLinkCode = "xen_debug_port"  // it is on a debug port of a USB controller
	HostLinkXenNotSerial HostLinkCode = "xen_not_serial"  // console= names no serial port
	HostLinkXenNoOutput  HostLinkCode = "no_output"       // console= names nothing that Xen has
	HostLinkXenBadSpeed  HostLinkCode = "xen_bad_speed"   // Xen does not take the speed, and does not use the port
	HostLinkXenBadFormat HostLinkCode = "xen_bad_format"  // Xen does not take the format, and does not use the port
	HostLinkXenNoSpeed   HostLinkCode = "xen_no_speed"    // nothing sets the speed
	HostLinkNextNotXen   HostLinkCode = "next_not_xen"    // what boots next is not Xen
	HostLinkNextUnknown  HostLinkCode = "next_unknown"    // it is not known what boots next
	HostLinkDom0Last     HostLinkCode = "hvc0_last"       // dom0 prints on hvc0, which is /dev/console
	HostLinkDom0NotLast  HostLinkCode = "hvc0_not_last"   // dom0 prints on hvc0, and /dev/console is something else
	HostLinkDom0NoHVC    HostLinkCode = "no_hvc0"         // dom0 does not print on hvc0
	HostLinkDom0Taken    HostLinkCode = "console_taken"   // dom0 would print on a port that Xen has
	HostLinkDom0Default  HostLinkCode = "console_default" // there is no console=, and the kernel decides
	HostLinkDom0XenLinux HostLinkCode = "xenlinux"        // a kernel of XenLinux, which has no hvc0
)

// The codes of the login.
const (
	HostLinkGettyStarts      HostLinkCode = "getty_starts"       // a login waits on hvc0
	HostLinkGettyMissing     HostLinkCode = "no_getty"           // nothing starts one
	HostLinkGettyMasked      HostLinkCode = "getty_masked"       // its unit or its generator is masked
	HostLinkGettySwitchedOff HostLinkCode = "getty_switched_off" // a word on dom0's line keeps systemd from starting it
	HostLinkGettyTaken       HostLinkCode = "getty_taken"        // it is on a port that Xen has
	HostLinkGettyNotStarted  HostLinkCode = "getty_not_started"  // it does not start in the runlevel of the boot, or on any event
	HostLinkGettyUnknown     HostLinkCode = "getty_unknown"      // the init system is not known
	HostLinkSecurettyListed  HostLinkCode = "securetty_listed"   // root may log in on hvc0
	HostLinkSecurettyMissing HostLinkCode = "securetty_missing"  // hvc0 is not in the file
	HostLinkSecurettyAbsent  HostLinkCode = "securetty_absent"   // there is no such file
	HostLinkSecurettyUnread  HostLinkCode = "securetty_unread"   // it cannot be read
)
