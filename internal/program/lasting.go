package program

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ReplaceableError reports a program that others than root could replace with one of
// theirs.
type ReplaceableError struct {
	Path   string // the program
	Where  string // the program or a folder above it
	Owner  uint32 // of Where
	Mode   fs.FileMode
	Folder bool // Where is a folder
}

// Error returns "REASON; ADVICE".
func (e *ReplaceableError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason returns who could replace the program.
func (e *ReplaceableError) Reason() string {
	who := fmt.Sprintf("%s belongs to the user %d", e.Where, e.Owner)
	switch {
	case e.Owner != 0:
	case e.Mode.Perm()&0o002 != 0:
		who = "everybody can write to " + e.Where
	default:
		who = "a group can write to " + e.Where
	}
	return fmt.Sprintf("%s would be run as root at every boot, and others could replace it: %s", e.Path, who)
}

// Advice returns what to do.
func (e *ReplaceableError) Advice() string {
	if e.Owner == 0 && (strings.HasPrefix(e.Where, "/usr/") || strings.HasPrefix(e.Where, "/opt/")) {
		return fmt.Sprintf("'chmod go-w %s' keeps others from it", e.Where)
	}
	return installAdvice
}

const installAdvice = "install the package, or run 'make install', and call the program that is installed"

// TransientError reports a program that may be gone at the next boot.
type TransientError struct {
	Path string
	Why  string // "/tmp is emptied at boot"
}

// Error returns "REASON; ADVICE".
func (e *TransientError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason returns why the program may be gone.
func (e *TransientError) Reason() string {
	return fmt.Sprintf("%s may not be there when the next boot needs it: %s", e.Path, e.Why)
}

// Advice returns what to do.
func (e *TransientError) Advice() string { return installAdvice }

// emptied are folders that a boot finds empty on many systems, whatever they are on.
func emptied() []string {
	return []string{"/tmp", "/var/tmp", "/run", "/var/run", "/dev", "/proc", "/sys"}
}

// media are folders where removable media are mounted.
func media() []string { return []string{"/media", "/mnt", "/cdrom"} }

// passing returns the name of a file system that does not outlast the boot or is not mounted
// when it begins, by its number in linux/magic.h or in its own source; "" for any other.
func passing(magic uint32) string {
	return map[uint32]string{
		0x01021994: "a tmpfs", 0x858458f6: "a ramfs",
		0x00006969: "NFS", 0x0000517b: "SMB", 0xff534d42: "CIFS", 0xfe534d42: "SMB",
		0x01021997: "9p", 0x00c36400: "Ceph", 0x5346414f: "AFS", 0x6b414653: "AFS", 0x73757245: "Coda",
		0x65735546: "FUSE", 0x786f4256: "a folder of VirtualBox", 0x00000187: "an automatic mount",
		0x00009660: "a CD", 0x15013346: "UDF",
	}[magic]
}

// place is a file or folder on the way to a program.
type place struct {
	path  string
	owner uint32
	group uint32
	mode  fs.FileMode
}

// medium is what a program is on.
type medium struct {
	root      bool   // the file system that is mounted at /
	magic     uint32 // of the file system
	removable bool   // a disk that can be pulled out
}

// Lasting returns nil if a boot can rely on the program at an absolute path: only root can
// replace it, and it is on a file system that is there at boot. Otherwise the error is a
// *ReplaceableError or a *TransientError, or that of a path that cannot be read.
func Lasting(path string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	var places []place
	for at := path; ; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		stat, _ := info.Sys().(*syscall.Stat_t) // it is one on Linux
		places = append(places, place{at, stat.Uid, stat.Gid, info.Mode()})
		if at == "/" {
			break
		}
	}
	m, err := mediumOf(path)
	if err != nil {
		return err
	}
	return judge(places, m)
}

// judge returns what is wrong with a program: the first of the places, behind which are
// the folders above it.
func judge(places []place, m medium) error {
	path := places[0].path
	if folder := below(path, emptied()); folder != "" {
		return &TransientError{path, folder + " is emptied at boot"}
	}
	for i, p := range places {
		if p.owner != 0 {
			return &ReplaceableError{path, p.path, p.owner, p.mode, i > 0}
		}
		// In a folder with the sticky bit others cannot replace what is root's.
		writable := p.mode.Perm()&0o002 != 0 || p.mode.Perm()&0o020 != 0 && p.group != 0
		if writable && (i == 0 || p.mode&fs.ModeSticky == 0) {
			return &ReplaceableError{path, p.path, p.owner, p.mode, i > 0}
		}
	}
	if m.root {
		return nil // as lasting as the system
	}
	if folder := below(path, media()); folder != "" {
		return &TransientError{path, "something else may be mounted below " + folder}
	}
	if name := passing(m.magic); name != "" {
		return &TransientError{path, "it is on " + name}
	}
	if m.removable {
		return &TransientError{path, "it is on a disk that can be pulled out"}
	}
	return nil
}

// below returns which of the folders a path is in; "" for none.
func below(path string, folders []string) string {
	i := slices.IndexFunc(folders, func(folder string) bool { return strings.HasPrefix(path, folder+"/") })
	if i < 0 {
		return ""
	}
	return folders[i]
}

// mediumOf returns what a path is on.
func mediumOf(path string) (m medium, err error) {
	var at, root syscall.Stat_t
	var fs syscall.Statfs_t
	for _, err := range []error{syscall.Stat(path, &at), syscall.Stat("/", &root), syscall.Statfs(path, &fs)} {
		if err != nil {
			return m, &os.PathError{Op: "stat", Path: path, Err: err}
		}
	}
	m.root, m.magic = at.Dev == root.Dev, uint32(fs.Type) //nolint:unconvert // its size depends on the architecture
	// A file system that is on no block device has no such link.
	if disk, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", major(at.Dev), minor(at.Dev))); err == nil {
		m.removable = strings.Contains(disk, "/usb") || removable(disk) || removable(filepath.Dir(disk))
	}
	return m, nil
}

// removable reports whether a disk says that its medium can be taken out.
func removable(disk string) bool {
	text, err := os.ReadFile(filepath.Join(disk, "removable"))
	yes, parsed := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && parsed == nil && yes == 1
}

// major and minor take the number of a device apart, as gnu_dev_major(3) and
// gnu_dev_minor(3) do.
func major(dev uint64) uint64 { return dev>>8&0xfff | dev>>32&^0xfff }
func minor(dev uint64) uint64 { return dev&0xff | dev>>12&^0xff }
