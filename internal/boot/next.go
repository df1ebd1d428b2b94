package boot

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/syslinux"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// Next is what the boot loader starts unless somebody chooses something else.
type Next struct {
	Entry *Entry // that boots Xen; nil if it does not, or if that is not known
	Title string // of an entry that does not boot Xen
	Linux bool   // that entry boots Linux without Xen
	Line  int    // of that entry, from 1; 0 where that is not known

	Image *StubImage // of systemd-stub: what boots; nil otherwise

	// Missing is GRUB 2's default if it names no entry of the menu, so that the first one
	// boots; "" otherwise.
	Missing string
}

// ErrNotKnown is that the files do not tell what boots next.
var ErrNotKnown = errors.New("the files do not tell what boots next")

// Next returns what boots next. The error is that of Entries, or wraps ErrNotKnown.
func (l Loader) Next(f sysfs.FS) (Next, error) {
	if l.Menu != "" { // it has no entry with Xen, and is what starts
		return Loader{Kind: GRUB2, Config: l.Menu}.Next(f)
	}
	if l.Unified { // its entries cannot be edited, so that Entries has none
		return l.nextUnified(f)
	}
	entries, err := l.Entries(f)
	if err != nil {
		return Next{}, err
	}
	if at := slices.IndexFunc(entries, func(e Entry) bool { return e.Default }); at >= 0 {
		return Next{Entry: &entries[at], Missing: l.missing(f)}, nil
	}
	content, exists, err := etc.Read(f, l.Config)
	if err != nil || !exists {
		return Next{}, errors.Join(ErrNotKnown, err)
	}
	switch l.Kind {
	case GRUB2:
		if empty(content) {
			return Next{}, l.emptyFault()
		}
		return nextOfGRUB2(f, l.Config, content)
	case GRUBLegacy:
		return nextStanza(l.Config, content)
	case XenEFI:
		if name := xencfg.Parse(content).Default(); name != "" {
			return Next{}, &fault{fmt.Sprintf("%s: the default %q names no section that boots a kernel", l.Config, name), "name a section of the file: default=NAME in [global]"}
		}
	case Syslinux:
		label, known := syslinux.Parse(content).Default()
		if !known {
			return Next{}, ErrNotKnown
		}
		return Next{Title: label.Title, Linux: true, Line: label.Line}, nil
	}
	return Next{}, ErrNotKnown
}

// empty reports whether the boot loader's file has nothing in it.
func empty(content []byte) bool { return len(bytes.TrimSpace(content)) == 0 }

// emptyFault is that the boot loader's file has nothing in it.
func (l Loader) emptyFault() error {
	advice := "write it again"
	if l.Generate != nil {
		advice = "run " + strings.Join(l.Generate, " ")
	}
	return &fault{l.Config + " is empty", advice}
}

func nextOfGRUB2(f sysfs.FS, name string, content []byte) (Next, error) {
	config, err := grub.ParseConfig(content, grubVariables(f, name))
	if err != nil {
		return Next{}, fmt.Errorf("%s: %w", name, err)
	}
	e, err := config.DefaultEntry()
	if err != nil {
		return Next{}, fmt.Errorf("%w: %w", ErrNotKnown, err)
	}
	_, _, linux := e.Linux()
	return Next{Title: e.Title, Linux: linux, Line: e.Line, Missing: Loader{Kind: GRUB2, Config: name}.missing(f)}, nil
}

// missing returns the default of a grub.cfg if no entry has that name, neither in this file nor
// in those beside it, so that the first one boots.
func (l Loader) missing(f sysfs.FS) string {
	content, _, err := etc.Read(f, l.Config)
	if err != nil || l.Kind != GRUB2 {
		return ""
	}
	variables := grubVariables(f, l.Config)
	config, err := grub.ParseConfig(content, variables)
	if err != nil {
		return ""
	}
	name, missing := config.DefaultMissing()
	if !missing {
		return ""
	}
	for _, beside := range config.Beside() {
		content, exists, err := etc.Read(f, path.Join(path.Dir(l.Config), beside))
		if err == nil && !exists {
			continue
		}
		more, parseErr := grub.ParseConfig(content, variables)
		if err != nil || parseErr != nil || slices.ContainsFunc(more.Entries, func(e grub.Entry) bool { return e.Title == name || e.ID == name }) {
			return ""
		}
	}
	return name
}

func nextStanza(name string, content []byte) (Next, error) {
	menu := grub.ParseMenuList(content)
	at, known := menu.DefaultStanza()
	if d := menu.Default(); !known && !d.Saved && len(menu.Stanzas) > 0 {
		return Next{}, &fault{fmt.Sprintf("%s: the default %d names no entry: the file has %d, counted from 0", name, d.Number, len(menu.Stanzas)), "write the number of an entry behind default"}
	}
	if !known {
		return Next{}, ErrNotKnown
	}
	s := menu.Stanzas[at]
	linux := slices.ContainsFunc(s.Commands, func(c grub.MenuCommand) bool { return c.Name == "kernel" })
	return Next{Title: s.Title, Linux: linux, Line: s.Line}, nil
}

// Find returns the file in this file system that an entry names; "" if there is none. GRUB's
// paths are those of a file system of which the mount point is not known, those of xen.efi
// begin at its folder, and those of SYSLINUX at the folder of its configuration.
func (e Entry) Find(f sysfs.FS, l Loader, named string) string {
	if named == "" {
		return ""
	}
	if l.Kind == XenEFI && (named == l.Program || slices.Contains(e.Inside, named)) {
		return l.Program
	}
	var names []string
	if beside, ok := strings.CutPrefix(named, "${prefix}/"); ok && l.Kind == GRUB2 {
		names = append(names, path.Join(path.Dir(l.Config), beside)) // where GRUB finds grub.cfg
	}
	file := strings.ReplaceAll(named, `\`, "/")
	if absolute := path.IsAbs(file) || strings.HasPrefix(file, "("); (l.Kind == XenEFI || l.Kind == Syslinux) && !absolute {
		names = append(names, path.Join(path.Dir(e.File), file))
	}
	file = grubPath(named)
	folders := []string{"/boot", "/boot/efi", "/efi", ""}
	if strings.HasPrefix(file, "/boot/") || strings.HasPrefix(file, "/efi/") {
		folders = []string{"", "/boot", "/boot/efi", "/efi"}
	}
	for _, folder := range folders {
		names = append(names, folder+file)
	}
	for _, name := range names {
		if f.Exists(name) {
			return name
		}
	}
	return ""
}
