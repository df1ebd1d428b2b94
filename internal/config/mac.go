package config

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// permanent is what addr_assign_type says of an address that is the card's own,
// not a random one or one that somebody set (NET_ADDR_PERM,
// include/uapi/linux/netdevice.h).
const permanent = "0"

// readMAC reads the permanent address of a device's network interface, of several
// the first; "" where no driver has made one. A virtual function's address is
// whatever its physical function gave it, so it is none of its own.
func readMAC(f sysfs.FS, a pci.Address) string {
	dir := path.Join("/sys/bus/pci/devices", a.String())
	if f.Exists(dir + "/physfn") {
		return ""
	}
	folders := []string{dir + "/net"}
	entries, _ := f.List(dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry, "virtio") { // its interface is the virtio device's
			folders = append(folders, path.Join(dir, entry, "net"))
		}
	}
	var found []string
	for _, folder := range folders {
		names, _ := f.List(folder)
		for _, name := range names {
			if mac := interfaceMAC(f, path.Join(folder, name)); mac != "" {
				found = append(found, mac)
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}

// interfaceMAC reads one interface. In a bond all have one address, and their own
// stand elsewhere.
func interfaceMAC(f sysfs.FS, dir string) string {
	text, err := f.Attribute(dir + "/bonding_slave/perm_hwaddr")
	if err != nil {
		if kind, err := f.Attribute(dir + "/addr_assign_type"); err != nil || kind != permanent {
			return ""
		}
		text, _ = f.Attribute(dir + "/address")
	}
	var d Device
	if setMAC(&d, text) != nil || d.MAC == "00:00:00:00:00:00" || isGroup(d.MAC) {
		return ""
	}
	return d.MAC
}

// isGroup says whether an address is one of many receivers, as that of all ones
// is: the lowest bit of its first byte is set.
func isGroup(mac string) bool {
	n, _ := hexNumber(mac[1:2], 1)
	return n&1 != 0
}
