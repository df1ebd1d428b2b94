package boot

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/pe"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// The sections of a unified image of systemd-stub (systemd-stub(7)).
const (
	sectionLinux       = ".linux"
	sectionInitrd      = ".initrd"
	sectionCommandLine = ".cmdline"
	sectionSystem      = ".osrel"
)

// StubCommandLine is where the command line of an image of systemd-stub is: a section of the file.
const StubCommandLine = sectionCommandLine

// StubImage is what a unified image of systemd-stub has in it.
type StubImage struct {
	Kernel      string // the section with the kernel
	Initrds     []string
	CommandLine string
}

func stub(program string) Loader {
	return Loader{Kind: Stub, Program: program, Config: program, Unified: true}
}

// findStub returns the unified image of systemd-stub that boots Linux: the one that the firmware starts,
// or else the only one. It is an error if there are several, since the files do not tell which boots.
func findStub(f sysfs.FS) (l Loader, err error) {
	is := func(name string) bool {
		program, err := readEFIProgram(f, name)
		return err == nil && program == efiStub
	}
	if e, ok := firstEFIEntry(f); ok {
		if name := onEFIPartition(f, e.File); name != "" && is(name) {
			return stub(name), nil
		}
	}
	var images []string
	looked := 0
	efiFiles(f, func(_, file string) {
		if looked++; looked <= maxPrograms && is(file) {
			images = append(images, file)
		}
	})
	switch len(images) {
	case 0:
		return Loader{}, nil
	case 1:
		return stub(images[0]), nil
	}
	return Loader{}, &fault{"cannot tell which of these unified images boots: " + prose.List(images), "look into one with 'xenpci host check FILE'"}
}

// nextOfStub returns what an image of systemd-stub boots. Where that is Xen, its configuration is not
// known.
func (l Loader) nextOfStub(file io.ReaderAt, sections []pe.Section) (Next, error) {
	text := func(name string) string {
		at := slices.IndexFunc(sections, func(s pe.Section) bool { return s.Name == name })
		if at < 0 || sections[at].Size > maxSection {
			return ""
		}
		return strings.TrimSpace(strings.TrimRight(string(sections[at].Read(file, maxSection)), "\x00"))
	}
	image := &StubImage{Kernel: sectionLinux, CommandLine: text(sectionCommandLine)}
	for _, s := range sections {
		if s.Name == sectionInitrd {
			image.Initrds = append(image.Initrds, s.Name)
		}
	}
	if l.Kind != Stub {
		return Next{}, fmt.Errorf("%w: %s starts Xen from its section %s with the command line %q, and has no section %s", ErrNotKnown, l.Program, sectionLinux, image.CommandLine, sectionConfig)
	}
	return Next{Title: systemName(text(sectionSystem), path.Base(l.Program)), Linux: true, Image: image}, nil
}

// systemName returns the name of the system in a text like /etc/os-release, or else another one.
func systemName(text, other string) string {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(name, `"'`)
		}
	}
	return other
}
