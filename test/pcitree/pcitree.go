// Package pcitree makes trees of PCI devices out of a seed, for tests and
// benchmarks: what a kernel shows in /sys, without the machine.
//
// Write makes odd machines, to be read with a pci.ids of IDs; WriteMachine
// makes a healthy one of any size. The same arguments give the same tree.
package pcitree

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/xenpci/xenpci/pkg/pci"
)

// tree is a machine before it is written.
type tree struct {
	functions []*function
	slots     []slot
	plain     bool // devices are folders, as in a captured tree, and not links
}

// slot is a folder of /sys/bus/pci/slots.
type slot struct{ name, address string }

// function is one PCI function as the kernel shows it.
type function struct {
	at  pci.Address
	dir string // "/sys/devices/pci0000:00/0000:00:1c.0"

	vendor, device       uint16
	subVendor, subDevice uint16
	class                uint32
	revision             uint8

	config []byte            // nil: there is no such file
	files  map[string]string // the other attributes; "-" keeps one away that attributes would add
	links  map[string]string // name -> what it points at, below the root
}

// absent stands for the content of a file that is not there.
const absent = "-"

// Write makes a machine in the empty folder root that lists all that may be
// odd about PCI devices: several domains, bridges in a row, buses without a
// device, functions that do not answer, files that an old kernel has not or
// that a capture left out, names and labels with any byte. What the kernel
// keeps consistent is so.
func Write(root string, seed uint64) error {
	return newOdd(seed).write(root)
}

func newOdd(seed uint64) *tree {
	d := &drawing{Rand: rand.New(rand.NewPCG(seed, 1)), next: map[uint32]int{}}
	d.habits()
	d.machine()
	return &d.tree
}

// write puts the machine below root.
func (t *tree) write(root string) error {
	const bus = "/sys/bus/pci"
	for _, dir := range []string{bus + "/devices", bus + "/slots", bus + "/drivers"} {
		if err := os.MkdirAll(root+dir, 0o755); err != nil {
			return err
		}
	}
	for _, f := range t.functions {
		link := bus + "/devices/" + f.at.String()
		if t.plain {
			f.dir = link
		}
		if err := f.write(root); err != nil {
			return err
		}
		if t.plain {
			continue
		}
		if err := writeLink(root, link, f.dir); err != nil {
			return err
		}
	}
	for _, s := range t.slots {
		dir := root + bus + "/slots/" + s.name
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if s.address == absent {
			continue
		}
		if err := os.WriteFile(dir+"/address", []byte(s.address), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (f *function) write(root string) error {
	if err := os.MkdirAll(root+f.dir, 0o755); err != nil {
		return err
	}
	files := f.attributes()
	for name, content := range f.files {
		files[name] = content
	}
	if f.config != nil {
		files["config"] = string(f.config)
	}
	for name, content := range files {
		if content == absent {
			continue
		}
		if err := os.WriteFile(root+f.dir+"/"+name, []byte(content), 0o644); err != nil {
			return err
		}
	}
	for name, target := range f.links {
		if err := os.MkdirAll(root+target, 0o755); err != nil {
			return err
		}
		if err := writeLink(root, f.dir+"/"+name, target); err != nil {
			return err
		}
	}
	return nil
}

// attributes are what each kernel since 4.10 shows of a function.
func (f *function) attributes() map[string]string {
	modalias := fmt.Sprintf("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X",
		f.vendor, f.device, f.subVendor, f.subDevice, f.class>>16, f.class>>8&0xff, f.class&0xff)
	driver := ""
	if target := f.links["driver"]; target != "" {
		driver = "DRIVER=" + filepath.Base(target) + "\n"
	}
	return map[string]string{
		"vendor":           fmt.Sprintf("0x%04x\n", f.vendor),
		"device":           fmt.Sprintf("0x%04x\n", f.device),
		"class":            fmt.Sprintf("0x%06x\n", f.class),
		"revision":         fmt.Sprintf("0x%02x\n", f.revision),
		"subsystem_vendor": fmt.Sprintf("0x%04x\n", f.subVendor),
		"subsystem_device": fmt.Sprintf("0x%04x\n", f.subDevice),
		"modalias":         modalias + "\n",
		"uevent": driver + fmt.Sprintf("PCI_CLASS=%04X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME=%s\nMODALIAS=%s\n",
			f.class, f.vendor, f.device, f.subVendor, f.subDevice, f.at, modalias),
	}
}

// writeLink makes a relative link, as the kernel's are.
func writeLink(root, name, target string) error {
	relative, err := filepath.Rel(filepath.Dir(name), target)
	if err != nil {
		return err
	}
	return os.Symlink(relative, root+name)
}
