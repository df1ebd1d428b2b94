package initramfs

import (
	"compress/gzip"
	"context"
	"io"

	"github.com/xenpci/xenpci/internal/program"
)

// method is one way to compress an archive.
type method struct {
	name  string
	magic string // what lib/decompress.c knows it by

	// args is the program that unpacks it; none where unpack does.
	args   []string
	unpack func(in *input) (io.Reader, error)

	// frames gives what belongs to one archive, so that what follows is found;
	// nil where only who unpacks it learns where it ends. That one is taken to
	// be the last of its image.
	frames func(in *input) io.Reader
}

const longestMagic = 2

// methods are what the kernel unpacks (lib/decompress.c).
var methods = [...]method{
	{name: "gzip", magic: "\x1f\x8b", unpack: gunzip},
	{name: "zstd", magic: "\x28\xb5", args: []string{"zstd", "-dc"}, frames: zstdFrame},
	{name: "xz", magic: "\xfd7", args: []string{"xz", "-dc"}, frames: xzStream},
	{name: "lz4", magic: "\x02\x21", args: []string{"lz4", "-dc"}, frames: lz4Legacy},
	{name: "bzip2", magic: "BZ", args: []string{"bzip2", "-dc"}},
	{name: "lzma", magic: "\x5d\x00", args: []string{"lzma", "-dc"}},
	{name: "lzop", magic: "\x89\x4c", args: []string{"lzop", "-dc"}},
}

func methodOf(magic []byte) (method, bool) {
	for _, m := range methods {
		if string(magic) == m.magic {
			return m, true
		}
	}
	return method{}, false
}

// unpacked is an archive as it is unpacked.
type unpacked struct {
	io.Reader
	program *program.Output // nil where none runs
	packed  io.Reader       // what goes to the program
}

// open begins to unpack what comes next in in.
func (m method) open(ctx context.Context, in *input) (*unpacked, error) {
	if m.unpack != nil {
		r, err := m.unpack(in)
		return &unpacked{Reader: r}, err
	}
	u := &unpacked{packed: in}
	if m.frames != nil {
		u.packed = m.frames(in)
	}
	out, err := program.Stream(ctx, unpackTime, u.packed, m.args...)
	if program.IsNotFound(err) {
		return nil, &MissingProgramError{Program: m.args[0], Err: err}
	}
	u.Reader, u.program = out, out
	return u, err
}

// rest takes what is left of the packed archive, once all of it is unpacked.
func (u *unpacked) rest() error {
	if u.packed == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, u.packed)
	return err
}

// Close ends the program.
func (u *unpacked) Close() error {
	if u.program == nil {
		return nil
	}
	return u.program.Close()
}

// gunzip unpacks one member: the kernel takes the next one for another archive.
func gunzip(in *input) (io.Reader, error) {
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return r, nil
}
