package boot

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/syslinux"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// LoaderKind is a boot loader that xenpci can give arguments to.
type LoaderKind string

// The boot loaders.
const (
	NoLoader   LoaderKind = ""
	GRUB2      LoaderKind = "GRUB 2"
	GRUBLegacy LoaderKind = "GRUB legacy"
	Syslinux   LoaderKind = "SYSLINUX" // and EXTLINUX, ISOLINUX
	XenEFI     LoaderKind = "xen.efi"
	Stub       LoaderKind = "systemd-stub" // of a unified image that boots Linux without Xen
)

// grubDefaults are the settings that grub-mkconfig reads on every system.
const grubDefaults = "/etc/default/grub"

// efiConfigs are the links to the grub.cfg that GRUB reads under UEFI: Red Hat's, and
// XenServer's. On today's Fedora that file has no entries, and loads the one in /boot.
var efiConfigs = [...]string{"/etc/grub2-efi.cfg", "/etc/grub-efi.cfg"}

// biosConfig is XenServer's link to the grub.cfg that GRUB reads on a machine with BIOS.
const biosConfig = "/etc/grub.cfg"

// xenServerEFI is where XenServer and XCP-ng have their grub.cfg on a machine with UEFI.
const xenServerEFI = "/boot/efi/EFI/xenserver/grub.cfg"

// Where grub.cfg and menu.lst may be, the likeliest first. Red Hat's menu.lst is a
// link to grub.conf.
var (
	grubConfigs = [...]string{"/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", xenServerEFI}
	menuLists   = [...]string{"/boot/grub/menu.lst", "/boot/grub/grub.conf", "/etc/grub.conf"}
)

// Loader is the boot loader of this machine, as its files show it.
type Loader struct {
	Kind      LoaderKind
	Config    string    // the file that it reads at boot: grub.cfg, menu.lst, extlinux.conf, xen.cfg
	Generated bool      // of GRUB 2 and SYSLINUX: Config was made by grub-mkconfig or update-extlinux
	DropIn    bool      // of GRUB 2: /etc/default/grub.d is read
	Generate  []string  // the command that makes Config; nil where there is none
	Program   string    // of xen.efi: the program that starts, by its path in this file system
	Files     []XenFile // of xen.efi: Config, and others that it may read
	Unified   bool      // of xen.efi and systemd-stub: Config is the program, which has its configuration in itself
	Menu      string    // of xen.efi: the grub.cfg that starts it, unless its default entry does; "" for none
}

// ByHand reports whether a person wrote Config, or a program that xenpci does not know.
func (l Loader) ByHand() bool { return (l.Kind == GRUB2 || l.Kind == Syslinux) && !l.Generated }

// inPlace reports whether xenpci edits the entries themselves, since no program makes them.
func (l Loader) inPlace() bool {
	return l.Kind == GRUBLegacy || l.Kind == XenEFI || l.Kind == GRUB2 && !l.Generated
}

// wordsInPlace reports whether xenpci sets words in the entries themselves. It does so in a file of
// SYSLINUX that a person wrote too.
func (l Loader) wordsInPlace() bool { return l.inPlace() || l.Kind == Syslinux && !l.Generated }

// Known reports whether the boot loader is known.
func (l Loader) Known() bool { return l.Kind != NoLoader }

// FindLoader looks for a boot loader in a file system of Linux, and whether something starts
// xen.efi in its place.
func FindLoader(f sysfs.FS) (Loader, error) {
	l, err := findMenu(f)
	if err != nil {
		return l, err
	}
	if xen, ok := findXenEFI(f, l); ok {
		return xen, nil
	}
	if !l.Known() {
		if err := deniedEFI(f); err != nil {
			return l, err
		}
		return findStub(f)
	}
	return l, nil
}

// ErrNoLoader is that a file is the configuration of no boot loader that can boot Xen.
var ErrNoLoader = errors.New("it is the configuration of no boot loader that can boot Xen")

