package sysfs

import (
	"bytes"
	"errors"
	"strconv"
	"time"
)

// ReleaseFile holds the release of the running kernel.
const ReleaseFile = "/proc/sys/kernel/osrelease"

// Release returns the release of the running kernel, as uname -r prints it: that of
// the machine which a captured tree is of. The error is an *AttrError.
func (f FS) Release() (string, error) { return f.Attribute(ReleaseFile) }

const (
	statFile  = "/proc/stat"
	statLimit = 1 << 20 // bytes; a machine with 1000 processors has about 100 kB
)

var errNoBootTime = errors.New("it has no line btime")

// BootTime returns the second in which the running kernel started (btime in
// /proc/stat). The error is an *AttrError.
func (f FS) BootTime() (time.Time, error) {
	content, err := f.Read(statFile, statLimit)
	if err != nil {
		return time.Time{}, err
	}
	for line := range bytes.Lines(content) {
		if text, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			seconds, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
			if err != nil {
				return time.Time{}, &AttrError{Op: "read", Path: statFile, Err: err}
			}
			return time.Unix(seconds, 0), nil
		}
	}
	return time.Time{}, &AttrError{Op: "read", Path: statFile, Err: errNoBootTime}
}
