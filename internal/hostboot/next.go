package hostboot

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// File is a file that the boot loader loads.
type File struct {
	Named string // by the entry
	Name  string // in this file system; "" if there is none
}

// Next is what the boot loader starts unless somebody chooses something else.
type Next struct {
	Loader boot.Loader
	Err    error // why what boots is not known
	Title  string
	Place  Place // of the entry
	Xen    bool  // the entry boots Xen; the fields below are of one that does
	Linux  bool  // it boots Linux without Xen

	Recovery   bool
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
	n := Next{Loader: loader, Err: err}
	if err != nil || !loader.Known() {
		return n
	}
	next, err := loader.Next(f)
	if err != nil {
		n.Err = err
		return n
	}
	if next.Entry == nil {
		n.Title, n.Linux, n.Place = next.Title, next.Linux, Place{File: loader.Config, Line: next.Line}
		return n
	}
	n.entry(f, *next.Entry)
	return n
}

// entry reads what an entry with Xen loads.
func (n *Next) entry(f sysfs.FS, e boot.Entry) {
	n.Xen, n.Title, n.Recovery = true, e.Title, e.Recovery
	n.Place = Place{File: e.File, Line: e.Line, Script: e.Script}
	find := func(named string) File { return File{named, e.Find(f, n.Loader, named)} }
	n.Hypervisor, n.Kernel = find(e.Hypervisor.File), find(e.Kernel)
	for _, named := range e.Initrds {
		n.Initrds = append(n.Initrds, find(named))
	}
	n.XenLine = Line{Text: e.Hypervisor.Arguments.String(), Place: Place{File: e.File, Line: e.Hypervisor.Line, Script: e.Script}}
	n.Dom0Line = Line{Text: e.Dom0.String(), Place: n.Place}
	s := readSources(f, n.Loader, e)
	n.XenLine.Words = s.words(splitXen(n.XenLine.Text), n.XenLine.Place, s.xen)
	n.Dom0Line.Words = s.words(splitDom0(n.Dom0Line.Text), n.Dom0Line.Place, s.dom0)
	if n.Hypervisor.Name != "" {
		n.Table, n.TableErr = image.ReadFile(f, n.Hypervisor.Name)
	}
}

// KernelRelease returns the release that the name of dom0's kernel ends with; "" if it does
// not have one.
func (n Next) KernelRelease() string {
	name := path.Base(n.Kernel.Named)
	if n.Kernel.Name != "" {
		name = path.Base(n.Kernel.Name)
	}
	if _, release, ok := strings.Cut(name, "-"); ok {
		return release
	}
	return ""
}
