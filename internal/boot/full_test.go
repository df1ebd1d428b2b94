package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/mounts"
)

// TestFull writes to a file system that gets full after more and more files. Each
// time everything is as it was before.
func TestFull(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount")
	}
	set := func(layers ...Name) setter {
		return func(m *machine, run func(args ...string) error) error { return m.set(run, 2, layers...) }
	}
	daemon := func(m *machine, run func(args ...string) error) error { return m.setDaemon(run, true) }
	words := func(m *machine, run func(args ...string) error) error {
		switch {
		case m.fs.Exists("/boot/grub2/grub.cfg"):
			run = m.makeGRUB("/boot/grub2/grub.cfg", false)
		case m.fs.Exists("/usr/sbin/update-grub"):
			run = m.makeGRUB("/boot/grub/grub.cfg", true)
		}
		return m.edit(run, setting(true, "smt=off"))
	}
	for _, test := range []struct {
		name, folder string // the file system
		files        map[string]string
		set          setter
		least        int // files that are written there
	}{
		{"Debian", "/etc", debian12(), set(Modprobe, Udev), 6},
		{"XCP-ng", "/boot", xcpng(), set(KernelArgument), 1},
		{"Alpine with EXTLINUX", "/etc", alpineExtlinux(), set(KernelArgument), 1},
		{"words on Debian", "/etc", debian12(), words, 1},
		{"words on Fedora", "/etc", fedora(), words, 1},
		{"words on XCP-ng", "/boot", xcpng(), words, 1},
		{"words on Alpine with EXTLINUX", "/etc", alpineExtlinux(), words, 1},
		{"the daemon by systemd", "/etc", withDaemon(debian12()), daemon, 6},
		{"the daemon by runlevels", "/etc", withDaemon(sysvinit()), daemon, 5},
	} {
		for room, more := 0, true; more; room++ {
			m := &machine{}
			written := false
			skipped := errors.New("the test ended")
			t.Run(fmt.Sprintf("%s/room for %d files", test.name, room), func(t *testing.T) {
				m = newMachine(t)
				done := make(chan error)
				// Its goroutine ends with the thread that has the mounts.
				go func() {
					defer close(done)
					written, skipped = full(m, room, test.folder, test.files, test.set)
				}()
				<-done
				if skipped != nil {
					t.Skip(skipped)
				}
			})
			if more = !written && skipped == nil; !more && room < test.least && skipped == nil {
				t.Errorf("%s: there was room for all in %d files", test.name, room)
			}
		}
	}
}

// setter changes a machine.
type setter func(m *machine, run func(args ...string) error) error

// full reports whether there was room for all files in a folder.
func full(m *machine, room int, folder string, files map[string]string, set setter) (written bool, err error) {
	if err := mounts.Own(); err != nil {
		return false, err
	}
	place := m.fs.Path(folder)
	if err := os.Mkdir(place, 0o755); err != nil {
		return false, err
	}
	if err := syscall.Mount("tmpfs", place, "tmpfs", 0, "size=4m,mode=755"); err != nil {
		return false, fmt.Errorf("tmpfs: %w", err)
	}
	for name, content := range files {
		m.write(name, content)
	}
	before := m.tree()
	inodes := 0
	_ = filepath.WalkDir(place, func(string, fs.DirEntry, error) error {
		inodes++
		return nil
	})
	if err := syscall.Mount("tmpfs", place, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("nr_inodes=%d", inodes+room)); err != nil {
		return false, fmt.Errorf("tmpfs: %w", err)
	}
	p := &programs{m: m}
	run := p.run
	if m.fs.Exists(extlinuxSettings) {
		run = m.updateExtlinux
	}
	err = set(m, run)
	switch {
	case err == nil:
		return true, nil
	case !errors.Is(err, syscall.ENOSPC):
		m.t.Error(err)
	}
	if diff := cmp.Diff(before, withoutOld(m.tree())); diff != "" {
		m.t.Errorf("(-want +got):\n%s", diff)
	}
	return false, nil
}
