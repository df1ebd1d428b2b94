package initramfs

import (
	"errors"
	"io"
)

// Malformed compressed data.
var (
	errZstd = errors.New("malformed zstd frame")
	errXZ   = errors.New("malformed xz stream")
	errLZ4  = errors.New("malformed lz4 block")
)

// frames reads one compressed archive. It finds the end by the sizes in the
// archive, without decompressing anything.
type frames struct {
	in *input
	// step takes the next header with take, and returns how many bytes follow
	// it. io.EOF is the end of the archive.
	step func(f *frames) (body int64, err error)

	head []byte // taken from in, and not yet returned by Read
	body int64
	err  error
}

// Read implements io.Reader.
func (f *frames) Read(p []byte) (int, error) {
	for len(f.head) == 0 && f.body == 0 {
		if f.err != nil {
			return 0, f.err
		}
		f.body, f.err = f.step(f)
		if f.err != nil {
			f.body = 0
		}
	}
	if len(f.head) > 0 {
		n := copy(p, f.head)
		f.head = f.head[n:]
		return n, nil
	}
	n, err := f.in.Read(p[:min(int64(len(p)), f.body)])
	f.body -= int64(n)
	if err != nil {
		f.err, f.body = cut(err), 0
	}
	return n, f.err
}

// take takes n bytes, which Read returns before the body.
func (f *frames) take(n int) ([]byte, error) {
	at := len(f.head)
	f.head = append(f.head, make([]byte, n)...)
	if err := f.in.full(f.head[at:]); err != nil {
		f.head = f.head[:at]
		return nil, err
	}
	return f.head[at:], nil
}

// zstdFrame reads one frame (RFC 8878, 3.1.1).
func zstdFrame(in *input) io.Reader {
	begun, last, checksum := false, false, 0
	return &frames{in: in, step: func(f *frames) (int64, error) {
		if !begun {
			begun = true
			head, err := f.take(5) // the magic number, and which other fields follow
			if err != nil {
				return 0, err
			}
			descriptor := head[4]
			single := descriptor >> 5 & 1
			if descriptor&4 != 0 {
				checksum = 4
			}
			content := [4]byte{single, 2, 4, 8}[descriptor>>6]
			dictionary := [4]byte{0, 1, 2, 4}[descriptor&3]
			_, err = f.take(int(1 - single + dictionary + content))
			return 0, err
		}
		if last {
			if checksum == 0 {
				return 0, io.EOF
			}
			_, err := f.take(checksum)
			checksum = 0
			return 0, err
		}
		head, err := f.take(3)
		if err != nil {
			return 0, err
		}
		size := int64(head[0])>>3 | int64(head[1])<<5 | int64(head[2])<<13
		last = head[0]&1 != 0
		switch head[0] >> 1 & 3 {
		case 1: // one byte, repeated
			return 1, nil
		case 3:
			return 0, errZstd
		}
		return size, nil
	}}
}

// The largest block of lz4's legacy format: LZ4_compressBound of 8 MiB.
const (
	lz4Magic    = 0x184c2102
	lz4MaxBlock = 8<<20 + (8<<20)/255 + 16
)

// lz4Legacy reads frames of the legacy format up to the end of the image or a size
// of 0, as in lib/decompress_unlz4.c.
func lz4Legacy(in *input) io.Reader {
	return &frames{in: in, step: func(f *frames) (int64, error) {
		next := in.peek(4)
		if len(next) < 4 {
			return 0, io.EOF
		}
		size := int64(next[0]) | int64(next[1])<<8 | int64(next[2])<<16 | int64(next[3])<<24
		if size == 0 {
			return 0, io.EOF
		}
		if _, err := f.take(4); err != nil {
			return 0, err
		}
		switch {
		case size == lz4Magic:
			return 0, nil
		case size > lz4MaxBlock:
			return 0, errLZ4
		}
		return size, nil
	}}
}
