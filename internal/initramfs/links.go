package initramfs

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// maxLinks bounds how many symbolic links are followed for one name (MAXSYMLINKS).
const maxLinks = 40

// behindNames returns the files that wanted names resolve to and whose content was
// not kept. That a name is a symbolic link, or a hard link, may become known only
// after the content.
func (i *Image) behindNames() (names []string, err error) {
	linked := slices.Collect(maps.Keys(i.targets))
	for _, pattern := range i.wanted {
		if name, ok := literal(pattern); ok { // one of its folders may be a link
			linked = append(linked, name)
		}
	}
	for _, name := range linked {
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

// literal returns the name that a pattern of Exactly matches; ok is false for a pattern that matches
// several.
func literal(pattern string) (name string, ok bool) {
	var b strings.Builder
	for rest := pattern; rest != ""; {
		at := strings.IndexAny(rest, `\*?[`)
		switch {
		case at < 0:
			at = len(rest)
		case rest[at] != '\\' || at+1 == len(rest):
			return "", false
		}
		b.WriteString(rest[:at])
		if rest = rest[at:]; rest != "" {
			b.WriteByte(rest[1])
			rest = rest[2:]
		}
	}
	return b.String(), true
}

// resolve follows the symbolic links of a name from the root. It returns a name
// that cannot be resolved unchanged.
func (i *Image) resolve(name string) string {
	name, _ = i.walk(name)
	return name
}

// follow is resolve during reading, when it is called for each entry; maxSteps
// bounds the total.
func (i *Image) follow(name string) (string, error) {
	name, steps := i.walk(name)
	if i.steps += steps; i.steps > maxSteps {
		return "", ErrBound
	}
	return name, nil
}

// walk resolves a name, and returns the number of bytes of all names on the way.
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
