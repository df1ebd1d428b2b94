package snapshot

import (
	"io/fs"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// learner walks through a machine before it is copied, and collects serial numbers
// and MAC addresses for the mask. They may also appear in places where they cannot
// be recognised by their form, such as the name of a multipath device or of an
// interface.
type learner struct{ *copier }

func learn(c *copier) {
	for _, t := range trees() {
		if t.dir == "/sys/devices" || t.dir == "/sys/block" || t.dir == "/sys/class/net" {
			walk(c.fsys, t, learner{c})
		}
	}
}

func (l learner) dir(_ string, inside func()) { inside() }
func (l learner) unlisted(string, error)      {}

func (l learner) leaf(t tree, dir string, e fs.DirEntry) {
	if !e.Type().IsRegular() || t.how(dir, e.Name()) != text {
		return
	}
	value := func() string {
		text, _ := l.fsys.Read(dir+"/"+e.Name(), sysfs.AttributeLimit) // a file that cannot be read is not copied either
		return strings.TrimSpace(string(text))
	}
	switch e.Name() {
	case "serial", "wwid", "eui":
		l.Mask.LearnSerial(value())
	case "address":
		if path.Base(path.Dir(dir)) == "net" {
			l.Mask.LearnMAC(value())
		}
	case "uuid":
		// The UUID of a multipath map (libmultipath) contains its disks' name.
		if _, name, ok := strings.Cut(value(), "mpath-"); ok {
			l.Mask.LearnSerial(name)
		}
	}
}
