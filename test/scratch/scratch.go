// Package scratch gives tests folders in memory: a machine is a thousand small
// files, and on a disk they take most of a test's time.
package scratch

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// memory is a tmpfs on every Linux that has systemd, and on most others.
const memory = "/dev/shm"

// enough is the free memory, in bytes, from which on folders are made there.
// Tests that run at the same time share it.
const enough = 512 << 20

// Dir returns a new, empty folder, which is removed when the test ends. It is on
// a tmpfs where this machine has one with room, and else tb.TempDir().
func Dir(tb testing.TB) string {
	tb.Helper()
	if !usable(memory) {
		return tb.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "xenpci-test-")
	if err != nil {
		return tb.TempDir()
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	return dir
}

// usable reports whether a folder is on a tmpfs with room, from which programs
// may be run.
func usable(folder string) bool {
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return false
	}
	return fs.Type == unix.TMPFS_MAGIC && fs.Flags&unix.ST_NOEXEC == 0 && fs.Bavail*uint64(fs.Bsize) >= enough
}
