package hostboot

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/option"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// File is a file that the boot loader loads.
type File struct {
	Named string // by the entry
	Name  string // in this file system; "" if there is none

	Inside bool // it is a part of Name: of a unified image
}

// Next is what the boot loader starts unless somebody chooses something else.
type Next struct {
	Loader boot.Loader
	Err    error // why what boots is not known
	Title  string
	Place  Place // of the entry
	Xen    bool  // the entry boots Xen; the fields below are of one that does
	Linux  bool  // it boots Linux without Xen

	Missing string // the default that names no entry, so that the first one boots; "" for none

	Recovery   bool
	Settings   []Setting                  // from which the two lines are made
	Unread     []*grub.NotUnderstoodError // files of settings that are not read to their end
	Command    string                     // of GRUB 2, that loads the hypervisor: "multiboot2"
	Hypervisor File
	Table      image.Table
	TableErr   error // why the options of the image are not known
	XenLine    Line
	Kernel     File
	Initrds    []File
	Dom0Line   Line
}

// ReadNext finds out what boots next.
func ReadNext(f sysfs.FS) Next {
	loader, err := boot.FindLoader(f)
	if err != nil || !loader.Known() {
		return Next{Loader: loader, Err: err}
	}
	return readNext(f, loader)
}

// ReadFile finds out what would boot if the boot loader read this file. A file that it does not read now
// is a draft, which no program makes from settings. The errors are those of boot.LoaderOf.
func ReadFile(f sysfs.FS, name string) (Next, error) {
	loader, err := boot.LoaderOf(f, name)
	if err != nil {
		return Next{}, err
	}
	if own, err := boot.FindLoader(f); err != nil || own.Config != name {
		loader.Generated, loader.Generate = false, nil
	}
	return readNext(f, loader), nil
}

func readNext(f sysfs.FS, loader boot.Loader) Next {
	next, err := loader.Next(f)
	n := Next{Loader: loader, Err: err, Missing: next.Missing}
	switch {
	case err != nil:
	case next.Entry == nil:
		n.Title, n.Linux, n.Place = next.Title, next.Linux, Place{File: loader.Config, Line: next.Line}
		if next.Image != nil {
			n.image(*next.Image)
		}
	default:
		n.entry(f, *next.Entry)
	}
	return n
}

// image reads what is in a unified image that boots Linux without Xen.
func (n *Next) image(i boot.StubImage) {
	inside := func(section string) File { return File{Named: section, Name: n.Loader.Program, Inside: true} }
	n.Kernel = inside(i.Kernel)
	for _, section := range i.Initrds {
		n.Initrds = append(n.Initrds, inside(section))
	}
	n.Dom0Line = Line{Text: i.CommandLine, Place: Place{File: n.Loader.Program, Setting: boot.StubCommandLine}}
	for _, word := range splitDom0(i.CommandLine) {
		n.Dom0Line.Words = append(n.Dom0Line.Words, Word{Text: word, Place: n.Dom0Line.Place})
	}
}

// maxOthers bounds how many entries are read beside the one that boots by default.
const maxOthers = 64

// Others returns what the entries load that boot Xen, but for the one that boots by default. The
// error is that of reading the entries.
func (n Next) Others(f sysfs.FS) (others []Next, err error) {
	entries, err := n.Loader.Entries(f)
	for _, e := range entries {
		if e.Default || len(others) == maxOthers {
			continue
		}
		other := Next{Loader: n.Loader}
		other.entry(f, e)
		others = append(others, other)
	}
	return others, err
}

