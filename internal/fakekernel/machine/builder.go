package machine

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
)

// builder collects the entries of a machine. Names are absolute here.
type builder struct {
	machine Machine
	entries []archive.Entry
}

func (b *builder) file(name string, mode fs.FileMode, content string) {
	b.entries = append(b.entries, archive.Entry{Path: name[1:], Mode: mode, Data: []byte(content)})
}

// attribute adds a read-only file of sysfs.
func (b *builder) attribute(name, value string) { b.file(name, 0o444, value+"\n") }

func (b *builder) dir(name string) {
	b.entries = append(b.entries, archive.Entry{Path: name[1:], Dir: true})
}

func (b *builder) link(name, target string) { b.linkAsIf(name, path.Dir(name), target) }

// linkAsIf adds a link that is correct once its directory has been moved to home.
func (b *builder) linkAsIf(name, home, target string) {
	rel, err := filepath.Rel(home, target)
	if err != nil {
		rel = target // the archive rejects an absolute target
	}
	b.entries = append(b.entries, archive.Entry{Path: name[1:], Target: rel})
}

// kernel adds the files of the kernel and its package outside of sysfs.
func (b *builder) kernel() {
	m := b.machine
	b.file("/proc/cmdline", 0o444, m.Cmdline+"\n")
	b.file("/proc/sys/kernel/osrelease", 0o444, m.Release+"\n")
	b.file("/proc/swaps", 0o444, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
	var mounts, info strings.Builder
	for i, mount := range m.Mounts {
		fmt.Fprintf(&mounts, "%s %s %s rw,relatime 0 0\n", mount.Device, mount.Point, mount.Type)
		fmt.Fprintf(&info, "%d 1 %s / %s rw,relatime shared:%d - %s %s rw\n", 20+i, mount.Number, mount.Point, i+1, mount.Type, mount.Device)
	}
	b.file("/proc/mounts", 0o444, mounts.String())
	b.file("/proc/self/mountinfo", 0o444, info.String())
	b.file("/proc/1/mountinfo", 0o444, info.String())
	b.file("/boot/config-"+m.Release, 0o644, config)
	for _, dir := range []string{"/run", "/etc/modprobe.d", "/var/lib", "/sys/kernel/iommu_groups", "/sys/class/iommu"} {
		b.dir(dir)
	}
}

// config is the relevant part of Debian's kernel configuration.
const config = `CONFIG_MODULES=y
CONFIG_PCI=y
CONFIG_PCI_IOV=y
CONFIG_XEN=y
CONFIG_XEN_PV=y
CONFIG_XEN_DOM0=y
CONFIG_XEN_PCI_STUB=y
CONFIG_XEN_PCIDEV_BACKEND=m
CONFIG_XEN_BACKEND=y
CONFIG_XENFS=m
`

func (b *builder) hypervisor() {
	b.file("/proc/xen/capabilities", 0o444, "control_d\n")
	for name, value := range map[string]string{
		"type": "xen", "guest_type": "PV", "uuid": "00000000-0000-0000-0000-000000000000",
		"version/major": "4", "version/minor": "17", "version/extra": ".7", "properties/features": "000228f0",
	} {
		b.attribute("/sys/hypervisor/"+name, value)
	}
	b.dir("/sys/bus/xen-backend/devices")
	b.dir("/sys/bus/xen-backend/drivers")
}

func (b *builder) bus() {
	b.file("/sys/bus/pci/drivers_probe", 0o200, "")
	b.file("/sys/bus/pci/drivers_autoprobe", 0o644, "1\n")
	b.file("/sys/bus/pci/rescan", 0o200, "")
	b.file("/sys/bus/pci/uevent", 0o200, "")
	b.dir("/sys/bus/pci/slots")
	for _, d := range b.machine.Devices {
		if d.Label != "" {
			slot, _, _ := strings.Cut(d.Address, ".")
			b.attribute("/sys/bus/pci/slots/"+d.Label+"/address", slot)
		}
	}
}

// drivers adds modules, their indexes, and the drivers' directories. A driver without a
// device is a module that is not loaded.
func (b *builder) drivers() {
	lib := "/lib/modules/" + b.machine.Release
	var dep, alias, builtin, order strings.Builder
	done := map[string]bool{}
	module := func(file string, needs []string) {
		if !done[file] {
			done[file] = true
			fmt.Fprintf(&dep, "%s:%s\n", file, strings.Join(append([]string{""}, needs...), " "))
		}
	}
	for _, d := range b.machine.Drivers {
		if d.BuiltIn {
			fmt.Fprintln(&builtin, d.File)
		} else {
			for _, needed := range d.Needs {
				module(needed, nil)
			}
			module(d.File, d.Needs)
			for _, id := range d.IDs {
				fmt.Fprintf(&alias, "alias %s %s\n", pattern(id), moduleOf(d.File))
			}
		}
		b.driver(d, &order)
	}
	module("kernel/drivers/xen/xen-pciback/xen-pciback.ko", nil)
	alias.WriteString("alias xen-backend:pci xen_pciback\n")
	b.file(lib+"/modules.dep", 0o644, dep.String())
	b.file(lib+"/modules.alias", 0o644, alias.String())
	b.file(lib+"/modules.builtin", 0o644, builtin.String())
	b.file("/.fakekernel/registered", 0o644, order.String())
}

func (b *builder) driver(d Driver, order *strings.Builder) {
	var table strings.Builder
	fmt.Fprintf(&table, "module %s\n", moduleOf(d.File))
	for _, id := range d.IDs {
		fmt.Fprintf(&table, "id %s\n", pattern(id))
	}
	if d.SRIOV {
		table.WriteString("sriov\n")
	}
	if d.Express {
		table.WriteString("express\n")
	}
	if d.Revisions != [2]byte{} {
		fmt.Fprintf(&table, "revision 0x%02x 0x%02x\n", d.Revisions[0], d.Revisions[1])
	}
	b.file("/.fakekernel/drivers/"+d.Name, 0o644, table.String())
	if !d.BuiltIn && !b.used(d.Name) {
		return
	}
	fmt.Fprintln(order, d.Name)
	dir := "/sys/bus/pci/drivers/" + d.Name
	for _, attr := range []string{"bind", "unbind", "new_id", "remove_id", "uevent"} {
		b.file(dir+"/"+attr, 0o200, "")
	}
	if d.BuiltIn {
		return
	}
	for _, file := range append(append([]string(nil), d.Needs...), d.File) {
		b.module(moduleOf(file))
	}
	b.link(dir+"/module", "/sys/module/"+moduleOf(d.File))
	b.link("/sys/module/"+moduleOf(d.File)+"/drivers/pci:"+d.Name, dir)
}

func (b *builder) module(name string) {
	dir := "sys/module/" + name
	for _, e := range b.entries {
		if e.Path == dir+"/initstate" {
			return
		}
	}
	b.attribute("/"+dir+"/initstate", "live")
	b.attribute("/"+dir+"/refcnt", "0")
}

func (b *builder) used(driver string) bool {
	for _, d := range b.machine.Devices {
		if d.Driver == driver {
			return true
		}
	}
	return false
}

func moduleOf(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// pattern returns an ID as a pattern of modules.alias.
func pattern(id string) string {
	id = strings.ToUpper(id)
	if vendor, product, ok := strings.Cut(id, ":"); ok {
		return fmt.Sprintf("pci:v0000%sd0000%ssv*sd*bc*sc*i*", vendor, product)
	}
	return fmt.Sprintf("pci:v*d*sv*sd*bc%ssc%si%s*", id[0:2], id[2:4], id[4:6])
}
