package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// showModules makes a folder the /lib/modules of this thread and of the
// programs that it starts; nobody else sees it. Where the machine has no such
// folder, an overlay over the one above makes room for it.
func (b tested) showModules() error {
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		return fmt.Errorf("mounts of one's own: %w", err)
	}
	if err := mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	const modules = "/lib/modules"
	if _, err := os.Stat(modules); err != nil {
		if err := overlay(filepath.Dir(modules), modules, b.scratch()); err != nil {
			return err
		}
	}
	if err := mount(b.modules, modules, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	_, err := os.Stat(filepath.Join(modules, b.release, "modules.alias.bin"))
	return err
}

// scratch is where an overlay keeps what is above the machine's own.
func (b tested) scratch() string { return filepath.Join(b.folder, "overlay") }

// overlay makes a folder below one of the machine's without changing that.
func overlay(above, folder, scratch string) error {
	above, err := filepath.EvalSymlinks(above)
	if err != nil {
		return err
	}
	if err := os.Mkdir(scratch, 0o755); err != nil {
		return err
	}
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

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("mount %s on %s: %w", source, target, err)
	}
	return nil
}
