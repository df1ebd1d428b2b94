package etc_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/test/mounts"
)

// TestReplaceFull replaces files where there is no room: on a small file system
// that only this test sees.
func TestReplaceFull(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may mount")
	}
	for _, test := range []struct {
		name  string
		at    string // where the file system is
		bytes int    // of the new content
		files int    // that there is room for
	}{
		{"no room for the content", "/etc", 64 << 10, 100},
		{"no room for a file", "/etc", 1, 0},
		{"no room for the backup", "/var", 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			// Its goroutine ends with the thread that has the mounts.
			done := make(chan error)
			go func() { done <- full(t, root, test.at, test.bytes, test.files) }()
			if err := <-done; err != nil {
				t.Skip(err)
			}
		})
	}
}

func full(t *testing.T, root, at string, bytes, files int) error {
	if err := mounts.Own(); err != nil {
		return err
	}
	if err := errors.Join(os.Mkdir(root+"/etc", 0o755), os.Mkdir(root+"/var", 0o755)); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", root+at, "tmpfs", 0, "size=64k"); err != nil {
		return fmt.Errorf("tmpfs: %w", err)
	}
	if err := errors.Join(os.MkdirAll(root+"/var/lib/xenpci", 0o755), os.WriteFile(root+"/etc/a", []byte("old"), 0o640)); err != nil {
		return err
	}
	inodes := fmt.Sprintf("nr_inodes=%d", count(root+at)+files)
	if err := syscall.Mount("tmpfs", root+at, "tmpfs", syscall.MS_REMOUNT, inodes); err != nil {
		return fmt.Errorf("tmpfs: %w", err)
	}
	before := outline(t, root)
	err := etc.Replace(sysfs.New(root), "/etc/a", []byte(strings.Repeat("x", bytes)), etc.Options{})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want ENOSPC", err)
	}
	if diff := cmp.Diff(before, outline(t, root)); diff != "" {
		t.Error(diff)
	}
	return nil
}

// count returns the number of files below a folder, including the folder.
func count(folder string) (n int) {
	_ = filepath.WalkDir(folder, func(string, fs.DirEntry, error) error {
		n++
		return nil
	})
	return n
}
