package snapshot

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// tree is a directory that is copied with all its links, and with those of its files
// that are in a table.
type tree struct {
	dir   string
	depth int      // how many levels of directories, including dir
	first []string // prefixes of the names in dir that are copied; none means all
	as    how      // how all its files are copied; 0 means by their names
}

// begins reports whether a name in dir is copied.
func (t tree) begins(name string) bool {
	return t.first == nil || slices.ContainsFunc(t.first, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// maxDepth bounds the depth of a device below /sys/devices. It allows for a disk
// behind 60 bridges, which is more than any machine has.
const maxDepth = 80

// trees returns the directories that are copied, by name.
func trees() []tree {
	all := []tree{
		{dir: "/proc/net/vlan", depth: 1, as: report},
		{dir: "/run/xenpci", depth: 3, as: report},
		{dir: "/sys/block", depth: 4},
		{dir: "/sys/bus/pci", depth: 3, first: []string{"devices", "drivers", "rescan", "slots"}},
		{dir: "/sys/bus/xen-backend", depth: 3, first: []string{"devices", "drivers"}},
	}
	for _, class := range [...]string{"block", "drm", "fc_host", "graphics", "input", "iommu", "iscsi_connection", "iscsi_host", "iscsi_session",
		"net", "nvme", "nvme-subsystem", "scsi_host", "tty", "vtconsole"} {
		all = append(all, tree{dir: "/sys/class/" + class, depth: 4})
	}
	return append(all,
		tree{dir: "/sys/dev/block", depth: 1},
		tree{dir: "/sys/devices", depth: maxDepth, first: []string{"console", "pci", "platform", "pnp", "rbd", "soc", "vbd", "vfb", "vif", "virtual", "vkbd", "vpci", "xen"}},
		tree{dir: "/sys/firmware/acpi/tables", depth: 1, first: []string{"DMAR", "IVRS", "RMAD", "SPCR", "XMAR"}, as: table}, // Xen renames DMAR
		tree{dir: "/sys/firmware/devicetree", depth: 1},
		tree{dir: "/sys/firmware/memmap", depth: 2},
		tree{dir: "/sys/fs/bcache", depth: 3},
		tree{dir: "/sys/fs/btrfs", depth: 5},
		tree{dir: "/sys/fs/erofs", depth: 2},
		tree{dir: "/sys/fs/ext4", depth: 2},
		tree{dir: "/sys/fs/f2fs", depth: 2},
		tree{dir: "/sys/fs/xfs", depth: 2},
		tree{dir: "/sys/hypervisor", depth: 2, as: text},
		tree{dir: "/sys/kernel/iommu_groups", depth: 3},
		tree{dir: "/sys/module/pciback", depth: 2, first: []string{"initstate", "parameters"}, as: text},
		tree{dir: "/sys/module/xen_pciback", depth: 2, first: []string{"initstate", "parameters"}, as: text},
		tree{dir: "/var/lib/xenpci", depth: 10, as: settings}, // the backups of edited files; not what cards were, see seen
	)
}

// passedOver reports whether a directory, or a link to one, is left out: it is large,
// reading its files has effects, or xenpci does not read it.
func passedOver(dir, name string) bool {
	if dir == "/sys/devices/virtual" {
		return !slices.Contains([]string{"block", "graphics", "input", "net", "nvme-fabrics", "nvme-subsystem", "vtconsole"}, name)
	}
	if dir == "/var/lib/xenpci" {
		return name == "seen"
	}
	switch name {
	case "aer_stats", "bdi", "bsg", "compilation", "firmware_node", "hwmon", "i2c-dev", "infiniband", "integrity", "leds", "link",
		"mdio_bus", "mq", "msi_irqs", "pcie_link_state", "physical_node", "pmu", "power", "ptp", "queue", "queues", "rtc",
		"scsi_disk", "scsi_generic", "sound", "statistics", "thermal", "trace", "wakeup":
		return true
	}
	return strings.HasPrefix(name, "ep_") || strings.HasPrefix(name, "i2c-")
}

// how is the way in which a file is copied.
type how uint8

const (
	never    how = iota
	text         // an attribute
	report       // a text of more than a page
	named        // only its existence matters; it cannot be read
	waits        // an attribute whose reader waits for its device's driver
	space        // the beginning of a function's configuration space
	table        // bytes
	settings     // a configuration file
)

// how returns the way in which a file of the tree is copied.
func (t tree) how(dir, name string) how {
	if t.as != never {
		if name == "lock" {
			return never
		}
		return t.as
	}
	parent := path.Base(dir)
	switch _, function := pci.ParseName(parent); {
	case function:
		return ofFunction(name)
	case strings.HasPrefix(dir, "/sys/bus/pci"):
		return ofBus(name)
	case parent == "bonding":
		return ofBonding(name)
	case path.Base(path.Dir(dir)) == "tty": // a port's attributes wait while a process opens the port
		return never
	case ofUSB(parent):
		return ofUSBDevice(name)
	case parent == "bcache", strings.HasPrefix(dir, "/sys/fs/bcache"): // all of its attributes wait for one lock
		return never
	}
	return ofOthers(name)
}

// ofFunction is for the folder of a PCI function
// (Documentation/ABI/testing/sysfs-bus-pci). Drivers add their own files there;
// reading them may wake or change the device, so none is read. The ROM, the regions
// and the vital product data are not read either.
func ofFunction(name string) how {
	switch name {
	case "acpi_index", "ari_enabled", "boot_vga", "broken_parity_status", "class", "consistent_dma_mask_bits",
		"current_link_speed", "current_link_width", "d3cold_allowed", "device", "dma_mask_bits", "enable", "index", "irq", "label",
		"local_cpulist", "local_cpus", "max_link_speed", "max_link_width", "modalias", "msi_bus", "numa_node",
		"reset_method", "resource", "revision", "secondary_bus_number", "sriov_drivers_autoprobe", "sriov_offset", "sriov_stride",
		"sriov_totalvfs", "sriov_vf_device", "sriov_vf_total_msix", "subordinate_bus_number", "subsystem_device", "subsystem_vendor", "vendor":
		return text
	case "driver_override", "sriov_numvfs": // device_lock in drivers/pci/pci-sysfs.c and iov.c
		return waits
	case "remove", "rescan", "reset":
		return named
	case "config":
		return space
	}
	return never
}

// ofBus is for the folders of the bus, its drivers and its slots.
func ofBus(name string) how {
	switch name {
	case "address", "drivers_autoprobe", "permissive", "quirks", "slots":
		return text
	case "bind", "drivers_probe", "new_id", "new_slot", "remove_id", "remove_slot", "rescan", "unbind":
		return named
	}
	return never
}

// ofBonding is for the folder bonding of a bond. Its attributes wait for the lock of
// all network devices, which a hanging driver may hold.
func ofBonding(name string) how {
	switch name {
	case "active_slave", "arp_ip_target", "mii_status", "mode", "slaves":
		return waits
	}
	return never
}

// ofUSB reports whether a folder belongs to a USB device or interface: "usb1",
// "1-1.4", "1-1.4:1.0".
func ofUSB(name string) bool {
	hub, number := strings.CutPrefix(name, "usb")
	if number {
		return strings.Trim(hub, "0123456789") == ""
	}
	return strings.Contains(name, "-") && strings.Trim(name, "0123456789.-:") == ""
}

// ofUSBDevice leaves out the strings that a device provides, such as its serial
// number: their reader waits for the device's lock (drivers/usb/core/sysfs.c).
func ofUSBDevice(name string) how {
	switch name {
	case "bDeviceClass", "bInterfaceClass", "bInterfaceNumber", "bInterfaceProtocol", "bInterfaceSubClass", "busnum", "devnum", "idProduct", "idVendor":
		return text
	}
	return never
}

// ofOthers is for the devices that drivers create: disks, network interfaces,
// screens, keyboards, and the backends of guests.
func ofOthers(name string) how {
	switch name {
	case
		// disks
		"backing_dev", "backing_file", "capability", "cntlid", "dev", "disksize", "eui", "ext_range", "firmware_rev", "hidden", "initstate",
		"iopolicy", "model", "nguid", "nsid", "offset", "partition", "partscan", "pid", "range", "removable", "rev", "ro", "serial", "size",
		"start", "state", "subsysnqn", "subsystype", "transport", "type", "uuid", "vendor", "wwid",
		// device mapper, md, bcache, btrfs
		"array_state", "degraded", "label", "level", "metadata_version", "missing", "name", "raid_disks", "slot", "suspended",
		// iSCSI, Fibre Channel
		"address", "ifacename", "netdev", "node_name", "port_name", "persistent_address", "persistent_port", "port", "proc_name", "targetname",
		// network interfaces
		"addr_assign_type", "bridge_id", "dev_id", "dev_port", "flags", "ifindex", "iflink", "mtu", "operstate",
		"port_no", "root_id", "stp_state", "tun_flags", "vlan_filtering",
		// screens, consoles, keyboards
		"bind", "enabled", "key", "phys", "status",
		// guests
		"devtype", "mode", "modalias", "nodename", "physical_device":
		return text
	}
	return never
}
