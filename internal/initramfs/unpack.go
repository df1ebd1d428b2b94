package initramfs

import (
	"context"
	"errors"
	"io"
)

// ErrMethod means that data is not compressed in a format that the kernel decompresses.
var ErrMethod = errors.New("not compressed in a known format")

// Unpack returns what one stream decompresses to that is compressed in any format of the
// kernel's (lib/decompress.c), such as the payload of a bzImage or a module. The caller bounds
// what it reads, and closes the result. The error is ErrMethod, a *MissingProgramError or that
// of starting the program.
func Unpack(ctx context.Context, packed io.Reader) (io.ReadCloser, error) {
	in := newInput(packed, "", nil)
	m, ok := methodOf(in.peek(longestMagic))
	if !ok {
		return nil, ErrMethod
	}
	return m.open(ctx, in)
}
