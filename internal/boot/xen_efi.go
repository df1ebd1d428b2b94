package boot

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// XenFile is a configuration file of xen.efi.
type XenFile struct {
	Name    string
	Section string // what boots by default
}

// xenProgram is an EFI program with a configuration file for xen.efi beside it. Its name says
// little: xen.efi may be BOOTX64.EFI.
type xenProgram struct {
	file   string // of the program
	root   string // where its file system is mounted
	config string
}

// Bounds on what is looked at on an EFI system partition.
const (
	maxEFIEntries = 1 << 10 // of a folder
	maxChain      = 16      // files that name one another with chain=
	maxPrograms   = 64      // that are read
)

// efiFiles calls visit for each EFI program on the EFI system partitions: in the root, and in
// the folders of EFI.
func efiFiles(f sysfs.FS, visit func(root, file string)) {
	for _, root := range efiFolders {
		if _, err := f.Readlink(root); root == "" || err == nil {
			continue // another name of one of the others
		}
		folders := []string{root}
		vendors, _ := f.Entries(root+"/EFI", maxEFIEntries)
		for _, vendor := range vendors {
			folders = append(folders, root+"/EFI/"+vendor.Name())
		}
		for _, folder := range folders {
			entries, _ := f.Entries(folder, maxEFIEntries)
			for _, e := range entries {
				if strings.EqualFold(path.Ext(e.Name()), ".efi") {
					visit(root, folder+"/"+e.Name())
				}
			}
		}
	}
}

// xenPrograms returns the programs on the EFI system partitions. Copies for firmware that
// finds no entry come last.
func xenPrograms(f sysfs.FS) []xenProgram {
	var programs, copies []xenProgram
	efiFiles(f, func(root, file string) {
		config, ok := besideProgram(f, file)
		switch {
		case !ok:
		case strings.EqualFold(path.Base(path.Dir(file)), "BOOT"):
			copies = append(copies, xenProgram{file, root, config})
		default:
			programs = append(programs, xenProgram{file, root, config})
		}
	})
	return append(programs, copies...)
}

// deniedEFI returns the error of the first folder or file on the EFI system partitions that the caller may
// not read, so that xen.efi or its configuration may be there; nil if there is none.
func deniedEFI(f sysfs.FS) (denied error) {
	note := func(err error) {
		if denied == nil && errors.Is(err, fs.ErrPermission) {
			denied = err
		}
	}
	for _, root := range efiFolders {
		if root != "" {
			_, err := f.List(root)
			note(err)
		}
		vendors, err := f.List(root + "/EFI")
		note(err)
		for _, vendor := range vendors[:min(len(vendors), maxEFIEntries)] {
			_, err := f.List(root + "/EFI/" + vendor)
			note(err)
		}
	}
	efiFiles(f, func(_, file string) {
		for _, name := range xencfg.Names(path.Base(file)) {
			_, _, err := etc.Read(f, path.Join(path.Dir(file), name))
			note(err)
		}
		_, err := readEFIProgram(f, file)
		note(err)
	})
	return denied
}

// besideProgram returns the configuration that a program reads if it is xen.efi.
func besideProgram(f sysfs.FS, file string) (config string, ok bool) {
	for _, name := range xencfg.Names(path.Base(file)) {
		name = path.Join(path.Dir(file), name)
		content, exists, err := etc.Read(f, name)
		if err != nil || !exists {
			continue
		}
		c := xencfg.Parse(content)
		_, chained := c.Chain()
		return name, chained || len(c.Boots(c.Default())) > 0 // xen.efi reads the first that is there
	}
	return "", false
}

// findUnified returns a unified image with Xen, of which only the first is looked for.
func findUnified(f sysfs.FS) (image string) {
	looked := 0
	efiFiles(f, func(_, file string) {
		if looked++; image != "" || looked > maxPrograms {
			return
		}
		if program, err := readEFIProgram(f, file); err == nil && program == efiUnified {
			image = file
		}
	})
	return image
}

// files returns the configuration files that a program reads with these options, the one with
// the kernel that boots by default first.
func (p xenProgram) files(f sysfs.FS, o xencfg.Options) []XenFile {
	name := p.config
	if o.File != "" {
		name = p.beside(o.File)
	}
	var files []XenFile
	section, found := o.Section, false
	for range maxChain {
		content, exists, err := etc.Read(f, name)
		if err != nil || !exists || slices.ContainsFunc(files, func(have XenFile) bool { return have.Name == name }) {
			break
		}
		c := xencfg.Parse(content)
		if len(files) == 0 && section == "" {
			section = c.Default()
		}
		file := XenFile{name, section}
		if _, ok := c.Setting(section, "kernel"); ok && !found {
			found = true
			files = slices.Insert(files, 0, file)
		} else {
			files = append(files, file)
		}
		next, chained := c.Chain()
		if !chained {
			break
		}
		name = p.beside(next)
	}
	return files
}

