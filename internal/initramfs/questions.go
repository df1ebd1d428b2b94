package initramfs

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Entry returns the file or folder of a name such as "usr/lib/modules", without a
// leading slash. It follows all links, including one with that name.
func (i *Image) Entry(name string) (Entry, bool) {
	e, ok := i.entries[i.resolve(normalName(name))]
	return e, ok
}

// Own returns the entry of a name itself, of a link too.
func (i *Image) Own(name string) (Entry, bool) {
	e, ok := i.entries[name]
	return e, ok
}

// Names returns the sorted names of all entries.
func (i *Image) Names() []string { return slices.Sorted(maps.Keys(i.entries)) }

// File returns the content of a file. It returns false if the image has no such
// file, or Read was not asked to keep it. The caller must not modify the content.
func (i *Image) File(name string) ([]byte, bool) {
	c, ok := i.files[i.resolve(normalName(name))]
	if !ok || c.unread() {
		return nil, false
	}
	return c.bytes, true
}

// Module returns the file of the module name, in which '-' and '_' are equal. The
// module may be for any kernel.
func (i *Image) Module(name string) (file string, ok bool) {
	file, ok = i.modules[strings.ReplaceAll(name, "-", "_")]
	return file, ok
}

// moduleSuffixes are the suffixes of module files that kmod reads.
var moduleSuffixes = [...]string{".ko", ".ko.gz", ".ko.xz", ".ko.zst"}

// moduleName returns the name of the module in a file below lib/modules or
// usr/lib/modules.
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

// Releases returns the sorted releases for which the image has a folder of modules.
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

// Modprobe returns the files of modprobe.d in the image, sorted by name. File
// returns the content of each.
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

// Scripts returns the names of the initramfs-tools scripts that run at a stage of
// the boot, such as "init-top", in their order (scripts/init-top/ORDER).
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

// mkinitcpioConfig is a file for the shell that mkinitcpio's init reads.
const mkinitcpioConfig = "config"

// EarlyHooks returns the names of the mkinitcpio hooks that run before any module is
// loaded, in their order (EARLYHOOKS in /config). An image with systemd runs none.
func (i *Image) EarlyHooks() []string {
	text, _ := i.File(mkinitcpioConfig)
	var hooks []string
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "EARLYHOOKS="); ok {
			hooks = strings.Fields(strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return hooks
}

// first is the program that the kernel runs.
const first = "init"

// First returns the program that the kernel runs, with its links followed; false if there
// is none, and the kernel mounts the root file system itself.
func (i *Image) First() (string, bool) {
	e, ok := i.Entry(first)
	return e.Name, ok && !e.Mode.IsDir()
}

// Modules returns the sorted names of the modules in the image, with '_'.
func (i *Image) Modules() []string { return slices.Sorted(maps.Keys(i.modules)) }

// Systemd reports whether systemd is the first process in the image.
func (i *Image) Systemd() bool {
	e, ok := i.Entry(first)
	return ok && path.Base(e.Name) == "systemd"
}
