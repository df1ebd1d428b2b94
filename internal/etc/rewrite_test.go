package etc_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/test/mounts"
)

// TestRewriteNoRoom leaves a file alone where there is no room for a second one.
func TestRewriteNoRoom(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may mount")
	}
	root := t.TempDir()
	// Its goroutine ends with the thread that has the mounts.
	done := make(chan error)
	go func() { done <- noRoom(t, root) }()
	if err := <-done; err != nil {
		t.Skip(err)
	}
}

func noRoom(t *testing.T, root string) error {
	if err := mounts.Own(); err != nil {
		return err
	}
	if err := os.Mkdir(root+"/boot", 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", root+"/boot", "tmpfs", 0, "size=3m"); err != nil {
		return fmt.Errorf("tmpfs: %w", err)
	}
	content := strings.Repeat("image", 300<<10)
	if err := os.WriteFile(root+"/boot/image", []byte(content), 0o600); err != nil {
		return err
	}
	f := sysfs.New(root)
	v, err := etc.Look(f, "/boot/image")
	if err != nil {
		return err
	}
	checked := false
	err = etc.Rewrite(f, v, v.Size, []byte("more"), func(string) error { checked = true; return nil })
	var full *etc.NoRoomError
	if !errors.As(err, &full) || full.Path != "/boot/image" || checked {
		t.Errorf("%v; checked: %v", err, checked)
	}
	if got, err := os.ReadFile(root + "/boot/image"); err != nil || string(got) != content {
		t.Errorf("the file was changed: %v", err)
	}
	left, err := os.ReadDir(root + "/boot")
	if len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	return err
}

// TestLookAbsent has no file to rewrite.
func TestLookAbsent(t *testing.T) {
	if _, err := etc.Look(tree(t, "etc/a = a"), "/etc/b"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
