package foreign

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// efiRoots are where the EFI partition may be mounted. xen.efi and its configuration are in a
// folder of one of them, or below EFI in it.
var efiRoots = [...]string{"/boot/efi", "/efi", "/boot"}

// efiFolders returns the folders in which xen.efi may be.
func (r *reader) efiFolders() (folders []string) {
	for _, root := range efiRoots {
		if !r.FS.Exists(root) {
			continue
		}
		folders = append(folders, root)
		if r.FS.Exists(root + "/EFI") {
			for _, name := range r.names(root + "/EFI") {
				folders = append(folders, path.Join(root, "EFI", name))
			}
		}
	}
	return folders
}

// readXenEFI reads the configuration files of xen.efi. Of a file that xenpci has edited it
// reads the version from before the edit.
func (r *reader) readXenEFI() {
	var seen []string
	for _, folder := range r.efiFolders() {
		if !r.isFolder(folder) {
			continue
		}
		names := r.names(folder)
		read := configsOf(names)
		for _, name := range names {
			file := path.Join(folder, name)
			if !strings.HasSuffix(strings.ToLower(name), ".cfg") || strings.EqualFold(name, "grub.cfg") {
				continue
			}
			content, exists := r.read(file)
			if !exists || slices.Contains(seen, string(content)) {
				continue
			}
			seen = append(seen, string(content))
			r.readXenConfig(file, content, slices.Contains(read, name), len(read) > 0)
		}
	}
}

// readXenConfig reads one file. found reports whether an EFI program beside it looks for it,
// beside whether there is one that looks for any file.
func (r *reader) readXenConfig(file string, content []byte, found, beside bool) {
	before, touched, err := change.Backup(r.FS, brand.Hiding, file)
	touched = touched && err == nil
	if !touched {
		before = content
	}
	theirs := r.xenConfigSettings(file, before)
	if touched {
		r.recordOwn(theirs, r.xenConfigSettings(file, content))
	}
	for _, s := range theirs {
		switch {
		case touched && s.argument:
			s.Problems = append(s.Problems, replaced)
			s.Dead = true
		case !found && beside:
			s.Problems = append(s.Problems, "it has an effect only if the boot entry names this file: the xen.efi beside it looks for another one")
		case !found:
			s.Problems = append(s.Problems, "it has an effect only if a xen.efi is started with this file: there is none beside it")
		case len(r.generated) > 0:
			s.Problems = append(s.Problems, "it has an effect only if the firmware starts xen.efi; "+r.generated[0].where.File+" starts Xen too, and does not read it")
		}
		r.add(s)
	}
}

// xenConfigSettings returns the settings for dom0's kernels in a file, each text once.
func (r *reader) xenConfigSettings(file string, content []byte) (found []Setting) {
	config := xencfg.Parse(content)
	for _, b := range config.Boots(config.Default()) {
		if !b.Recovery() {
			r.kernelFiles, r.lines = append(r.kernelFiles, b.Dom0.File), append(r.lines, b.Dom0.Arguments)
		}
		for _, s := range r.arguments(Where{file, b.Dom0.Line}, b.Dom0.Arguments) {
			if !slices.ContainsFunc(found, func(other Setting) bool { return other.Text == s.Text }) {
				found = append(found, s)
			}
		}
	}
	return found
}

// configsOf returns the names of the configuration files that the programs of a folder read:
// for each that has the name of Xen, the first that is there.
func configsOf(names []string) (read []string) {
	for _, binary := range names {
		lower := strings.ToLower(binary)
		if !strings.HasPrefix(lower, "xen") || !strings.HasSuffix(lower, ".efi") {
			continue
		}
		for _, config := range xencfg.Names(binary) {
			if slices.Contains(names, config) {
				read = append(read, config)
				break
			}
		}
	}
	return read
}
