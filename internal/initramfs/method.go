package initramfs

import (
	"compress/gzip"
	"context"
	"io"

	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/xz"
)

// method is a compression format.
type method struct {
	name  string
	magic string // the first bytes, as in lib/decompress.c

	// args is the program that decompresses it; empty if unpack does.
	args   []string
	unpack func(in *input) (io.Reader, error)

	// without decompresses it, more slowly, where the system does not have the program; nil if nothing
	// does.
	without func(ctx context.Context, packed io.Reader) io.Reader

	// frames returns the bytes of one archive, so that the next one is found. It
	// is nil if only the decompressor can find the end; such an archive is
	// assumed to be the last of its image.
	frames func(in *input) io.Reader
}

const longestMagic = 2

// methods are the formats that the kernel decompresses (lib/decompress.c).
var methods = [...]method{
	{name: "gzip", magic: "\x1f\x8b", unpack: gunzip},
	{name: "zstd", magic: "\x28\xb5", args: []string{"zstd", "-dc"}, frames: zstdFrame},
	{name: "xz", magic: "\xfd7", args: []string{"xz", "-dc"}, frames: xzStream, without: func(ctx context.Context, packed io.Reader) io.Reader { return xz.NewReader(ctx, packed) }},
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

// unpacked is an archive that is being decompressed.
type unpacked struct {
	io.Reader
	program *program.Output // nil if no program runs
	packed  io.Reader       // the program's input
}

// open starts to decompress the archive at the offset of in.
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
	if program.IsNotFound(err) && m.without != nil {
		u.Reader = m.without(ctx, u.packed)
		return u, nil
	}
	if program.IsNotFound(err) {
		return nil, &MissingProgramError{Program: m.args[0], Err: err}
	}
	u.Reader, u.program = out, out
	return u, err
}

// rest skips the rest of the compressed archive after it has been decompressed.
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

// gunzip decompresses one member; to the kernel, the next one is another archive.
func gunzip(in *input) (io.Reader, error) {
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return r, nil
}
