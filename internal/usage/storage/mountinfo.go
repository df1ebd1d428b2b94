package storage

import (
	"errors"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// mount is a line of mountinfo (proc_pid_mountinfo(5)).
type mount struct {
	device  string // "254:1", the number of the block device; "0:21" where it has none, or several
	point   string // where: "/boot"
	kind    string // "ext4"
	source  string // what was mounted: "/dev/vda1", "192.0.2.1:/srv", any word
	options string // of the file system: "rw,addr=192.0.2.1"; still as the kernel writes it
}

// Bytes that are read of a table of mounts: 100000 lines.
const mountLimit = 16 << 20

// mountTables are the tables of mounts: that of init, since this process may have
// a mount namespace of its own (a container, a service with private mounts), and
// that of this process, since only root may read init's.
var mountTables = [...]string{"/proc/1/mountinfo", "/proc/self/mountinfo"}

// MountPoints returns where something is mounted below f's root, in the order of the kernel's
// table. The error is that of reading the table.
func MountPoints(f sysfs.FS) (points []string, err error) {
	text, err := mountTable(f)
	for line := range strings.Lines(string(text)) {
		if m, ok := parseMount(line); ok {
			points = append(points, m.point)
		}
	}
	return points, err
}

// mountTable reads the first table that can be read. The error is that of the
// first.
func mountTable(f sysfs.FS) (text []byte, err error) {
	for _, name := range mountTables {
		text, why := f.Read(name, mountLimit)
		if why == nil && len(text) == 0 {
			why = &sysfs.AttrError{Op: "read", Path: name, Err: errors.New("the file is empty")}
		}
		if why == nil {
			return text, nil
		}
		if err == nil {
			err = why
		}
	}
	return nil, err
}

// parseMount reads a line of mountinfo (fs/proc_namespace.c,
// show_mountinfo). Its fields are separated by one blank each, and may be empty.
func parseMount(line string) (m mount, ok bool) {
	place, what, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
	if !ok {
		return m, false
	}
	f := strings.Split(place, " ")
	w := strings.Split(what, " ")
	if len(f) < 6 || len(w) < 3 || !strings.Contains(f[2], ":") || !strings.HasPrefix(f[4], "/") {
		return m, false
	}
	return mount{device: f[2], point: unescape(f[4]), kind: unescape(w[0]), source: unescape(w[1]), options: w[2]}, true
}

// unescape undoes the escapes that the kernel puts into names for blanks, line
// ends, backslashes and more: "\040" is a blank (mangle_path in fs/seq_file.c).
func unescape(name string) string {
	if !strings.Contains(name, `\`) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if c, ok := octal(name[i:]); ok {
			b.WriteByte(c)
			i += len(`\040`) - 1
		} else {
			b.WriteByte(name[i])
		}
	}
	return b.String()
}

func octal(text string) (c byte, ok bool) {
	if len(text) < len(`\040`) || text[0] != '\\' {
		return 0, false
	}
	n := 0
	for _, digit := range []byte(text[1:4]) {
		if digit < '0' || digit > '7' {
			return 0, false
		}
		n = n<<3 | int(digit-'0')
	}
	return byte(n), n < 0x100
}
