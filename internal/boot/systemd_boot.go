package boot

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/pe"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// loaderVendor is in the names of systemd-boot's variables of the firmware.
const loaderVendor = "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

// loaderEntry is an entry of systemd-boot's menu, a file in loader/entries (the Boot Loader
// Specification, type #1).
type loaderEntry struct {
	File    string // that has it
	Program string // the EFI program that it starts, by its path on the partition; "" for Linux
	Options string
}

// parseLoaderEntry reads an entry. ok is false if it boots nothing.
func parseLoaderEntry(file string, content []byte) (e loaderEntry, ok bool) {
	e.File = file
	for line := range strings.Lines(string(content)) {
		key, value := loaderLine(line)
		switch key {
		case "efi":
			e.Program, ok = grubPath(value), true
		case "linux", "uki", "uki-url":
			ok = true
		case "options":
			e.Options = strings.TrimSpace(e.Options + " " + value)
		}
	}
	return e, ok
}

// loaderLine returns the key and the value of a line of systemd-boot's files.
func loaderLine(line string) (key, value string) {
	line = strings.TrimSpace(line)
	if at := strings.IndexAny(line, " \t"); at > 0 {
		return line[:at], strings.TrimSpace(line[at:])
	}
	return "", ""
}

// startsSystemdBoot reports whether the firmware starts systemd-boot; where its variables do not
// tell what it starts, whether systemd-boot is installed and alone: no other boot loader was found.
func startsSystemdBoot(f sysfs.FS, alone bool) (starts bool) {
	named := func(file string) bool { return strings.HasPrefix(strings.ToLower(path.Base(file)), "systemd-boot") }
	if next, known := firstEFIEntry(f); known {
		return named(next.File) || hasSystemdBoot(f, onEFIPartition(f, next.File))
	}
	efiFiles(f, func(_, file string) { starts = starts || alone && named(file) })
	return starts
}

// hasSystemdBoot reports whether a file is systemd-boot, whatever its name is.
func hasSystemdBoot(f sysfs.FS, name string) bool {
	file, err := f.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	sections, _ := pe.Sections(file)
	return slices.ContainsFunc(sections, func(s pe.Section) bool { return s.Name == ".sdmagic" && marksLoader(s, file) })
}

// systemdBootDefault returns the entry that systemd-boot boots unless somebody chooses another.
// ok is false if systemd-boot is not what starts, or if its files and variables do not name one
// entry.
func systemdBootDefault(f sysfs.FS, alone bool) (e loaderEntry, ok bool) {
	if !startsSystemdBoot(f, alone) {
		return loaderEntry{}, false
	}
	pattern := ""
	var entries []loaderEntry
	for _, root := range efiFolders {
		if _, err := f.Readlink(root); root == "" || err == nil {
			continue // another name of one of the others
		}
		content, _, _ := etc.Read(f, root+"/loader/loader.conf") // it may be missing
		for line := range strings.Lines(string(content)) {
			if key, value := loaderLine(line); key == "default" {
				pattern = value
			}
		}
		files, _ := f.Entries(root+"/loader/entries", maxEFIEntries)
		for _, file := range files {
			name := root + "/loader/entries/" + file.Name()
			content, _, err := etc.Read(f, name)
			if e, boots := parseLoaderEntry(name, content); err == nil && boots && path.Ext(name) == ".conf" {
				entries = append(entries, e)
			}
		}
	}
	for _, name := range []string{"LoaderEntryDefault", "LoaderEntryOneShot"} {
		if content, err := f.Read(efiVariables+name+loaderVendor, maxEFIVariable); err == nil && len(content) > 4 {
			pattern, _ = efiText(content[4:])
		}
	}
	entries = slices.DeleteFunc(entries, func(e loaderEntry) bool { return !namesEntry(pattern, path.Base(e.File)) })
	if len(entries) != 1 {
		return loaderEntry{}, false
	}
	return entries[0], true
}

// namesEntry reports whether a pattern of systemd-boot names an entry, whose name may be given
// without ".conf".
func namesEntry(pattern, name string) bool {
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	whole, err := path.Match(pattern, name)
	short, _ := path.Match(pattern, strings.TrimSuffix(name, ".conf"))
	return err == nil && (whole || short)
}

// unjudgedSystemdBoot returns a fault unless systemd-boot starts xen.efi by default.
func (l Loader) unjudgedSystemdBoot(f sysfs.FS) []error {
	e, ok := systemdBootDefault(f, l.Menu == "")
	advice := "name an entry that starts xen.efi with the line default in loader.conf, or with 'bootctl set-default'"
	switch {
	case !ok:
		return []error{&fault{"cannot tell what systemd-boot boots by default", advice}}
	case e.Program == "":
		return []error{&fault{fmt.Sprintf("%s: systemd-boot boots Linux without Xen by default", e.File), advice}}
	}
	if _, ok := startsXenEFI(f, xenPrograms(f), e.Program, e.Options); !ok {
		return []error{&fault{fmt.Sprintf("%s: cannot tell what %s boots, which systemd-boot starts by default", e.File, e.Program), advice}}
	}
	return nil
}
