package initramfs

import (
	"errors"
	"fmt"
)

// Causes of a FormatError.
var (
	// ErrJunk is the kernel's "junk in compressed archive": neither an archive
	// nor anything that is known to compress one.
	ErrJunk = errors.New("this is no archive, and not compressed in a known way")
	// ErrCut is an image that ends within an archive.
	ErrCut = errors.New("the image ends within an archive")
	// ErrPadding is an archive that does not begin at a multiple of four bytes.
	ErrPadding = errors.New("an archive begins at no multiple of four bytes")
	// ErrHeader is an entry whose header is not as newc has it.
	ErrHeader = errors.New("malformed header of an entry")
	// ErrChecksum is an entry of the crc format with other bytes than it says.
	ErrChecksum = errors.New("the sum of an entry's bytes is another")
	// ErrBound is an image that is larger than any real one.
	ErrBound = errors.New("larger than what is read of an image")
)

// FormatError is an image that the kernel would not unpack to its end.
type FormatError struct {
	Offset int64  // where it shows, in bytes; in the unpacked archive where Packed is set
	Packed string // how the archive is compressed, "zstd"; "" for one that is not
	Err    error  // one of the above, or the decompressor's own
}

// Error says where, and the cause last.
func (e *FormatError) Error() string {
	if e.Packed != "" {
		return fmt.Sprintf("byte %d, unpacked by %s: %v", e.Offset, e.Packed, e.Err)
	}
	return fmt.Sprintf("byte %d: %v", e.Offset, e.Err)
}

// Unwrap gives the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// MissingProgramError is an image that nothing on this system unpacks.
type MissingProgramError struct {
	Program string // "zstd"
	Err     error  // program.IsNotFound says true of it
}

// Error says which program has to be installed.
func (e *MissingProgramError) Error() string {
	return fmt.Sprintf("the image is compressed by %s, which is not installed: %v", e.Program, e.Err)
}

// Unwrap gives the cause.
func (e *MissingProgramError) Unwrap() error { return e.Err }