// entry reads what an entry with Xen loads.
func (n *Next) entry(f sysfs.FS, e boot.Entry) {
	n.Xen, n.Title, n.Recovery = true, e.Title, e.Recovery
	n.Command = e.Hypervisor.Command
	n.Place = Place{File: e.File, Line: e.Line, Script: e.Script}
	if n.Loader.Unified {
		n.Place.Setting = boot.UnifiedConfig
	}
	find := func(named string) File {
		return File{named, e.Find(f, n.Loader, named), slices.Contains(e.Inside, named)}
	}
	n.Hypervisor, n.Kernel = find(e.Hypervisor.File), find(e.Kernel)
	for _, named := range e.Initrds {
		n.Initrds = append(n.Initrds, find(named))
	}
	n.XenLine = Line{Text: e.Hypervisor.Arguments.String(), Place: n.Place}
	n.XenLine.Place.Line = e.Hypervisor.Line
	n.Dom0Line = Line{Text: e.Dom0.String(), Place: n.Place}
	s := readSources(f, n.Loader, e)
	n.Settings = s.settings()
	for _, file := range s.files {
		if lost := file.Unread(); lost != nil {
			n.Unread = append(n.Unread, lost)
		}
	}
	n.XenLine.Words = s.words(SplitXen(n.XenLine.Text), n.XenLine.Place, s.xen)
	n.Dom0Line.Words = s.words(splitDom0(n.Dom0Line.Text), n.Dom0Line.Place, s.dom0)
	if n.Loader.Kind == boot.GRUB2 {
		n.XenLine.open()
		n.Dom0Line.open()
	}
	if n.Hypervisor.Name != "" {
		n.Table, n.TableErr = image.ReadFile(f, n.Hypervisor.Name)
	}
}

// Options returns the options that the image takes. read is false if they are those of a build
// of about the same release, since the image itself does not tell them.
func (n Next) Options(m *option.Manual, running string) (t image.Table, read bool) {
	if len(n.Table.Options) > 0 {
		return n.Table, true
	}
	return m.Table(cmp.Or(n.Release(), running)), false
}

// Release returns the release of the image, or the one in its name, "xen-4.17-amd64.gz"; "" if
// neither is known.
func (n Next) Release() string {
	if n.Table.Release != "" {
		return n.Table.Release
	}
	name := path.Base(n.Hypervisor.Named)
	if n.Hypervisor.Name != "" {
		name = path.Base(n.Hypervisor.Name)
	}
	return releaseName().FindString(name)
}

// releaseName finds a release in the name of a file. It is compiled when it is needed: each
// start of xenpci would pay for a variable.
func releaseName() *regexp.Regexp { return regexp.MustCompile(`[34]\.[0-9]+(\.[0-9]+)?`) }

// KernelRelease returns the release that the name of dom0's kernel ends with; "" if it does
// not have one.
func (n Next) KernelRelease() string {
	name := path.Base(n.Kernel.Named)
	if n.Kernel.Name != "" && !n.Kernel.Inside {
		name = path.Base(n.Kernel.Name)
	}
	if _, release, ok := strings.Cut(name, "-"); ok {
		return release
	}
	return ""
}

// Unwritten is a word of a setting that the entry does not have: the boot loader's file was not made from
// the settings as they are now.
type Unwritten struct {
	Place Place
	Word  string
	Xen   bool // it is for Xen's line
}

// Unwritten returns the words of the settings that the entry does not have.
func (n Next) Unwritten() (all []Unwritten) {
	if !n.Loader.Generated || n.Place.File != n.Loader.Config {
		return nil
	}
	for _, s := range n.Settings {
		line := n.Dom0Line
		if s.Xen {
			line = n.XenLine
		}
		have := line.Texts()
		for _, word := range s.Words {
			if !slices.Contains(have, word) {
				all = append(all, Unwritten{s.Place, word, s.Xen})
			}
		}
	}
	return all
}

// XenPlace returns where a word would be added to Xen's line: the setting that it is made from, or
// the line itself.
func (n Next) XenPlace() Place { return n.added(true, n.XenLine) }

// Dom0Place returns where a word would be added to dom0's line, as XenPlace does.
func (n Next) Dom0Place() Place { return n.added(false, n.Dom0Line) }

func (n Next) added(xen bool, line Line) Place {
	for _, s := range n.Settings {
		if s.Xen == xen {
			return s.Place
		}
	}
	return line.Place
}
