package sysfs_test

import (
	"errors"
	"io"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestOpen(t *testing.T) {
	root, f := tree(t, map[string]string{"boot/image": "070701"})
	file, err := f.Open("/boot/image")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if text, err := io.ReadAll(file); string(text) != "070701" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "boot/fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/boot", "/boot/fifo"} {
		if _, err := f.Open(name); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%s: %v, want EINVAL", name, err)
		}
	}
	var failed *sysfs.AttrError
	if _, err := f.Open("/boot/none"); !sysfs.IsNotExist(err) || !errors.As(err, &failed) || failed.Path != "/boot/none" {
		t.Errorf("/boot/none: %v", err)
	}
}

// TestFIFO reads and writes a FIFO that nobody else has open, which does not block.
func TestFIFO(t *testing.T) {
	root := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(root, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := sysfs.New(root)
	if content, err := f.Read("/fifo", 10); len(content) > 0 || err != nil {
		t.Errorf("read: %q, %v", content, err)
	}
	if text, err := f.Attribute("/fifo"); text != "" || err != nil {
		t.Errorf("attribute: %q, %v", text, err)
	}
	if err := f.Write("/fifo", "x"); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("write: %v", err)
	}
}
