package passthrough

// LinkKind is what a step of a chain is.
type LinkKind string

// The kinds of steps.
const (
	LinkFunction LinkKind = "function" // of a PCI device

	LinkDisk       LinkKind = "disk"        // a whole disk, of whatever bus
	LinkPartition  LinkKind = "partition"   // of a disk, or of a volume
	LinkVolume     LinkKind = "volume"      // of the device mapper: LVM and others
	LinkLUKS       LinkKind = "luks_volume" // an opened LUKS container
	LinkEncrypted  LinkKind = "encrypted_volume"
	LinkMultipath  LinkKind = "multipath" // one disk by several paths
	LinkArray      LinkKind = "array"     // of md
	LinkLoop       LinkKind = "loop"      // a loop device
	LinkLoops      LinkKind = "loops"     // several loop devices with their files on one file system
	LinkFile       LinkKind = "file"      // in which something keeps its bytes
	LinkOverlay    LinkKind = "overlay"   // a file system on directories of others
	LinkBtrfs      LinkKind = "btrfs"     // a file system of several devices
	LinkSeveral    LinkKind = "several"   // another file system of several devices
	LinkPool       LinkKind = "zfs_pool"
	LinkController LinkKind = "controller" // of NVMe, as a path to a disk

	LinkNFSServer   LinkKind = "nfs_server" // another machine, by its address
	LinkFileServer  LinkKind = "file_server"
	LinkNBDServer   LinkKind = "nbd_server"
	LinkNVMeTarget  LinkKind = "nvme_target"
	LinkISCSITarget LinkKind = "iscsi_target"

	LinkInterface LinkKind = "interface" // of the network
	LinkBridge    LinkKind = "bridge"
	LinkVLAN      LinkKind = "vlan"
	LinkSwitch    LinkKind = "switch"   // of Open vSwitch
	LinkHardware  LinkKind = "hardware" // of another bus than PCI

	LinkFramebuffer  LinkKind = "framebuffer"
	LinkVGAText      LinkKind = "vga_text"
	LinkConnector    LinkKind = "connector"    // of a graphics card
	LinkInput        LinkKind = "input"        // a keyboard
	LinkAlternatives LinkKind = "alternatives" // several things of which one is enough
)
