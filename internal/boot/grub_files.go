package boot

import (
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// linkedConfigs returns the grub.cfg files that the system's links name, those for the
// firmware by which the machine was booted.
func linkedConfigs(f sysfs.FS) (names []string) {
	links := []string{biosConfig}
	if f.Exists("/sys/firmware/efi") {
		links = efiConfigs[:]
	}
	for _, link := range links {
		target, err := f.Readlink(link)
		if name := change.Leads(link, target); err == nil && path.Base(name) == "grub.cfg" {
			names = append(names, name)
		}
	}
	if f.Exists("/sys/firmware/efi") {
		names = append(names, xenServerEFI)
	}
	return names
}

// GRUBFolders returns the folders in which a grub.cfg may be, with the files that belong to it.
func GRUBFolders(f sysfs.FS) (folders []string) {
	for _, name := range slices.Concat(linkedConfigs(f), grubConfigs[:]) {
		if folder := path.Dir(name); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// grubVariables returns the variables that GRUB finds in grubenv beside grub.cfg, and its platform,
// as far as they are known. Without those of grubenv, only the default entry is not known.
func grubVariables(f sysfs.FS, config string) map[string]string {
	variables := map[string]string{}
	if block, exists, err := etc.Read(f, GRUBEnv(config)); err == nil && exists {
		if kept, err := grub.ParseEnv(block); err == nil {
			variables = kept
		}
	}
	if platform := grubPlatform(f, config); platform != "" {
		variables[grub.Platform] = platform
	}
	return variables
}

// grubPlatform returns what GRUB runs on; "" if that is not known. dom0 may lack the folder of UEFI
// (efi=no-rs on Xen's line), and grub-install puts the modules for a platform beside grub.cfg.
func grubPlatform(f sysfs.FS, config string) string {
	const pc, efi = "pc", "efi"
	beside := func(folders ...string) bool {
		return slices.ContainsFunc(folders, func(name string) bool { return f.Exists(path.Join(path.Dir(config), name)) })
	}
	bios, uefi := beside("i386-pc"), beside("x86_64-efi", "arm64-efi", "i386-efi")
	switch {
	case f.Exists("/sys/firmware/efi"), uefi && !bios:
		return efi
	case bios && !uefi, f.Exists("/sys/firmware"):
		return pc
	}
	return ""
}

// GRUBEnv returns the file of GRUB's variables, beside a grub.cfg.
func GRUBEnv(config string) string { return path.Join(path.Dir(config), "grubenv") }
