package etc

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxAttribute is the size of the largest extended attribute, and of the list
// of their names, in bytes (XATTR_SIZE_MAX, include/uapi/linux/limits.h).
const maxAttribute = 64 << 10

// maxAttributes bounds the total size of a file's extended attributes, in bytes.
// Labels and access control lists have a few hundred.
const maxAttributes = 1 << 20

var errTooManyAttributes = errors.New("its extended attributes are larger than 1 MiB") // maxAttributes

// acl is the attribute that holds a file's access control list. A new file may
// inherit one from its folder.
const acl = "system.posix_acl_access"

// measured are attributes that depend on the content and are set by the kernel
// (security/integrity).
var measured = []string{"security.ima", "security.evm"}

// attributes is what a file keeps when its content is replaced.
type attributes struct {
	content  []byte
	mode     uint32 // permissions, with the set-user-ID, set-group-ID and sticky bits
	owned    bool   // the file existed, and uid and gid are its owners
	uid, gid uint32
	extended []extended
}

type extended struct {
	name  string
	value []byte
}

// readOld reads the file that is to be replaced. It returns nil if there is none.
func readOld(f sysfs.FS, name string) (*attributes, error) {
	file, err := open(f, name)
	if file == nil {
		return nil, err
	}
	defer file.Close()
	old, err := attributesOf(file, name)
	if err != nil {
		return nil, err
	}
	old.content, err = readAll(file, name)
	return old, err
}

// attributesOf returns all that a file keeps but its content.
func attributesOf(file *os.File, name string) (old *attributes, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return nil, failed("stat", name, err)
	}
	old = &attributes{mode: st.Mode & 0o7777, owned: true, uid: st.Uid, gid: st.Gid}
	if old.extended, err = readExtended(file); err != nil {
		return nil, failed("getxattr", name, err)
	}
	return old, nil
}

func readExtended(file *os.File) ([]extended, error) {
	names := make([]byte, maxAttribute)
	n, err := unix.Flistxattr(int(file.Fd()), names)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []extended
	value, total := make([]byte, maxAttribute), 0
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names[:n]), "\x00"), "\x00") {
		if name == "" || name == measured[0] || name == measured[1] {
			continue
		}
		n, err := unix.Fgetxattr(int(file.Fd()), name, value)
		if err != nil {
			return nil, err
		}
		if total += n; total > maxAttributes {
			return nil, errTooManyAttributes
		}
		found = append(found, extended{name, bytes.Clone(value[:n])})
	}
	return found, nil
}

// apply sets the attributes of a new file, which the caller owns.
func (a *attributes) apply(file *os.File, name string) error {
	fd := int(file.Fd())
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return failed("stat", name, err)
	}
	if a.owned && (a.uid != st.Uid || a.gid != st.Gid) {
		if err := unix.Fchown(fd, int(a.uid), int(a.gid)); err != nil {
			return failed("chown", name, err)
		}
	}
	if err := unix.Fchmod(fd, a.mode); err != nil { // after chown, which clears set-user-ID
		return failed("chmod", name, err)
	}
	if !a.owned {
		return nil
	}
	has, err := readExtended(file)
	if err != nil {
		return failed("getxattr", name, err)
	}
	return a.applyExtended(fd, name, has)
}

// applyExtended writes only the attributes that differ: writing a security label
// needs a privilege even if the label stays the same.
func (a *attributes) applyExtended(fd int, name string, has []extended) error {
	values := make(map[string][]byte, len(has))
	for _, x := range has {
		values[x.name] = x.value
	}
	listed := false
	for _, x := range a.extended {
		listed = listed || x.name == acl
		if value, ok := values[x.name]; ok && bytes.Equal(value, x.value) {
			continue
		}
		if err := unix.Fsetxattr(fd, x.name, x.value, 0); err != nil {
			return failed("setxattr "+x.name, name, err)
		}
	}
	if _, inherited := values[acl]; inherited && !listed {
		if err := unix.Fremovexattr(fd, acl); err != nil && !errors.Is(err, syscall.ENODATA) {
			return failed("removexattr "+acl, name, err)
		}
	}
	return nil
}
