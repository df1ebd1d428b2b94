package hypervisor

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"syscall"
)

const (
	callHypfs  = 42 // __HYPERVISOR_hypfs_op
	hypfsRead  = 1  // XEN_HYPFS_OP_read
	pathOffset = 2 << 10
	pathLimit  = 1 << 10
)

// Sizes and offsets of struct xen_hypfs_direntry and xen_hypfs_dirlistentry (hypfs.h).
const (
	direntrySize = 12
	listedNext   = direntrySize
	listedName   = direntrySize + 2
)

// Types and encodings of files.
const (
	hypfsDir, hypfsBlob, hypfsString, hypfsUint, hypfsInt, hypfsBool = 0, 1, 2, 3, 4, 5

	hypfsGzip = 1
)

// hypfsLimit is how much of a file is unpacked. Xen's configuration has 10 KiB.
const hypfsLimit = 1 << 20

// ErrHypfs means that Xen returned what is no file or folder of hypfs.
var ErrHypfs = errors.New("malformed answer of hypfs")

// Parameter is an option of the running Xen that can be changed while it runs.
type Parameter struct{ Name, Value string }

// HypfsFile returns the content of a file of Xen's own file system, such as
// "/buildinfo/config", as text. The error wraps a syscall.Errno (ENOSYS: this Xen was
// built without hypfs, or is older than 4.14) or ErrHypfs.
func (r *Running) HypfsFile(path string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer, err := r.hypfs(path)
	if err != nil {
		return "", fmt.Errorf("hypfs %s: %w", path, err)
	}
	text, err := hypfsText(answer)
	if err != nil {
		return "", fmt.Errorf("hypfs %s: %w", path, err)
	}
	return text, nil
}

// Parameters returns the options that can be changed at run time, in Xen's order. The
// error is as for HypfsFile.
func (r *Running) Parameters() ([]Parameter, error) {
	const folder = "/params"
	r.mu.Lock()
	answer, err := r.hypfs(folder)
	var names []string
	if err == nil {
		names, err = hypfsNames(answer)
	}
	r.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("hypfs %s: %w", folder, err)
	}
	var all []Parameter
	for _, name := range names {
		value, err := r.HypfsFile(folder + "/" + name)
		if err != nil {
			return all, err
		}
		all = append(all, Parameter{name, value})
	}
	return all, nil
}

// hypfs returns a file or folder with its struct xen_hypfs_direntry before it.
func (r *Running) hypfs(path string) ([]byte, error) {
	if len(path) >= pathLimit {
		return nil, syscall.ENAMETOOLONG
	}
	memory := r.xen.Memory()
	copy(memory[pathOffset:], path+"\x00")
	_, errno := r.xen.Call(callHypfs, hypfsRead, r.xen.Address(pathOffset), uint64(len(path)+1), r.xen.Address(dataOffset), dataSize)
	if errno != 0 {
		return nil, errno
	}
	answer := memory[dataOffset:][:dataSize]
	if length := binary.NativeEndian.Uint32(answer[4:]); length <= dataSize-direntrySize {
		return answer[:direntrySize+length], nil
	}
	return nil, ErrHypfs
}

// hypfsText returns the content of a file as text.
func hypfsText(answer []byte) (string, error) {
	if len(answer) < direntrySize {
		return "", ErrHypfs
	}
	kind, encoding, content := answer[0], answer[1], answer[direntrySize:]
	if encoding == hypfsGzip {
		unpacked, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrHypfs, err)
		}
		if content, err = io.ReadAll(io.LimitReader(unpacked, hypfsLimit)); err != nil {
			return "", fmt.Errorf("%w: %w", ErrHypfs, err)
		}
	}
	switch kind {
	case hypfsBlob:
		return string(content), nil
	case hypfsString:
		text, _, _ := bytes.Cut(content, []byte{0})
		return string(text), nil
	case hypfsUint, hypfsBool:
		n, ok := hypfsNumber(content)
		if !ok {
			return "", ErrHypfs
		}
		if kind == hypfsBool {
			return strconv.FormatBool(n != 0), nil
		}
		return strconv.FormatUint(n, 10), nil
	case hypfsInt:
		n, ok := hypfsNumber(content)
		if !ok {
			return "", ErrHypfs
		}
		shift := 64 - 8*len(content)
		return strconv.FormatInt(int64(n<<shift)>>shift, 10), nil
	}
	return "", ErrHypfs
}

// hypfsNumber returns a number of 1, 2, 4 or 8 bytes, without its sign.
func hypfsNumber(content []byte) (uint64, bool) {
	switch len(content) {
	case 1:
		return uint64(content[0]), true
	case 2:
		return uint64(binary.NativeEndian.Uint16(content)), true
	case 4:
		return uint64(binary.NativeEndian.Uint32(content)), true
	case 8:
		return binary.NativeEndian.Uint64(content), true
	}
	return 0, false
}

// hypfsNames returns the names of the files in a folder, without the folders in it.
func hypfsNames(answer []byte) (names []string, err error) {
	if len(answer) < direntrySize || answer[0] != hypfsDir {
		return nil, ErrHypfs
	}
	rest := answer[direntrySize:]
	for len(rest) > 0 {
		if len(rest) <= listedName {
			return nil, ErrHypfs
		}
		name, _, ended := bytes.Cut(rest[listedName:], []byte{0})
		if !ended || len(name) == 0 {
			return nil, ErrHypfs
		}
		if rest[0] != hypfsDir {
			names = append(names, string(name))
		}
		next := int(binary.NativeEndian.Uint16(rest[listedNext:]))
		if next == 0 {
			break
		}
		if next <= listedName || next > len(rest) {
			return nil, ErrHypfs
		}
		rest = rest[next:]
	}
	return names, nil
}
