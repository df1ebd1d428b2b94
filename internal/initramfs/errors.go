package initramfs

import (
	"errors"
	"fmt"
)

// Causes of a FormatError.
var (
	// ErrJunk means that the data is neither an archive nor compressed in a known
	// format. The kernel calls it "junk in compressed archive".
	ErrJunk = errors.New("neither a cpio archive nor a known compression format")
	// ErrCut means that the image ends within an archive.
	ErrCut = errors.New("the image is truncated within an archive")
	// ErrPadding means that an archive does not begin at a multiple of four bytes.
	ErrPadding = errors.New("an archive does not begin at a multiple of four bytes")
	// ErrHeader means that an entry has a malformed header.
	ErrHeader = errors.New("malformed header of an entry")
	// ErrChecksum means that an entry of the crc format has a wrong checksum.
	ErrChecksum = errors.New("wrong checksum of an entry")
	// ErrBound means that the image is larger than any real one.
	ErrBound = errors.New("the image exceeds the size limits")
)

// FormatError reports an image that the kernel would not unpack completely.
type FormatError struct {
	Offset int64  // in bytes; in the decompressed archive if Packed is set
	Packed string // the archive's compression, "zstd"; "" if it is not compressed
	Err    error  // one of the above, or the decompressor's error
}

// Error returns the offset and the cause.
func (e *FormatError) Error() string {
	if e.Packed != "" {
		return fmt.Sprintf("byte %d of the %s data, decompressed: %v", e.Offset, e.Packed, e.Err)
	}
	return fmt.Sprintf("byte %d: %v", e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// MissingProgramError reports an image for which this system lacks the
// decompressor.
type MissingProgramError struct {
	Program string // "zstd"
	Err     error  // satisfies program.IsNotFound
}

// Error returns the reason and the advice.
func (e *MissingProgramError) Error() string { return e.Reason() + "; " + e.Advice() }

// Reason names the missing program and where it was looked for.
func (e *MissingProgramError) Reason() string {
	return fmt.Sprintf("the image can only be read by the program %s: %v", e.Program, e.Err)
}

// Advice names the program to install.
func (e *MissingProgramError) Advice() string { return "install " + e.Program }

// Unwrap returns the cause.
func (e *MissingProgramError) Unwrap() error { return e.Err }
