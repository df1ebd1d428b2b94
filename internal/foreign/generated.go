package foreign

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// efiFolder has a folder for each operating system that the firmware can boot;
// some keep their grub.cfg there.
const efiFolder = "/boot/efi/EFI"

// generated is an entry of a boot loader that boots Xen.
type generated struct {
	where  Where // the line of dom0's kernel
	dom0   grub.CommandLine
	byHand bool   // a person wrote the file, and no settings explain it
	beside bool   // grub.cfg loads the file, and nothing generates it
	script string // the script of grub-mkconfig that wrote the entry; "" if none did
}

// readGenerated reads the grub.cfg files, to compare them with the settings that
// they are generated from, and the files that they load.
func (r *reader) readGenerated() {
	names := []string{"/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"}
	if r.FS.Exists(efiFolder) {
		for _, name := range r.names(efiFolder) {
			names = append(names, path.Join(efiFolder, name, "grub.cfg"))
		}
	}
	for _, name := range names {
		config := r.readGrubConfig(name, false)
		if config == nil {
			continue
		}
		for _, beside := range config.Beside() {
			r.readGrubConfig(path.Join(path.Dir(name), beside), true)
		}
	}
}

// readGrubConfig reads one file; nil if it is not there, or has no entries.
func (r *reader) readGrubConfig(name string, beside bool) *grub.Config {
	content, exists := r.read(name)
	if !exists {
		return nil
	}
	var variables map[string]string
	if block, exists := r.read(path.Dir(name) + "/grubenv"); exists {
		variables, _ = grub.ParseEnv(block) // some of the arguments may be in it
	}
	config, err := grub.ParseConfig(content, variables)
	if err != nil {
		r.unread(fmt.Errorf("%s: %w", name, err))
		return nil
	}
	if config.LoadsMenuList() {
		return nil
	}
	byHand := !grub.Generated(content) && !beside
	if byHand {
		r.readByHand(name, content)
	}
	for _, e := range config.XenEntries() {
		xen, _ := e.Xen()
		where := Where{name, xen.Dom0.Line}
		r.addEntry(generated{where, xen.Dom0.Arguments, byHand, beside, e.Script}, xen.Dom0.File, e.Recovery())
	}
	return config
}

// addEntry records an entry that boots Xen with this kernel as dom0.
func (r *reader) addEntry(g generated, kernel string, recovery bool) {
	r.generated = append(r.generated, g)
	if recovery {
		return
	}
	r.normal = true
	r.kernelFiles, r.lines = append(r.kernelFiles, kernel), append(r.lines, g.dom0)
	for _, s := range r.arguments(g.where, g.dom0) {
		r.booted = appendNew(r.booted, s.Devices...)
	}
}

// readUnexplained reads the arguments in grub.cfg or extlinux.conf that no setting
// explains: they were written into that file itself, or come from a tool that keeps its settings
// elsewhere. Entries with the same text make one setting.
func (r *reader) readUnexplained() {
	explained := slices.Clone(r.own)
	var texts []string
	for _, s := range r.found.All {
		if s.File != runningFile {
			explained = appendNew(explained, s.Devices...)
			texts = append(texts, s.Text)
		}
	}
	for _, e := range r.generated {
		if e.byHand {
			continue
		}
		for _, s := range r.arguments(e.where, e.dom0) {
			if slices.Contains(texts, s.Text) {
				continue
			}
			texts = append(texts, s.Text)
			named := len(s.Devices)
			s.Devices = slices.DeleteFunc(s.Devices, func(a pci.Address) bool { return slices.Contains(explained, a) })
			if named > 0 && len(s.Devices) == 0 && !s.misspelt {
				continue
			}
			if !e.beside {
				s.Problems = append(s.Problems, r.origin(e, s))
			}
			r.add(s)
		}
	}
}

// origin says where a setting of an entry comes from that no setting explains, and whether
// it is still there when the file is generated again.
func (r *reader) origin(e generated, s Setting) string {
	looked := "no setting in " + prose.List(r.settings) + " explains " + words(s.Devices)
	if len(r.settings) == 0 {
		looked = "there are no settings that explain " + words(s.Devices)
	}
	lost := "it is lost when " + s.File + " is generated again"
	content, runs, err := etc.Script(r.FS, e.script)
	if script := grub.ParseGenerator(e.script, content); e.script != "" && !script.FromSettings() {
		switch {
		case err != nil:
			return looked + "; whether " + e.script + " writes it again is not known: " + err.Error()
		case !runs:
			return looked + ", and grub-mkconfig does not run " + e.script + " any more, which wrote it: " + lost
		case slices.ContainsFunc(strings.Fields(s.Text), func(word string) bool { return !script.MayWrite(word) }):
			return looked + ", and " + e.script + " does not have it: " + lost
		}
		return looked + "; " + e.script + " wrote it"
	}
	if r.doubt != nil {
		return looked + ", as far as they are understood (" + r.doubt.Error() + "); if it does not come from there, " + lost
	}
	return looked + ", so " + lost
}

// words lists the devices for a message; "it" if there are none.
func words(devices []pci.Address) string {
	if len(devices) == 0 {
		return "it"
	}
	names := make([]string, len(devices))
	for i, a := range devices {
		names[i] = a.String()
	}
	return strings.Join(names, ", ")
}

// stale reports whether one of the devices is missing from all normal entries of
// grub.cfg. Without such entries nothing is stale.
func (r *reader) stale(devices []pci.Address) bool {
	return r.normal && slices.ContainsFunc(devices, func(a pci.Address) bool { return !slices.Contains(r.booted, a) })
}
