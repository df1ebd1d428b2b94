package etc

import (
	"errors"
	"path"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxLinks is how many links are followed in one path, as in the kernel
// (MAXSYMLINKS, include/linux/namei.h).
const maxLinks = 40

// place is where a path leads.
type place struct {
	name    string // without the root, with all links resolved
	missing bool   // its folder does not exist
}

func (p place) dir() string  { return path.Dir(p.name) }
func (p place) base() string { return path.Base(p.name) }

// resolve follows the links of a path inside the root of f; a link as the last
// part only if last is set. A link to a file that does not exist resolves to the
// place where the file would be. Its folder must exist: a missing one may be on a
// file system that is not mounted now.
func resolve(f sysfs.FS, name string, last bool) (place, error) {
	rest := parts(path.Clean("/" + name))
	linked := 0 // how many of rest come from links
	at := "/"
	for links := 0; len(rest) > 0; {
		part, fromLink := rest[0], linked > 0
		rest = rest[1:]
		if fromLink {
			linked--
		}
		if part == ".." {
			at = path.Dir(at)
			continue
		}
		here := path.Join(at, part)
		if len(rest) == 0 && !last {
			return place{name: here}, nil
		}
		target, err := f.Readlink(here)
		switch {
		case err == nil:
			if links++; links > maxLinks {
				return place{}, failed("readlink", name, syscall.ELOOP)
			}
			further := parts(target)
			rest, linked = append(further, rest...), linked+len(further)
			if path.IsAbs(target) {
				at = "/"
			}
		case errors.Is(err, syscall.EINVAL): // not a link
			at = here
		case errors.Is(err, syscall.ENOENT):
			absent := place{path.Join(append([]string{here}, rest...)...), len(rest) > 0}
			if fromLink && absent.missing && absent.name != masked {
				return place{}, failed("readlink", name, errDangling)
			}
			return absent, nil
		default:
			return place{}, err
		}
	}
	return place{name: at}, nil
}

// parts returns the names in a path.
func parts(name string) []string {
	var names []string
	for part := range strings.SplitSeq(name, "/") {
		if part != "" && part != "." {
			names = append(names, part)
		}
	}
	return names
}

// Resolve returns the path of a file without the root and with all links resolved,
// so that two names of one file give the same result. The file need not exist.
func Resolve(f sysfs.FS, name string) (string, error) {
	to, err := resolve(f, name, true)
	return to.name, err
}
