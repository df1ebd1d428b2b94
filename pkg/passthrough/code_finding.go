package passthrough

// The codes of the guard's findings about what dom0 or a guest needs a device for.
// Such a finding has a chain.
const (
	CodeMounted          Code = "mounted"           // a mounted file system
	CodeMountedElsewhere Code = "mounted_elsewhere" // a file system that is mounted in another mount namespace
	CodeExternalLog      Code = "external_log"      // the log or the realtime section of an XFS file system, on a device of its own
	CodeSwap             Code = "swap"              // swap space
	CodeZFSPool          Code = "zfs_pool"          // an imported ZFS pool that has nothing mounted
	CodeRAIDJournal      Code = "raid_journal"      // the write journal of an md array
	CodeRAIDSpare        Code = "raid_spare"        // a spare of an md array, or a device that is being rebuilt
	CodeGuestDisk        Code = "guest_disk"        // a virtual disk of a running guest
	CodeOpenDisk         Code = "open_disk"         // a disk that a program has open

	CodeDefaultRoute Code = "default_route" // dom0's way to everywhere
	CodeNetAddress   Code = "net_address"   // an address of dom0's own
	CodeSSHSession   Code = "ssh_session"   // somebody is logged in over it
	CodeGuestNetwork Code = "guest_network" // a virtual network interface of a running guest

	CodeBootDisplay   Code = "boot_display"   // the VGA card that the firmware uses
	CodeTextConsole   Code = "text_console"   // tty0
	CodeScreen        Code = "screen"         // an output that shows a picture
	CodeSerialConsole Code = "serial_console" // a kernel console on a serial port
	CodeKeyboard      Code = "keyboard"       // a keyboard
)

// The codes of the guard's findings about the device itself, whatever uses it.
const (
	CodePlatform         Code = "platform"          // the machine itself is made of it
	CodeBehindBridge     Code = "behind_bridge"     // a bridge; pciback takes everything behind it as well
	CodeBehindVMD        Code = "behind_vmd"        // a VMD controller; everything behind it disappears with its driver
	CodeUSBCompanions    Code = "usb_companions"    // USB controllers that share its ports and would not be moved with it
	CodeVirtualFunctions Code = "virtual_functions" // the physical function of virtual ones
	CodeVirtualAssigned  Code = "virtual_assigned"  // the physical function of virtual ones that are hidden
	CodeNetNamespace     Code = "net_namespace"     // its network interface is in another network namespace
	CodeSwitchPort       Code = "switch_port"       // a port of Open vSwitch, of which sysfs does not show the use
	CodeBootFramebuffer  Code = "boot_framebuffer"  // the firmware's framebuffer is in its memory
	CodeXenConsole       Code = "xen_console"       // Xen has its own console on it, or may have it
)

// The codes of the guard's findings about what could not be found out. Such a
// finding is about every device, unless it names one.
const (
	CodeMountUnknown    Code = "mount_unknown"    // what is mounted, or what a file system is on
	CodeDiskUnknown     Code = "disk_unknown"     // which disks there are, or what one is on
	CodeSwapUnknown     Code = "swap_unknown"     // what dom0 swaps to
	CodeZFSUnknown      Code = "zfs_unknown"      // what an imported pool is on
	CodeGuestUnknown    Code = "guest_unknown"    // what a guest's disk is on
	CodeProgramUnknown  Code = "program_unknown"  // which disks programs have open
	CodeServerUnknown   Code = "server_unknown"   // the way to a machine that a disk or a file system is on
	CodeNetUnknown      Code = "net_unknown"      // which network interfaces there are, or what one is on
	CodeRouteUnknown    Code = "route_unknown"    // routes, or what one goes through
	CodeAddressUnknown  Code = "address_unknown"  // dom0's own addresses
	CodeSessionUnknown  Code = "session_unknown"  // who is logged in, or the way back to one
	CodeConsoleUnknown  Code = "console_unknown"  // which consoles there are
	CodeKeyboardUnknown Code = "keyboard_unknown" // which keyboards there are
	CodeDisplayUnknown  Code = "display_unknown"  // what shows a picture
)

// The codes of what speaks against a kind of guest, and of hints for the guest's
// administrator. CodePlatform and CodeNoPciback can be such a reason too.
const (
	CodeCardBusBridge   Code = "cardbus_bridge"          // pciback does not take it
	CodePCIBridge       Code = "pci_bridge"              // no guest can use it
	CodeDomain          Code = "pci_domain"              // Xen has no name for its PCI domain
	CodeNoFrontend      Code = "no_frontend"             // this kind of guest cannot see PCI devices
	CodeNoAnswer        Code = "no_answer"               // it does not answer
	CodeNoReset         Code = "no_reset"                // it cannot be reset
	CodeResetShared     Code = "reset_shared"            // it can be reset only together with others
	CodeNoIOMMU         Code = "no_iommu"                // the machine has none
	CodeIOMMUUnknown    Code = "iommu_unknown"           // it cannot be read whether it has one
	CodeReserved        Code = "reserved_memory"         // the firmware reserves memory for it
	CodeReservedUnknown Code = "reserved_memory_unknown" // that cannot be read
	CodeNoInterrupts    Code = "no_interrupts"           // dom0 is PVH, and this kind of guest gets no interrupts from it
	CodeLegacyInterrupt Code = "legacy_interrupt"        // dom0 is PVH, and its interrupts have to be connected after it was hidden
	CodeSharedPage      Code = "shared_page"             // part of it is in one page of memory with another function
	CodeLowMemory       Code = "low_memory"              // the firmware reserves memory where a PV guest's kernel lies
	CodeSaveEndsGuest   Code = "save_ends_guest"         // a guest has it, and may not survive xl save
)
