package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// unjudged returns a fault for each entry that may boot Xen and that xenpci cannot read or
// does not edit, so that it cannot tell what the entry hides. It returns one for the default
// entry too if that does not boot Xen, since nothing is hidden then.
func (l Loader) unjudged(f sysfs.FS) []error {
	switch l.Kind {
	case XenEFI:
		return l.unjudgedXenEFI(f)
	case Stub:
		return l.unjudgedDefault(f)
	}
	content, exists, err := etc.Read(f, l.Config)
	if err != nil || !exists || !l.Known() {
		return nil // the layers' own checks report the error
	}
	if l.Kind != GRUB2 {
		return l.unjudgedDefault(f)
	}
	config, err := grub.ParseConfig(content, grubVariables(f, l.Config))
	if err != nil {
		return nil
	}
	all := append(l.unjudgedDefault(f), l.chained(f, config.Entries)...)
	if startsSystemdBoot(f, false) {
		all = append(all, &fault{"the firmware starts systemd-boot, and not GRUB, whose " + l.Config + " xenpci edits", "make GRUB the first in the firmware's order, with efibootmgr"})
	}
	return all
}

// unjudgedDefault returns a fault for the default entry if it does not boot Xen, or is for
// recovery.
func (l Loader) unjudgedDefault(f sysfs.FS) []error {
	next, err := l.Next(f)
	switch {
	case err != nil:
		return nil
	case next.Entry == nil:
		return []error{l.notXen(next.Title, next.Linux)}
	case next.Entry.Recovery && next.Entry.File == l.Config:
		return []error{l.recovers(next.Entry.Title)}
	}
	return nil
}

// notXen is the fault of a default entry that does not boot Xen, as far as xenpci can tell.
func (l Loader) notXen(title string, linux bool) error {
	if linux {
		return &fault{fmt.Sprintf("%s: the default entry %q boots Linux without Xen", l.Config, title), "make an entry with Xen the default"}
	}
	return &fault{fmt.Sprintf("%s: cannot tell what the default entry %q boots, or hides", l.Config, title), "make an entry the default that loads Xen by multiboot2, or have this one hide the devices by hand"}
}

// recovers is the fault of a default entry that is for recovery.
func (l Loader) recovers(title string) error {
	return &fault{fmt.Sprintf("%s: the default entry %q is for recovery, and hides nothing", l.Config, title), "make a normal entry with Xen the default"}
}

// chained returns a fault for each entry that starts an EFI program which is Xen or may start
// it, or that loads another menu: its configuration is a file of its own, which GRUB does not
// read before.
func (l Loader) chained(f sysfs.FS, menu []grub.Entry) (all []error) {
	for _, e := range menu {
		for _, c := range e.Commands {
			if err := l.chainloaded(f, e.Title, c); err != nil {
				all = append(all, err)
			}
		}
		all = append(all, l.chained(f, e.Entries)...)
	}
	return all
}

// chainloaded returns the fault of a command that starts Xen as an EFI program, another boot
// loader or another menu; nil for any other command.
func (l Loader) chainloaded(f sysfs.FS, title string, c grub.Command) error {
	words := slices.DeleteFunc(slices.Clone(c.Words), func(word string) bool { return strings.HasPrefix(word, "--") })
	switch {
	case len(words) == 0:
		return nil
	case c.Name == "source", c.Name == ".":
		return l.mayBootXen(title, "it runs the commands in "+words[0], "if they boot Xen, add the devices to them by hand")
	case strings.HasSuffix(c.Name, "configfile"): // legacy_configfile, syslinux_configfile
		return l.loadsMenu(f, title, c.Name, words[0])
	case c.Name != "chainloader":
		return nil
	}
	if slices.ContainsFunc(words, namedXen) { // an argument of shim is what it starts
		return l.startsXen(title)
	}
	file := words[0]
	if strings.Contains(file, "+") { // blocks of a disk, which UEFI cannot start
		return nil
	}
	unknown := func(why string) error {
		return l.mayBootXen(title, why, "if it does, add the devices to the configuration of that program by hand")
	}
	switch program, err := findEFIProgram(f, file); {
	case errors.Is(err, fs.ErrNotExist) && namedWindows(file):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return unknown("it starts " + file + ", which is not in /boot/efi, /efi or /boot")
	case err != nil:
		return unknown(err.Error())
	case program == efiXen:
		return l.startsXen(title)
	case program == efiUnified:
		return &fault{fmt.Sprintf("%s: the entry %q starts %s, a unified image with Xen, and xenpci does not edit the configuration in it", l.Config, title, file),
			"add the devices to that configuration, and build the image again"}
	case program == efiLoader:
		return unknown("it starts another boot loader, " + file)
	}
	return nil
}

func (l Loader) mayBootXen(title, why, advice string) error {
	return &fault{fmt.Sprintf("%s: cannot tell whether the entry %q boots Xen: %s", l.Config, title, why), advice}
}

// loadsMenu returns the fault of a command that loads the menu of another file, unless that
// file has no entry that boots Xen or may boot it.
func (l Loader) loadsMenu(f sysfs.FS, title, command, file string) error {
	file = grubPath(strings.Replace(file, "${prefix}", path.Dir(l.Config), 1))
	unknown := func(why string) error {
		return l.mayBootXen(title, "it loads the menu "+file+why, "if that menu boots Xen, add the devices to it by hand")
	}
	if command != "configfile" {
		return unknown("")
	}
	for _, folder := range efiFolders {
		name := folder + file
		content, exists, err := etc.Read(f, name)
		switch {
		case name == l.Config:
			return nil
		case err != nil:
			return unknown(", which cannot be read: " + err.Error())
		case !exists:
			continue
		}
		config, err := grub.ParseConfig(content, nil)
		switch {
		case err != nil:
			return unknown(", which is not understood: " + err.Error())
		case len(config.XenEntries()) > 0:
			return &fault{fmt.Sprintf("%s: the entry %q loads the menu %s, which boots Xen too, and which xenpci neither edits nor checks", l.Config, title, name), "add the devices to it by hand"}
		case len(config.Included) > 0:
			return unknown(", which loads further files")
		}
		return nil
	}
	return unknown(", which is not in /boot/efi, /efi or /boot")
}

func (l Loader) startsXen(title string) error {
	return &fault{fmt.Sprintf("%s: the entry %q starts Xen as an EFI program, and xenpci does not edit that program's configuration", l.Config, title),
		"add the devices to the line kernel= in its .cfg file by hand"}
}

// namedXen reports whether an EFI program has the name of Xen: xen.efi, xen-4.17.efi.
func namedXen(file string) bool {
	name := strings.ToLower(path.Base(grubPath(file)))
	return strings.HasPrefix(name, "xen") && strings.HasSuffix(name, ".efi")
}

// namedWindows reports whether a file is in the folder of Windows' boot manager.
func namedWindows(file string) bool {
	return strings.HasPrefix(strings.ToLower(grubPath(file)), "/efi/microsoft/")
}
