package boot

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/pe"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/xencfg"
)

// The sections of a unified image (docs/misc/efi.pandoc of Xen). What is in one is taken in the
// place of the file that the configuration names.
const (
	sectionConfig  = ".config"
	sectionKernel  = ".kernel"
	sectionRamdisk = ".ramdisk"
)

// UnifiedConfig is where the configuration of a unified image is: a section of the file.
const UnifiedConfig = sectionConfig

func unified(program string) Loader {
	return Loader{Kind: XenEFI, Program: program, Config: program, Unified: true}
}

// nextUnified returns what a unified image boots by the configuration in it. The error is or
// wraps ErrNotKnown, or is that of reading the file.
func (l Loader) nextUnified(f sysfs.FS) (Next, error) {
	file, err := f.Open(l.Program)
	if err != nil {
		return Next{}, err
	}
	defer file.Close()
	sections, err := pe.Sections(file)
	if err != nil {
		return Next{}, err
	}
	find := func(name string) (pe.Section, bool) {
		i := slices.IndexFunc(sections, func(s pe.Section) bool { return s.Name == name })
		if i < 0 {
			return pe.Section{}, false
		}
		return sections[i], true
	}
	section, ok := find(sectionConfig)
	if _, linux := find(sectionLinux); !ok && linux {
		return l.nextOfStub(file, sections)
	}
	if !ok || section.Size > maxSection {
		return Next{}, ErrNotKnown
	}
	config := xencfg.Parse(bytes.TrimRight(section.Read(file, maxSection), "\x00"))
	boots := config.Boots(config.Default())
	at := slices.IndexFunc(boots, func(b xencfg.Boot) bool { return b.Default })
	if at < 0 {
		return Next{}, errors.Join(ErrNotKnown, errors.New("the configuration in "+l.Program+" names no kernel"))
	}
	e := xenEntry(boots[at], l.Program)
	e.Default, e.Hypervisor.File = true, l.Program
	if _, inside := find(sectionKernel); inside {
		e.Inside = append(e.Inside, e.Kernel)
	}
	if _, inside := find(sectionRamdisk); inside {
		e.Initrds = []string{sectionRamdisk}
		e.Inside = append(e.Inside, sectionRamdisk)
	}
	return Next{Entry: &e}, nil
}

// xenEntry returns the entry of a section in a configuration of xen.efi.
func xenEntry(b xencfg.Boot, file string) Entry {
	e := Entry{File: file, Title: b.Section, Recovery: b.Recovery(), Line: b.Dom0.Line, Dom0: b.Dom0.Arguments, Kernel: b.Dom0.File}
	e.Hypervisor.Arguments, e.Hypervisor.Line = b.Xen, b.XenLine
	if b.Ramdisk != "" {
		e.Initrds = []string{strings.ReplaceAll(b.Ramdisk, `\`, "/")}
	}
	return e
}
