// Package mounts lets a test show programs other folders than the machine has,
// without changing the machine: by mounts that only one thread sees, and the
// programs that it starts. It takes root.
package mounts

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Own gives the calling goroutine's thread mounts of its own, for good: the
// goroutine stays on it, and the thread ends with the goroutine.
func Own() error {
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		return fmt.Errorf("mounts of one's own: %w", err)
	}
	return mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
}

// Over shows the folder from at the place of to. Where the machine has no folder
// to, an overlay over the one above makes room for it; scratch is an empty
// folder, which holds what the overlay needs until Release.
func Over(from, to, scratch string) error {
	if _, err := os.Stat(to); err != nil {
		if err := makeRoom(to, scratch); err != nil {
			return err
		}
	}
	return mount(from, to, "", syscall.MS_BIND, "")
}

func makeRoom(folder, scratch string) error {
	above, err := filepath.EvalSymlinks(filepath.Dir(folder))
	if err != nil {
		return err
	}
	// The folder's own file system may be one that cannot be part of an overlay.
	if err := mount("tmpfs", scratch, "tmpfs", 0, ""); err != nil {
		return err
	}
	for _, dir := range []string{"upper", "work"} {
		if err := os.Mkdir(filepath.Join(scratch, dir), 0o755); err != nil {
			return err
		}
	}
	if err := mount("overlay", above, "overlay", 0, fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%[2]s/work", above, scratch)); err != nil {
		return err
	}
	return os.Mkdir(folder, 0o755)
}

// Release lets a scratch folder be removed.
func Release(scratch string) { _ = syscall.Unmount(scratch, syscall.MNT_DETACH) }

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("mount %s on %s: %w", source, target, err)
	}
	return nil
}
