package initramfs

import (
	"path"
	"strings"
)

// maxLinks is how many symbolic links one name may lead through (MAXSYMLINKS).
const maxLinks = 40

// behindNames are the files that wanted names lead to, and whose bytes were not
// kept: that a name is a link, or one of several of a file, may show after the
// bytes.
func (i *Image) behindNames() (names []string, err error) {
	for name := range i.targets {
		if !i.wants(name) {
			continue
		}
		target, err := i.follow(name)
		if err != nil {
			return nil, err
		}
		c := i.files[target]
		if e, ok := i.entries[target]; !ok || !e.Mode.IsRegular() || c != nil && !c.unread() {
			continue
		}
		names = append(names, target)
		if c != nil {
			names = append(names, c.holder)
		}
	}
	for name, c := range i.files {
		if c.unread() && i.wants(name) {
			names = append(names, c.holder)
		}
	}
	return names, nil
}

// resolve follows the symbolic links of a name from the root. What cannot be
// followed stays as it is.
func (i *Image) resolve(name string) string {
	name, _ = i.walk(name)
	return name
}

// follow is resolve while the image is read, when each entry costs one, and all
// of them no more than maxSteps.
func (i *Image) follow(name string) (string, error) {
	name, steps := i.walk(name)
	if i.steps += steps; i.steps > maxSteps {
		return "", ErrBound
	}
	return name, nil
}

// walk is resolve. It counts the bytes of the names on the way.
func (i *Image) walk(name string) (resolved string, steps int) {
	if len(i.targets) == 0 {
		return name, 0
	}
	rest, at := name, ""
	for links := 0; links <= maxLinks; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		next := path.Join(at, part)
		steps += len(next) + len(rest)
		if target, ok := i.targets[next]; ok {
			links++
			if !strings.HasPrefix(target, "/") {
				target = path.Join("/", at, target)
			}
			rest = strings.TrimPrefix(path.Join("/", target, rest), "/")
			at = ""
			if len(rest) > maxName {
				return name, steps
			}
		} else {
			at = next
		}
		if rest == "" {
			if at == "" {
				return ".", steps
			}
			return at, steps
		}
	}
	return name, steps
}
