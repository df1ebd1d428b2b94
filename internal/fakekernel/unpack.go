package fakekernel

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/test/scratch"
)

// Unpack unpacks testdata/sysfs/NAME.txtar of this module into a temporary
// directory, which goes at the end of tb. It may be called from any package's
// test.
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

// moduleRoot is the nearest directory at or above the test's own, that holds a
// go.mod.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	start, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			tb.Fatalf("%s: no go.mod here or above", start)
		}
	}
}
