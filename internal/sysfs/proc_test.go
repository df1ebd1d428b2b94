package sysfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestProc tells a /proc that is not mounted from a file that the kernel does not have.
func TestProc(t *testing.T) {
	root := t.TempDir()
	f := New(root)
	if err := os.Mkdir(filepath.Join(root, "proc"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, missing := f.Attribute("/proc/sys/kernel/osrelease")
	other := errors.New("other")
	if err := f.Proc(missing); !errors.Is(err, NoProcError{}) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty /proc: %v", err)
	}
	if err := f.Proc(other); !errors.Is(err, other) {
		t.Errorf("another error: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(root, "proc/self"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Proc(missing); !errors.Is(err, missing) {
		t.Errorf("a mounted /proc: %v", err)
	}
}
