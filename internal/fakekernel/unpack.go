package fakekernel

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/test/scratch"
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
	root := scratch.Dir(tb)
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
