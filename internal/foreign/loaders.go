package foreign

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// loadFolders are those of systemd's modules-load.d(5), by priority. A file hides those of its
// name in the folders after it.
var loadFolders = [...]string{"/etc/modules-load.d", "/run/modules-load.d", "/usr/local/lib/modules-load.d", "/usr/lib/modules-load.d"}

// imageModules lists modules for initramfs-tools, whose image loads them after udev has begun.
const imageModules = "/etc/initramfs-tools/modules"

// openRCModules sets the modules that OpenRC loads.
const openRCModules = "/etc/conf.d/modules"

// ownServices start xenpci, which loads pciback.
var ownServices = [...]string{"/etc/systemd/system/xenpci.service", "/etc/init.d/xenpci"}

// loadLine is a line that has a module loaded, "xen_pciback hide=(00:09.0)".
type loadLine struct {
	Where
	name, parameters, text string
}

// loadLines returns the lines of a file that lists modules, of those that are pciback.
func (r *reader) loadLines(file string) (lines []loadLine) {
	content, exists := r.read(file)
	if !exists {
		return nil
	}
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		text := strings.TrimSpace(line)
		name, parameters, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
		if isPciback(name) {
			lines = append(lines, loadLine{Where{file, number}, name, parameters, text})
		}
	}
	return lines
}

// loadFiles returns the files that list modules to load at boot.
func (r *reader) loadFiles() (files []string) {
	var names []string
	linked := false
	for _, folder := range loadFolders {
		for _, name := range r.names(folder) {
			file := path.Join(folder, name)
			if !strings.HasSuffix(name, ".conf") || slices.Contains(names, name) {
				continue
			}
			names = append(names, name)
			if target, err := r.FS.Readlink(file); err == nil && path.Join(folder, target) == modulesFile {
				linked = true // Debian's modules.conf
				continue
			}
			files = append(files, file)
		}
	}
	if linked || initscript.Detect(r.FS.Root()).Kind != initscript.Systemd {
		files = append([]string{modulesFile}, files...)
	}
	return append(files, imageModules)
}

// loaders returns what loads pciback at boot, with its place.
func (r *reader) loaders() (places []string) {
	for _, file := range r.loadFiles() {
		for _, l := range r.loadLines(file) {
			if r.means(l.name) {
				places = append(places, l.Where.String())
			}
		}
	}
	if content, exists := r.read(openRCModules); exists {
		value, err := grub.Read(grub.ParseDefaults(openRCModules, content)).Get("modules")
		if err == nil && slices.ContainsFunc(strings.Fields(value.Value), r.means) {
			places = append(places, Where{value.File, value.Line}.String())
		}
	}
	for _, file := range ownServices {
		if _, exists, _ := etc.Read(r.FS, file); exists {
			places = append(places, file)
		}
	}
	return places
}

// readLoadLines adds the administrator's lines that load pciback without parameters, where a
// kernel has it built in: they say nothing of devices, and have no effect there.
func (r *reader) readLoadLines() {
	for _, file := range r.loadFiles() {
		if strings.HasPrefix(file, "/usr/") {
			continue // of a package
		}
		for _, l := range r.loadLines(file) {
			if strings.TrimSpace(l.parameters) == "" {
				r.add(Setting{Where: l.Where, Text: l.text, kind: loadKind})
			}
		}
	}
}