// LoaderOf returns the boot loader that reads a configuration file, whatever its name is: a
// grub.cfg, a menu.lst, a file of SYSLINUX or one of xen.efi, or a unified image. The error is
// ErrNoLoader, or that of reading the file.
func LoaderOf(f sysfs.FS, name string) (Loader, error) {
	switch program, err := readEFIProgram(f, name); {
	case err == nil && program == efiUnified:
		return unified(name), nil
	case err == nil && program == efiStub:
		return stub(name), nil
	}
	content, exists, err := etc.Read(f, name)
	if err == nil && !exists {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Loader{}, fmt.Errorf("%s: %w", name, err)
	}
	xen := xencfg.Parse(content)
	switch {
	case bytes.Contains(content, []byte("menuentry ")):
		return grub2(f, name, content), nil
	case len(xen.Boots(xen.Default())) > 0 && slices.ContainsFunc(xen.Sections, func(s xencfg.Section) bool { return s.Name != "" }):
		return Loader{Kind: XenEFI, Config: name, Files: []XenFile{{name, xen.Default()}}}, nil
	case len(syslinux.Parse(content).Labels) > 0:
		return Loader{Kind: Syslinux, Config: name, Generated: syslinux.Generated(content)}, nil
	case len(grub.ParseMenuList(content).Stanzas) > 0:
		return Loader{Kind: GRUBLegacy, Config: name}, nil
	}
	return Loader{}, fmt.Errorf("%s: %w", name, ErrNoLoader)
}

// findMenu looks for GRUB 2, then for GRUB legacy, and then for SYSLINUX. Where both have files, an
// upgrade left those of the older one, unless grub.cfg loads them.
func findMenu(f sysfs.FS) (Loader, error) {
	for _, name := range linkedConfigs(f) {
		content, exists, err := etc.Read(f, name)
		if err != nil {
			return Loader{}, err
		}
		if exists && bytes.Contains(content, []byte("menuentry ")) {
			return grub2(f, name, content), nil
		}
	}
	for _, name := range grubConfigs {
		content, exists, err := etc.Read(f, name)
		switch {
		case err != nil:
			return Loader{}, err
		case !exists || loadsMenuList(f, name, content):
			continue
		}
		return grub2(f, name, content), nil
	}
	for _, name := range menuLists {
		content, exists, err := etc.Read(f, name)
		switch {
		case err != nil:
			return Loader{}, err
		case exists && len(grub.ParseMenuList(content).Stanzas) > 0:
			return Loader{Kind: GRUBLegacy, Config: name}, nil
		}
	}
	return findSyslinux(f)
}

// loadsMenuList reports whether a grub.cfg loads the menu.lst of GRUB legacy.
func loadsMenuList(f sysfs.FS, name string, content []byte) bool {
	config, err := grub.ParseConfig(content, grubVariables(f, name))
	return err == nil && config.LoadsMenuList()
}

// grub2 returns GRUB 2 with its grub.cfg.
func grub2(f sysfs.FS, config string, content []byte) Loader {
	l := Loader{Kind: GRUB2, Config: config, Generated: grub.Generated(content)}
	for _, g := range []struct {
		program string
		args    []string
	}{
		{"/usr/sbin/update-grub", []string{"update-grub"}},
		{"/usr/sbin/grub2-mkconfig", []string{"grub2-mkconfig", "-o", config}},
		{"/usr/sbin/grub-mkconfig", []string{"grub-mkconfig", "-o", config}},
		{"/usr/bin/grub-mkconfig", []string{"grub-mkconfig", "-o", config}},
	} {
		if f.Exists(g.program) {
			l.Generate = g.args
			break
		}
	}
	for _, name := range []string{"/usr/sbin/grub-mkconfig", "/usr/sbin/grub2-mkconfig", "/usr/bin/grub-mkconfig"} {
		script, exists, _ := etc.Read(f, name)
		if exists {
			// Debian's reads the directory; the original does not know it.
			l.DropIn = bytes.Contains(script, []byte("/default/grub.d"))
			break
		}
	}
	return l
}

// SettingFiles returns the files that grub-mkconfig reads its settings from, in that order.
// One of them may be missing.
func (l Loader) SettingFiles(f sysfs.FS) []string {
	names := []string{grubDefaults}
	if !l.DropIn {
		return names
	}
	dir := path.Dir(brand.GRUBDropIn)
	entries, _ := f.List(dir) // the directory may be missing
	slices.Sort(entries)
	for _, name := range entries {
		if path.Ext(name) == ".cfg" {
			names = append(names, path.Join(dir, name))
		}
	}
	return names
}

