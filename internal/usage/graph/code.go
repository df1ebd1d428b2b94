package graph

// Code identifies the kind of a finding for programs: letters, digits and '_'.
// Codes do not change; the sentences do.
type Code string

// What dom0 or a guest needs a device for. Such a finding has a chain.
const (
	Mounted          Code = "mounted"           // a mounted file system
	MountedElsewhere Code = "mounted_elsewhere" // a file system that is mounted in another mount namespace
	ExternalLog      Code = "external_log"      // the log or the realtime section of an XFS file system, on a device of its own
	Swap             Code = "swap"              // swap space
	ZFSPool          Code = "zfs_pool"          // an imported ZFS pool that has nothing mounted
	RAIDJournal      Code = "raid_journal"      // the write journal of an md array
	RAIDSpare        Code = "raid_spare"        // a spare of an md array, or a device that is being rebuilt
	GuestDisk        Code = "guest_disk"        // a virtual disk of a running guest
	OpenDisk         Code = "open_disk"         // a disk that a program has open

	DefaultRoute Code = "default_route" // dom0's way to everywhere
	NetAddress   Code = "net_address"   // an address of dom0's own
	SSHSession   Code = "ssh_session"   // somebody is logged in over it
	GuestNetwork Code = "guest_network" // a virtual network interface of a running guest

	BootDisplay   Code = "boot_display"   // the VGA card that the firmware uses
	TextConsole   Code = "text_console"   // tty0
	Screen        Code = "screen"         // an output that shows a picture
	SerialConsole Code = "serial_console" // a kernel console on a serial port
	Keyboard      Code = "keyboard"       // a keyboard
)

// What is true of the device itself, whatever uses it.
const (
	Platform         Code = "platform"          // the machine itself is made of it
	PCIBridge        Code = "pci_bridge"        // a PCI bridge, which is a part of the host and for no guest
	BehindBridge     Code = "behind_bridge"     // a bridge; pciback takes everything behind it as well
	BehindVMD        Code = "behind_vmd"        // a VMD controller; everything behind it disappears with its driver
	USBCompanions    Code = "usb_companions"    // USB controllers that share its ports and stay in dom0
	VirtualFunctions Code = "virtual_functions" // the physical function of virtual ones
	VirtualAssigned  Code = "virtual_assigned"  // the physical function of virtual ones that are hidden
	NetNamespace     Code = "net_namespace"     // its network interface is in another network namespace
	SwitchPort       Code = "switch_port"       // a port of Open vSwitch, of which sysfs does not show the use
	BootFramebuffer  Code = "boot_framebuffer"  // the firmware's framebuffer is in its memory
	XenConsole       Code = "xen_console"       // Xen has its own console on it, or may have it
)

// What could not be found out. Such a finding is about every device, unless it
// names one.
const (
	MountUnknown    Code = "mount_unknown"    // what is mounted, or what a file system is on
	DiskUnknown     Code = "disk_unknown"     // which disks there are, or what one is on
	SwapUnknown     Code = "swap_unknown"     // what dom0 swaps to
	ZFSUnknown      Code = "zfs_unknown"      // what an imported pool is on
	GuestUnknown    Code = "guest_unknown"    // what a guest's disk is on
	ProgramUnknown  Code = "program_unknown"  // which disks programs have open
	ServerUnknown   Code = "server_unknown"   // the way to a machine that a disk or a file system is on
	NetUnknown      Code = "net_unknown"      // which network interfaces there are, or what one is on
	RouteUnknown    Code = "route_unknown"    // routes, or what one goes through
	AddressUnknown  Code = "address_unknown"  // dom0's own addresses
	SessionUnknown  Code = "session_unknown"  // who is logged in, or the way back to one
	ConsoleUnknown  Code = "console_unknown"  // which consoles there are
	KeyboardUnknown Code = "keyboard_unknown" // which keyboards there are
	DisplayUnknown  Code = "display_unknown"  // what shows a picture
)
