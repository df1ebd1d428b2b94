package config

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// permanent is the addr_assign_type of an address that is the card's own, not a
// random one or one that somebody set (NET_ADDR_PERM in
// include/uapi/linux/netdevice.h).
const permanent = "0"

// readMAC returns the permanent address of a device's network interface, the
// smallest of several; "" where no driver has made an interface. The address of a
// virtual function is not its own: its physical function assigns it.
func readMAC(f sysfs.FS, a pci.Address) string {
	dir := path.Join("/sys/bus/pci/devices", a.String())
	if f.Exists(dir + "/physfn") {
		return ""
	}
	folders := []string{dir + "/net"}
	entries, _ := f.List(dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry, "virtio") { // the interface belongs to the virtio device
			folders = append(folders, path.Join(dir, entry, "net"))
		}
	}
	var found []string
	for _, folder := range folders {
		names, _ := f.List(folder)
		for _, name := range names {
			if mac := InterfaceMAC(f, path.Join(folder, name)); mac != "" {
				found = append(found, mac)
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}

// InterfaceMAC returns the permanent address of the interface with this folder in
// sysfs; "" where it has none. In a bond all have one address, and each has its own in
// another file.
func InterfaceMAC(f sysfs.FS, dir string) string {
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

// ParseMAC reads a MAC address in either notation, "00:1b:21:aa:bb:cc" or
// "00-1B-21-AA-BB-CC", and returns it as the kernel prints it. ok is false for anything
// else.
func ParseMAC(text string) (mac string, ok bool) {
	for _, between := range []string{":", "-"} {
		if mac, ok = hexBytes(text, between, 6); ok {
			return strings.ReplaceAll(mac, "-", ":"), true
		}
	}
	return "", false
}

// isGroup reports whether an address is that of a group, as the broadcast address
// is: the lowest bit of its first byte is set.
func isGroup(mac string) bool {
	n, _ := hexNumber(mac[1:2], 1)
	return n&1 != 0
}