// Entry is one entry of the boot loader's menu that boots Xen.
type Entry struct {
	Title    string
	Recovery bool   // it boots for recovery, where nothing is hidden
	Default  bool   // it boots if nobody chooses another
	File     string // that has it: that of the boot loader, or one beside it
	Line     int    // of dom0's kernel
	Script   string // of GRUB 2: the script that wrote the entry; "" if none did
	Dom0     grub.CommandLine
	Kernel   string   // dom0's, by the boot loader's path
	Initrds  []string // by the boot loader's paths
	Inside   []string // of a unified image: those of the kernel and the initrds that are in it

	// Hypervisor is its image with its command line. Of xen.efi the file is Loader.Program,
	// known of the default entry alone, and the line is 0 where there is no "options=".
	Hypervisor grub.Image
}

// Entries returns the entries that boot Xen, as the boot loader will read them; none
// where the boot loader is not known.
func (l Loader) Entries(f sysfs.FS) ([]Entry, error) {
	if !l.Known() || l.Kind == Stub {
		return nil, nil
	}
	if l.Kind == XenEFI {
		return l.xenEFIEntries(f)
	}
	content, exists, err := etc.Read(f, l.Config)
	if err != nil || !exists {
		return nil, err
	}
	switch l.Kind {
	case GRUBLegacy:
		return legacyEntries(l.Config, content), nil
	case Syslinux:
		return syslinuxEntries(l.Config, content), nil
	}
	return grub2Entries(f, l.Config, content)
}

// XenLines returns the command lines of Xen in the boot loader's entries; none where they cannot
// be read.
func XenLines(f sysfs.FS) (lines []grub.CommandLine) {
	loader, err := FindLoader(f)
	if err != nil {
		return nil
	}
	entries, _ := loader.Entries(f) // without them, nothing is known
	for _, e := range entries {
		lines = append(lines, e.Hypervisor.Arguments)
	}
	return lines
}

func legacyEntries(name string, content []byte) []Entry {
	menu := grub.ParseMenuList(content)
	chosen, known := menu.DefaultStanza()
	var entries []Entry
	for i, s := range menu.Stanzas {
		if xen, ok := s.Xen(); ok {
			entries = append(entries, Entry{File: name, Title: s.Title, Recovery: s.Recovery(), Default: known && i == chosen, Line: xen.Dom0.Line, Dom0: xen.Dom0.Arguments, Hypervisor: xen.Hypervisor, Kernel: xen.Dom0.File, Initrds: xen.Initrds()})
		}
	}
	return entries
}

func grub2Entries(f sysfs.FS, name string, content []byte) ([]Entry, error) {
	variables := grubVariables(f, name)
	config, err := grub.ParseConfig(content, variables)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	chosen, err := config.DefaultEntry()
	known := err == nil
	var entries, beside []Entry
	for _, more := range config.Beside() {
		file := path.Join(path.Dir(name), more)
		content, exists, err := etc.Read(f, file)
		if err != nil || !exists {
			continue
		}
		more, err := grub.ParseConfig(content, variables)
		if err != nil {
			continue // GRUB cannot read it either
		}
		for _, e := range more.XenEntries() {
			one := newEntry(file, e)
			one.Default = chosenBeside(config, chosen, e)
			known = known && !one.Default
			beside = append(beside, one)
		}
	}
	for _, e := range config.XenEntries() {
		one := newEntry(name, e)
		one.Default = known && e.Start == chosen.Start
		entries = append(entries, one)
	}
	return append(entries, beside...), nil
}

func newEntry(file string, e grub.Entry) Entry {
	xen, _ := e.Xen()
	return Entry{Title: e.Title, Recovery: e.Recovery(), File: file, Line: xen.Dom0.Line, Script: e.Script, Dom0: xen.Dom0.Arguments, Hypervisor: xen.Hypervisor, Kernel: xen.Dom0.File, Initrds: xen.Initrds()}
}

// chosenBeside reports whether the default of a grub.cfg names an entry of another file,
// and none of its own.
func chosenBeside(config *grub.Config, chosen, e grub.Entry) bool {
	spec, known := config.Default()
	named := func(e grub.Entry) bool { return spec == e.Title || spec == e.ID }
	return known && spec != "" && named(e) && !named(chosen)
}