// beside returns a file that xen.efi names relative to its own folder.
func (p xenProgram) beside(file string) string {
	file = strings.ReplaceAll(file, `\`, "/")
	if path.IsAbs(file) {
		return p.root + path.Clean(file)
	}
	return path.Join(path.Dir(p.file), file)
}

// findXenEFI returns xen.efi as the boot loader, if the firmware starts it, or the default
// entry of GRUB, or else if no entry of the boot loader that was found boots Xen.
func findXenEFI(f sysfs.FS, other Loader) (Loader, bool) {
	programs := xenPrograms(f)
	if e, ok := firstEFIEntry(f); ok {
		if l, ok := startsXenEFI(f, programs, e.File, e.Line); ok {
			return l, true
		}
	}
	if file, line, ok := other.chainsByDefault(f); ok {
		if l, ok := startsXenEFI(f, programs, file, line); ok {
			return l, true
		}
	}
	if e, ok := systemdBootDefault(f, !other.Known()); ok {
		if l, ok := startsXenEFI(f, programs, e.Program, e.Options); ok {
			return l, true
		}
	}
	entries, err := other.Entries(f)
	if err != nil || len(entries) > 0 || other.Known() && !f.Exists("/sys/firmware/efi") {
		return Loader{}, false
	}
	if len(programs) > 0 {
		l := xenEFI(f, programs, 0, xencfg.Options{})
		if other.Kind == GRUB2 {
			l.Menu = other.Config
		}
		return l, true
	}
	if image := findUnified(f); image != "" && !other.Known() {
		return unified(image), true
	}
	return Loader{}, false
}

// startsXenEFI returns xen.efi as the boot loader if a file on the EFI system partition is it.
func startsXenEFI(f sysfs.FS, programs []xenProgram, file, line string) (Loader, bool) {
	for i, p := range programs {
		if strings.EqualFold(p.file, p.root+file) {
			return xenEFI(f, programs, i, xencfg.ParseOptions(line)), true
		}
	}
	name := onEFIPartition(f, file)
	if name == "" {
		return Loader{}, false
	}
	if program, err := readEFIProgram(f, name); err == nil && program == efiUnified {
		return unified(name), true
	}
	return Loader{}, false
}

// xenEFI returns the boot loader xen.efi: the program that starts, by these options, and the
// files of the others, which somebody may start.
func xenEFI(f sysfs.FS, programs []xenProgram, starts int, o xencfg.Options) Loader {
	l := Loader{Kind: XenEFI, Program: programs[starts].file, Config: programs[starts].config, Files: programs[starts].files(f, o)}
	if len(l.Files) > 0 {
		l.Config = l.Files[0].Name
	}
	for _, p := range programs {
		for _, file := range p.files(f, xencfg.Options{}) {
			if !slices.ContainsFunc(l.Files, func(have XenFile) bool { return have.Name == file.Name }) {
				l.Files = append(l.Files, file)
			}
		}
	}
	return l
}

// chainsByDefault returns the EFI program that GRUB's default entry starts, and the command
// line that it gets.
func (l Loader) chainsByDefault(f sysfs.FS) (file, line string, ok bool) {
	if l.Kind != GRUB2 {
		return "", "", false
	}
	content, _, err := etc.Read(f, l.Config)
	if err != nil {
		return "", "", false
	}
	config, err := grub.ParseConfig(content, grubVariables(f, l.Config))
	if err != nil {
		return "", "", false
	}
	e, err := config.DefaultEntry()
	if err != nil {
		return "", "", false
	}
	for _, c := range e.Commands {
		words := slices.DeleteFunc(slices.Clone(c.Words), func(word string) bool { return strings.HasPrefix(word, "--") })
		if c.Name == "chainloader" && len(words) > 0 {
			return grubPath(words[0]), strings.Join(words[1:], " "), true
		}
	}
	return "", "", false
}

// xenEFIEntries returns the sections with a kernel of each configuration file.
func (l Loader) xenEFIEntries(f sysfs.FS) (entries []Entry, err error) {
	for i, file := range l.Files {
		content, _, err := etc.Read(f, file.Name)
		if err != nil {
			return nil, err
		}
		for _, b := range xencfg.Parse(content).Boots(file.Section) {
			e := xenEntry(b, file.Name)
			if e.Default = b.Default && i == 0; e.Default {
				e.Hypervisor.File = l.Program
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}
