package storage

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// Named returns the disk, partition, volume or array of a name, on what sysfs shows it to
// be on; nil where dom0 has none of that name. It is the kernel's name, with "!" or "/" in
// it ("cciss!c0d0"), or that of the device mapper ("vg0-root", "mapper/vg0-root"). A disk
// in another machine is on nothing.
func Named(b *graph.Builder, fsys sysfs.FS, name string) *graph.Node {
	d := readDisks(b, fsys, nil)
	name = strings.ReplaceAll(name, "/", "!")
	if _, ok := d.homes[name]; ok {
		return d.node(name)
	}
	called := strings.TrimPrefix(name, "mapper!")
	i := slices.IndexFunc(d.names, func(name string) bool {
		if !strings.HasPrefix(name, "dm-") {
			return false
		}
		other, err := fsys.Attribute(classBlock + "/" + name + "/dm/name")
		return err == nil && other == called
	})
	if i < 0 {
		return nil
	}
	return d.node(d.names[i])
}
