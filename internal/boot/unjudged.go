package boot

import (
	"fmt"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// unjudged returns a fault for each entry that may boot Xen and that xenpci cannot read or
// does not edit, so that it cannot tell what the entry hides. It returns one for the default
// entry too if that does not boot Xen, since nothing is hidden then.
func (l Loader) unjudged(f sysfs.FS) []error {
	content, exists, err := etc.Read(f, l.Config)
	if err != nil || !exists || !l.Known() {
		return nil // the layers' own checks report the error
	}
	if l.Kind == GRUBLegacy {
		return l.unjudgedStanzas(content)
	}
	config, err := grub.ParseConfig(content, grubVariables(f, l.Config))
	if err != nil {
		return nil
	}
	var all []error
	if e, err := config.DefaultEntry(); err == nil {
		if _, ok := e.Xen(); !ok {
			_, _, linux := e.Linux()
			all = append(all, l.notXen(e.Title, linux))
		}
	}
	return append(all, l.chained(config.Entries)...)
}

// notXen is the fault of a default entry that does not boot Xen, as far as xenpci can tell.
func (l Loader) notXen(title string, linux bool) error {
	if linux {
		return &fault{fmt.Sprintf("%s: the default entry %q boots Linux without Xen", l.Config, title), "make an entry with Xen the default"}
	}
	return &fault{fmt.Sprintf("%s: cannot tell what the default entry %q boots, or hides", l.Config, title), "make an entry the default that loads Xen by multiboot2, or have this one hide the devices by hand"}
}

// chained returns a fault for each entry that starts Xen as an EFI program: its configuration
// is a file of its own, which GRUB does not read.
func (l Loader) chained(menu []grub.Entry) (all []error) {
	for _, e := range menu {
		for _, c := range e.Commands {
			if c.Name == "chainloader" && len(c.Words) > 0 && startsXen(c.Words[len(c.Words)-1]) {
				all = append(all, &fault{fmt.Sprintf("%s: the entry %q starts Xen as an EFI program, and xenpci does not edit that program's configuration", l.Config, e.Title),
					"add the devices to the line kernel= in its .cfg file by hand"})
			}
		}
		all = append(all, l.chained(e.Entries)...)
	}
	return all
}

// startsXen reports whether an EFI program has the name of Xen: xen.efi, xen-4.17.efi.
func startsXen(file string) bool {
	name := strings.ToLower(path.Base(strings.ReplaceAll(file, "\\", "/")))
	return strings.HasPrefix(name, "xen") && strings.HasSuffix(name, ".efi")
}

func (l Loader) unjudgedStanzas(content []byte) []error {
	menu := grub.ParseMenuList(content)
	chosen, known := menu.DefaultStanza()
	if !known || chosen < 0 || chosen >= len(menu.Stanzas) {
		return nil
	}
	s := menu.Stanzas[chosen]
	if _, ok := s.Xen(); ok {
		return nil
	}
	for _, c := range s.Commands {
		if c.Name == "kernel" {
			return []error{l.notXen(s.Title, true)}
		}
	}
	return []error{l.notXen(s.Title, false)}
}
