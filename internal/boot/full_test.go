package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/test/mounts"
)

// TestFull writes to a file system that gets full after more and more files. Each
// time everything is as it was before.
func TestFull(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount")
	}
	for room := 0; ; room++ {
		m := &machine{}
		written := false
		skipped := errors.New("the test ended")
		t.Run(fmt.Sprintf("room for %d files", room), func(t *testing.T) {
			m = newMachine(t)
			done := make(chan error)
			// Its goroutine ends with the thread that has the mounts.
			go func() {
				defer close(done)
				written, skipped = full(m, room)
			}()
			<-done
			if skipped != nil {
				t.Skip(skipped)
			}
		})
		if written || skipped != nil {
			if room < 5 && skipped == nil {
				t.Errorf("there was room for all in %d files", room)
			}
			return
		}
	}
}

// full reports whether there was room for all files.
func full(m *machine, room int) (written bool, err error) {
	if err := mounts.Own(); err != nil {
		return false, err
	}
	etc := m.fs.Path("/etc")
	if err := os.Mkdir(etc, 0o755); err != nil {
		return false, err
	}
	if err := syscall.Mount("tmpfs", etc, "tmpfs", 0, "size=4m,mode=755"); err != nil {
		return false, fmt.Errorf("tmpfs: %w", err)
	}
	for name, content := range debian12() {
		m.write(name, content)
	}
	before := m.tree()
	inodes := 1
	_ = filepath.WalkDir(etc, func(string, fs.DirEntry, error) error {
		inodes++
		return nil
	})
	if err := syscall.Mount("tmpfs", etc, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("nr_inodes=%d", inodes+room)); err != nil {
		return false, fmt.Errorf("tmpfs: %w", err)
	}
	p := &programs{m: m}
	err = m.set(p.run, 2, Modprobe, Udev)
	switch {
	case err == nil:
		return true, nil
	case !errors.Is(err, syscall.ENOSPC):
		m.t.Error(err)
	}
	m.isAs(before)
	return false, nil
}
