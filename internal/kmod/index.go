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
// with its modules. Patterns with a common prefix share nodes, so finding a device
// takes about 20 nodes, on a few pages of a file of 1.3 MB.
//
// A file begins with a magic number, a version and a reference to the root, 32
// bits each. All numbers are big-endian. A reference is an offset into the file;
// its upper bits are flags for the parts that the node there has.
//
// An index never changes and may be shared between goroutines.
type index struct {
	data []byte // mapped for as long as the index is reachable
	root uint32
}

// The file format (libkmod-index.c of kmod). The lower half of the version is for
// compatible changes.
const (
	indexMagic   = 0xB007F457
	indexVersion = 2
	indexHeader  = 12

	nodePrefix   = 0x80000000 // the bytes that all patterns continue with here, terminated by a NUL
	nodeChildren = 0x20000000 // the first and the last next byte, and a reference for each in this range
	nodeValues   = 0x40000000 // the modules of the pattern that ends here: their number, then priority and NUL-terminated name of each
	nodeOffset   = 0x0FFFFFFF
)

// Bounds on the work for one device. No real kernel comes near them: in Debian 12
// the most demanding device has 4 modules, after 24 nodes.
const (
	maxNodes   = 1 << 13 // nodes visited for one device
	maxPattern = 256     // bytes in the prefix of one node, and nodes below a wildcard
	maxName    = 256     // bytes in the name of a module, with its NUL
	maxClaims  = 64      // modules of one device
)

// errNoIndex means that a file was not written by depmod, or has a newer version.
var errNoIndex = errors.New("not a depmod index, or of an unknown version")

// openIndex maps an index of depmod. Mapping is safe, because depmod replaces these
// files and never rewrites them. The mapping ends when the index is unreachable.
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
	runtime.KeepAlive(ix) // the names were in the mapping
	return modules
}

// node is one node of an index. Its slices are parts of the file.
type node struct {
	prefix   []byte
	first    byte   // the byte that leads to the first child
	children []byte // references, 0 for a missing child
	count    uint32
	values   []byte
}

// node returns the node at a reference. ok is false if there is no complete node.
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

// child returns the reference to the child for the byte c, 0 if there is none.
func (n *node) child(c byte) uint32 {
	at := 4 * (int(c) - int(n.first))
	if at < 0 || at >= len(n.children) {
		return 0
	}
	return binary.BigEndian.Uint32(n.children[at:])
}

// cutString cuts b at its first NUL. ok is false if the first limit bytes have
// none.
func cutString(b []byte, limit int) (before, after []byte, ok bool) {
	end := bytes.IndexByte(b[:min(len(b), limit)], 0)
	if end < 0 {
		return nil, nil, false
	}
	return b[:end], b[end+1:], true
}
