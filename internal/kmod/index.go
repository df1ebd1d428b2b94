package kmod

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"

	"github.com/xenpci/xenpci/internal/fnmatch"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// index is a file of depmod whose name ends in ".bin": a trie of patterns, each
// with the modules that have it. Patterns that begin alike share nodes, so a
// device is found by looking at some 20 of them, in a few pages of 1.3 MB.
//
// A file begins with a magic number, a version and a reference to the root, 32
// bits each and big-endian as all its numbers. A reference is an offset into the
// file with flags above it that say which parts the node there has.
//
// An index never changes and may be shared between goroutines.
type index struct {
	data []byte // mapped for as long as the index is reachable
	root uint32
}

// The format, which all readers of these files share (libkmod-index.c of kmod).
// The lower half of the version is for changes that do not matter to readers.
const (
	indexMagic   = 0xB007F457
	indexVersion = 2
	indexHeader  = 12

	nodePrefix   = 0x80000000 // bytes that all patterns here go on with, ended by a NUL
	nodeChildren = 0x20000000 // first and last next byte, and a reference for each between
	nodeValues   = 0x40000000 // what is for the pattern that ends here: a count, then priority and name, ended by a NUL
	nodeOffset   = 0x0FFFFFFF
)

// Bounds of what a file may make its reader do. No kernel comes near: the device
// of Debian 12's that takes the most has 4 modules, after 24 nodes.
const (
	maxNodes   = 1 << 13 // looked at for one device
	maxPattern = 256     // bytes in the prefix of one node, and nodes below a wildcard
	maxName    = 256     // bytes in the name of a module, with its end
	maxClaims  = 64      // modules of one device
)

// errNoIndex says that a file is none of depmod's, or of a version to come.
var errNoIndex = errors.New("no index of depmod")

// openIndex maps an index of depmod, which replaces these files and never
// rewrites them. The mapping ends when nothing refers to the index any more.
func openIndex(fsys sysfs.FS, name string) (*index, error) {
	data, unmap, err := fsys.Map(name, maxIndex)
	if err != nil {
		return nil, err
	}
	ix, err := newIndex(data)
	if err != nil {
		unmap()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	runtime.AddCleanup(ix, func(unmap func()) { unmap() }, unmap)
	return ix, nil
}

func newIndex(data []byte) (*index, error) {
	if len(data) < indexHeader || binary.BigEndian.Uint32(data) != indexMagic || binary.BigEndian.Uint16(data[4:]) != indexVersion {
		return nil, errNoIndex
	}
	return &index{data: data, root: binary.BigEndian.Uint32(data[8:])}, nil
}

// modules implements source.
func (ix *index) modules(modalias string) (modules []string) {
	s := search{index: ix, text: modalias, match: fnmatch.New(modalias)}
	s.descend()
	var last []byte
	for _, c := range s.claims[:s.found] {
		if !bytes.Equal(c.module, last) {
			modules = append(modules, string(c.module))
			last = c.module
		}
	}
	runtime.KeepAlive(ix) // till here the names were in the mapping
	return modules
}

// node is one node of an index, in parts of the file.
type node struct {
	prefix   []byte
	first    byte   // the byte of the first child
	children []byte // references, 0 for none
	count    uint32
	values   []byte
}

// node looks up a reference. It is not ok where there is no whole node.
func (ix *index) node(reference uint32) (n node, ok bool) {
	offset := int(reference & nodeOffset)
	if offset == 0 || offset >= len(ix.data) {
		return n, false
	}
	rest := ix.data[offset:]
	if reference&nodePrefix != 0 {
		if n.prefix, rest, ok = cutString(rest, maxPattern); !ok {
			return n, false
		}
	}
	if reference&nodeChildren != 0 {
		if len(rest) < 2 || rest[1] < rest[0] {
			return n, false
		}
		end := 2 + 4*(int(rest[1]-rest[0])+1)
		if len(rest) < end {
			return n, false
		}
		n.first, n.children, rest = rest[0], rest[2:end], rest[end:]
	}
	if reference&nodeValues != 0 {
		if len(rest) < 4 {
			return n, false
		}
		n.count, n.values = binary.BigEndian.Uint32(rest), rest[4:]
	}
	return n, true
}

// child is the reference to the child for the byte c, 0 without one.
func (n *node) child(c byte) uint32 {
	at := 4 * (int(c) - int(n.first))
	if at < 0 || at >= len(n.children) {
		return 0
	}
	return binary.BigEndian.Uint32(n.children[at:])
}

// cutString cuts b at its first NUL, which is one of the first limit bytes.
func cutString(b []byte, limit int) (before, after []byte, ok bool) {
	end := bytes.IndexByte(b[:min(len(b), limit)], 0)
	if end < 0 {
		return nil, nil, false
	}
	return b[:end], b[end+1:], true
}
