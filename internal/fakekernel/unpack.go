package fakekernel

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
)

// Unpack unpacks testdata/sysfs/NAME.txtar of this module into a temporary directory, which
// is removed at the end of tb. Tests of any package may call it.
func Unpack(tb testing.TB, name string) *Host {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(tb), "testdata", "sysfs", name+".txtar"))
	if err != nil {
		tb.Fatal(err)
	}
	a, err := archive.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	root := scratch(tb)
	if err := archive.Unpack(a, root); err != nil {
		tb.Fatal(err)
	}
	return Open(root)
}

// moduleRoot returns the nearest folder at or above the test's own that has testdata/sysfs.
// An example is a separate module below it.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	start, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "testdata", "sysfs")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			tb.Fatalf("%s: no testdata/sysfs here or above", start)
		}
	}
}

// scratch returns a temporary directory, in memory if there is enough: a machine is a
// thousand small files, and a test may unpack it a hundred times.
func scratch(tb testing.TB) string {
	tb.Helper()
	const memory, plenty = "/dev/shm", 512 << 20
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < plenty {
		return tb.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "fakekernel-")
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
