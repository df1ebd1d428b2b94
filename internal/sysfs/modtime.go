package sysfs

import (
	"errors"
	"os"
	"time"
)

// ModTime is when the file name was last written, after its links. The error is
// an *AttrError.
func (f FS) ModTime(name string) (time.Time, error) {
	info, err := os.Stat(f.Path(name))
	if err != nil {
		return time.Time{}, &AttrError{Op: "stat", Path: name, Err: errors.Unwrap(err)}
	}
	return info.ModTime(), nil
}
