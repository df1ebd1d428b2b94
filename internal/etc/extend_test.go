package etc_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/internal/etc"
)

// TestExtend writes a copy with more bytes, in the place of an older one.
func TestExtend(t *testing.T) {
	f := tree(t, "boot/image = abc", "boot/grub/copy = old")
	for range 2 {
		if err := etc.Extend(f, "/boot/image", "/boot/grub/copy", []byte("def")); err != nil {
			t.Fatal(err)
		}
	}
	content, _, err := etc.Read(f, "/boot/grub/copy")
	if err != nil || string(content) != "abcdef" {
		t.Errorf("%q, %v", content, err)
	}
	if original, _, _ := etc.Read(f, "/boot/image"); string(original) != "abc" {
		t.Errorf("the original has %q", original)
	}
	if names, err := f.List("/boot/grub"); err != nil || strings.Join(names, " ") != "copy" {
		t.Errorf("%v, %v", names, err)
	}
	if mode := etc.Mode(f, "/boot/grub/copy"); mode != 0o600 {
		t.Errorf("%o", mode)
	}
	if err := etc.Extend(f, "/boot/absent", "/boot/grub/copy", nil); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no original: %v", err)
	}
	if err := etc.Extend(f, "/boot/image", "/boot/absent/copy", nil); err == nil {
		t.Error("it made a folder")
	}
}

// TestOverwrite writes into the blocks of a file: it stays the same file.
func TestOverwrite(t *testing.T) {
	f := tree(t, "boot/grub/grubenv = 1234", "boot/grub/link -> grubenv")
	before := stat(t, f.Path("/boot/grub/grubenv"))
	if err := etc.Overwrite(f, "/boot/grub/link", []byte("5678")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(f.Path("/boot/grub/grubenv"))
	if after := stat(t, f.Path("/boot/grub/grubenv")); err != nil || string(content) != "5678" || after.Ino != before.Ino {
		t.Errorf("%q, %v, inode %d of %d", content, err, after.Ino, before.Ino)
	}
	for _, other := range []string{"", "567", "56789"} {
		if err := etc.Overwrite(f, "/boot/grub/grubenv", []byte(other)); err == nil {
			t.Errorf("%q was written", other)
		}
	}
	if err := etc.Overwrite(f, "/boot/grub/absent", []byte("5678")); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no file: %v", err)
	}
	if f.Exists("/boot/grub/absent") {
		t.Error("it was made")
	}
}
