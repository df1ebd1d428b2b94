package initramfs

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Entry is the file or folder of that name, "usr/lib/modules": without a slash
// in front, through whatever links lead there. An entry that is a link itself is
// what it leads to.
func (i *Image) Entry(name string) (Entry, bool) {
	e, ok := i.entries[i.resolve(normalName(name))]
	return e, ok
}

// Names are those of all entries, sorted.
func (i *Image) Names() []string { return slices.Sorted(maps.Keys(i.entries)) }

// File is the bytes of a file that Read was asked for; false where the image
// has no such file, or where its bytes were not asked for. They must not be
// changed.
func (i *Image) File(name string) ([]byte, bool) {
	c, ok := i.files[i.resolve(normalName(name))]
	if !ok || c.unread() {
		return nil, false
	}
	return c.bytes, true
}

// Module is the file of the module name, which is in the image for whatever
// kernel; '-' and '_' are the same in it.
func (i *Image) Module(name string) (file string, ok bool) {
	file, ok = i.modules[strings.ReplaceAll(name, "-", "_")]
	return file, ok
}

// moduleSuffixes are those of a module's file, as kmod reads it.
var moduleSuffixes = [...]string{".ko", ".ko.gz", ".ko.xz", ".ko.zst"}

// moduleName is the module in a file below lib/modules or usr/lib/modules.
func moduleName(file string) (string, bool) {
	if !strings.HasPrefix(strings.TrimPrefix(file, "usr/"), "lib/modules/") {
		return "", false
	}
	base := path.Base(file)
	for _, suffix := range moduleSuffixes {
		if name, ok := strings.CutSuffix(base, suffix); ok && name != "" {
			return strings.ReplaceAll(name, "-", "_"), true
		}
	}
	return "", false
}

// Releases are the kernels that the image has a folder of modules for, sorted.
func (i *Image) Releases() []string {
	found := map[string]bool{}
	for name := range i.entries {
		rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "usr/"), "lib/modules/")
		if release, _, below := strings.Cut(rest, "/"); ok && (below || i.entries[name].Mode.IsDir()) {
			found[release] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Modprobe are the files of modprobe.d in the image, sorted by name. File gives
// the bytes of each.
func (i *Image) Modprobe() []string {
	var files []string
	for name := range i.entries {
		if path.Base(path.Dir(name)) != "modprobe.d" || !i.wants(name) {
			continue
		}
		if _, there := i.File(name); there {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}

// Scripts are the names of the scripts of initramfs-tools that run at one stage
// of the boot, "init-top", in their order (scripts/init-top/ORDER).
func (i *Image) Scripts(stage string) []string {
	dir := "/scripts/" + stage + "/"
	text, _ := i.File(dir + "ORDER")
	var scripts []string
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, dir); ok {
			name, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			scripts = append(scripts, name)
		}
	}
	return scripts
}
