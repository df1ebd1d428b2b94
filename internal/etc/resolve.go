package etc

import (
	"errors"
	"path"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// maxLinks are followed on one path, as many as the kernel does (MAXSYMLINKS,
// include/linux/namei.h).
const maxLinks = 40

// place is where a path leads.
type place struct {
	name    string // without the root, and without links
	missing bool   // its folder is not there
}

func (p place) dir() string  { return path.Dir(p.name) }
func (p place) base() string { return path.Base(p.name) }

// resolve follows the links of a path inside the root of f, those of its last
// part only if last is set. A link to a file that is not there leads to where
// it would be; but its folder must be there: it may be on a file system that is
// not mounted now.
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
		case errors.Is(err, syscall.EINVAL): // no link
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

// parts are the names in a path.
func parts(name string) []string {
	var names []string
	for part := range strings.SplitSeq(name, "/") {
		if part != "" && part != "." {
			names = append(names, part)
		}
	}
	return names
}

// Resolve returns where the path of a file leads, without the root and without
// links: what two names of one file have in common. The file need not be there.
func Resolve(f sysfs.FS, name string) (string, error) {
	to, err := resolve(f, name, true)
	return to.name, err
}
