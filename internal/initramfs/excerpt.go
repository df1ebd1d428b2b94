package initramfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Excerpt returns an uncompressed image with the entries for which keep returns
// true, and with those that the methods of Image need: the marks of the tool that
// made the image, the first process, and links to folders. A file has the bytes that Read kept, passed
// through edit; other files are empty.
func (i *Image) Excerpt(keep func(name string) bool, edit func(content []byte) []byte) []byte {
	var out bytes.Buffer
	linked := map[string]bool{}
	for name := range i.targets {
		linked[i.resolve(name)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(i.entries)) {
		e := i.entries[name]
		switch {
		case e.Mode&fs.ModeSymlink != 0:
			if to, ok := i.entries[i.resolve(name)]; ok && (to.Mode.IsDir() || keep(name) || name == first) {
				writeEntry(&out, name, modeLink|0o777, []byte(i.targets[name]))
			}
		case !keep(name) && !marked(name) && name != mkinitcpioConfig && name != i.resolve(first) && !(linked[name] && e.Mode.IsDir()):
		case e.Mode.IsDir():
			writeEntry(&out, name, modeFolder|uint32(e.Mode.Perm()), nil)
		case e.Mode.IsRegular():
			var content []byte
			if c := i.files[name]; c != nil {
				content = edit(c.bytes)
			}
			writeEntry(&out, name, modeFile|uint32(e.Mode.Perm()), content)
		}
	}
	writeEntry(&out, trailer, 0, nil)
	return out.Bytes()
}

// marked reports whether a name is a tool's mark.
func marked(name string) bool {
	for _, m := range marks {
		if strings.TrimSuffix(m.name, "/") == name {
			return true
		}
	}
	return false
}

// Types of files in the mode of an entry (include/uapi/linux/stat.h).
const (
	modeFolder = 0o040000
	modeFile   = 0o100000
	modeLink   = 0o120000
)

// writeEntry writes an entry in the newc format (buffer-format.rst).
func writeEntry(out *bytes.Buffer, name string, mode uint32, content []byte) {
	fields := [13]uint32{fieldMode: mode, fieldLinks: 1, fieldSize: uint32(len(content)), fieldNameSize: uint32(len(name) + 1)}
	out.WriteString(magicNewc)
	for _, field := range fields {
		fmt.Fprintf(out, "%08x", field)
	}
	for _, part := range [...]string{name + "\x00", string(content)} {
		out.WriteString(part)
		out.Write(make([]byte, padded(int64(out.Len()))-int64(out.Len())))
	}
}
