package sysfs

import (
	"errors"
	"os"
	"time"
)

// ModTime returns when the file name was last modified. It follows links. The error
// is an *AttrError.
func (f FS) ModTime(name string) (time.Time, error) {
	info, err := os.Stat(f.Path(name))
	if err != nil {
		return time.Time{}, &AttrError{Op: "stat", Path: name, Err: errors.Unwrap(err)}
	}
	return info.ModTime(), nil
}
