package pci

import (
	"path"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// folder is /sys/bus/pci/devices/ADDRESS.
type folder struct {
	dir  *sysfs.Dir // /sys/bus/pci/devices
	name string     // ADDRESS
}

func newFolder(dir *sysfs.Dir, a Address) folder { return folder{dir: dir, name: a.String()} }

// openFolder opens the folder of one device. close is never nil.
func openFolder(fsys sysfs.FS, a Address) (f folder, close func(), err error) {
	dir, err := fsys.OpenDir(devicesDir)
	if err != nil {
		return folder{}, func() {}, err
	}
	return newFolder(dir, a), dir.Close, nil
}

func (f folder) attribute(name string) (string, error) { return f.dir.Attribute(f.name + "/" + name) }

func (f folder) read(name string, limit int) ([]byte, error) {
	return f.dir.Read(f.name+"/"+name, limit)
}

// path returns the full name of a file, for an error.
func (f folder) path(name string) string { return devicesDir + "/" + f.name + "/" + name }

// linkName returns the last part of a link's target, or "" if there is no such link.
func (f folder) linkName(name string) (string, error) {
	target, err := f.dir.Readlink(f.name + "/" + name)
	if sysfs.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return path.Base(target), nil
}
