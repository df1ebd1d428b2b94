package initramfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Entry is a file, folder, link or device in an image.
type Entry struct {
	Name string      // "etc/modprobe.d/local.conf", without leading "./" or "/"; "." is the root
	Mode fs.FileMode // type and permissions
	Size int64       // of the content in bytes; of the target for a symbolic link

	inode [3]uint32 // major, minor and inode, equal for hard links
	links uint32    // number of hard links
}

// The header of an entry: a magic number, then numbers of eight hexadecimal digits
// each (buffer-format.rst).
const (
	headerSize = 110
	magicNewc  = "070701"
	magicCRC   = "070702"

	fieldInode, fieldMode, fieldLinks, fieldSize      = 0, 1, 4, 6
	fieldMajor, fieldMinor, fieldNameSize, fieldCheck = 7, 8, 11, 12
)

// trailer is the name of the entry that ends an archive.
const trailer = "TRAILER!!!"

// header is the header before an entry's name.
type header struct {
	fields  [13]uint32
	checked bool // the crc format: the last field is the sum of all bytes of the content
}

func parseHeader(b []byte) (h header, ok bool) {
	if len(b) != headerSize {
		return h, false
	}
	magic := string(b[:6])
	h.checked = magic == magicCRC
	if magic != magicNewc && !h.checked {
		return h, false
	}
	for i := range h.fields {
		for _, digit := range b[6+8*i : 14+8*i] {
			value, isHex := hexDigit(digit)
			if !isHex {
				return h, false
			}
			h.fields[i] = h.fields[i]<<4 | value
		}
	}
	return h, true
}

func hexDigit(c byte) (uint32, bool) {
	switch {
	case '0' <= c && c <= '9':
		return uint32(c - '0'), true
	case 'a' <= c && c <= 'f':
		return uint32(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return uint32(c-'A') + 10, true
	}
	return 0, false
}

// entry reads the next entry and passes it to visit.
func (w *walk) entry(in *input) error {
	if w.entries++; w.entries > maxEntries {
		return ErrBound
	}
	var raw [headerSize]byte
	if err := in.full(raw[:]); err != nil {
		return err
	}
	h, ok := parseHeader(raw[:])
	if !ok {
		return ErrHeader
	}
	nameSize, size := int64(h.fields[fieldNameSize]), int64(h.fields[fieldSize])
	e := Entry{
		Mode: fileMode(h.fields[fieldMode]), Size: size, links: h.fields[fieldLinks],
		inode: [3]uint32{h.fields[fieldMajor], h.fields[fieldMinor], h.fields[fieldInode]},
	}
	link := e.Mode&fs.ModeSymlink != 0
	// The kernel silently skips these.
	if nameSize == 0 || nameSize > maxName || link && size > maxName || size > 0 && !link && !e.Mode.IsRegular() {
		return in.skip(padded(headerSize+nameSize) - headerSize + padded(size))
	}
	name := make([]byte, padded(headerSize+nameSize)-headerSize)
	if err := in.full(name); err != nil {
		return err
	}
	name, _, _ = bytes.Cut(name[:nameSize], []byte{0})
	if string(name) == trailer {
		w.trailer()
		w.within = w.within && in.packed != ""
		return in.skip(padded(size))
	}
	e.Name = normalName(string(name))
	w.members[len(w.members)-1].add(e.Name, e.Mode)
	return w.content(in, e, h)
}

// content lets visit read the content of an entry, and skips the rest.
func (w *walk) content(in *input, e Entry, h header) error {
	body := &body{in: in, left: e.Size, summed: h.checked}
	err := w.visit(e, body)
	if body.err != nil {
		return body.err
	}
	if err != nil {
		return &visitError{err}
	}
	if !h.checked {
		if err := in.skip(body.left); err != nil {
			return err
		}
	} else {
		if _, err := io.Copy(io.Discard, body); err != nil {
			return err
		}
		if e.Mode.IsRegular() && body.sum != h.fields[fieldCheck] {
			return ErrChecksum
		}
	}
	// The last entry's padding may be missing.
	if err := in.skip(padded(e.Size) - e.Size); err != nil && !errors.Is(err, ErrCut) {
		return err
	}
	return nil
}

// body is the content of one entry.
type body struct {
	in   *input
	left int64
	err  error // of the image; kept because visit may ignore it

	summed bool
	sum    uint32
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if b.summed {
		for _, c := range p[:n] {
			b.sum += uint32(c)
		}
	}
	b.err = cut(err)
	return n, b.err
}

func padded(n int64) int64 { return (n + 3) &^ 3 }

// normalName returns the name as the kernel resolves it from the root.
func normalName(name string) string {
	if clean := strings.TrimPrefix(path.Clean("/"+name), "/"); clean != "" {
		return clean
	}
	return "."
}

// fileMode converts the mode field, whose values are those of stat(2).
func fileMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	switch mode & 0o170000 {
	case 0o100000:
	case 0o040000:
		m |= fs.ModeDir
	case 0o120000:
		m |= fs.ModeSymlink
	case 0o020000:
		m |= fs.ModeDevice | fs.ModeCharDevice
	case 0o060000:
		m |= fs.ModeDevice
	case 0o010000:
		m |= fs.ModeNamedPipe
	case 0o140000:
		m |= fs.ModeSocket
	default:
		m |= fs.ModeIrregular
	}
	for bit, flag := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&bit != 0 {
			m |= flag
		}
	}
	return m
}
