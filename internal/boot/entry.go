package boot

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// where returns the place of dom0's kernel in an entry.
func (e Entry) where() string { return fmt.Sprintf("%s:%d", e.File, e.Line) }

// hides returns the devices that pciback takes in an entry: none where it rejects the
// list.
func (e Entry) hides(key string) pciback.Hide {
	list, _ := pciback.ReadHideList(e.Dom0, key)
	hide, _ := pciback.ParseHide(list.Effective)
	return hide
}

// missing returns the devices that a list does not have.
func missing(hide pciback.Hide, devices []Device) (all []pci.Address) {
	for _, d := range devices {
		if !hide.Has(d.Address) {
			all = append(all, d.Address)
		}
	}
	return all
}

// writer is what wrote an entry, as far as that decides what becomes of it.
type writer int

const (
	bySettings writer = iota // a script, from the settings that xenpci writes too
	byScript                 // a script of somebody else, which writes it again
	byHand                   // a person, into grub.cfg, or a script that does not write it any more
	beside                   // a person, into a file that nothing generates
)

// writer finds out what wrote an entry. why says why nothing writes it again, of
// byHand.
func (h *Host) writer(e Entry) (w writer, why string) {
	switch {
	case h.Loader.Kind != GRUB2:
		return bySettings, "" // xenpci edits the entry itself
	case e.File != h.Loader.Config:
		return beside, ""
	case !h.Loader.Generated:
		return bySettings, ""
	case e.Script == "":
		return byHand, "it is outside the marks of grub-mkconfig"
	}
	content, runs, err := etc.Script(h.FS, e.Script)
	script := grub.ParseGenerator(e.Script, content)
	switch {
	case script.FromSettings() || err != nil:
		return bySettings, ""
	case !runs:
		return byHand, "grub-mkconfig does not run " + e.Script + " any more, which wrote it"
	}
	for _, a := range e.Dom0.Arguments() {
		if grub.SameKey(a.Key, hideKey(h)) && !script.MayWrite(a.Value) {
			return byHand, e.Script + " does not have it"
		}
	}
	return byScript, ""
}

// edits reports whether xenpci edits an entry itself.
func (h *Host) edits(e Entry) bool {
	w, _ := h.writer(e)
	return w == bySettings && h.Loader.inPlace()
}

// ofOthers returns a fault for each entry with Xen that no setting reaches, and that does
// not hide one of the devices: what has to be written, and where.
func (h *Host) ofOthers(entries []Entry, devices []Device) (all []error) {
	for _, e := range entries {
		if w, _ := h.writer(e); w == bySettings || e.Recovery {
			continue
		}
		if fault := h.otherEntry(e, devices); fault != nil {
			all = append(all, fault)
		}
	}
	return all
}

// otherEntry is the fault of one such entry; nil if it hides the devices.
func (h *Host) otherEntry(e Entry, devices []Device) error {
	hide := e.hides(hideKey(h))
	lacks := missing(hide, devices)
	if len(lacks) == 0 || e.Script == brand.GRUBTrial { // that entry is a copy from an earlier time, and boots once
		return nil
	}
	some, _ := pciback.HideOf(lacks...) // pciback takes them, or the layer would not be written
	argument := hideKey(h) + "=" + slices.Concat(hide, some).String()
	reason := fmt.Sprintf("%s: the entry %q does not hide %s", e.where(), e.Title, some)
	put := fmt.Sprintf("add %s to the arguments of dom0's kernel", argument)
	if list, there := pciback.ReadHideList(e.Dom0, hideKey(h)); there {
		put = fmt.Sprintf("write %s in place of %s=%s", argument, hideKey(h), list.Effective)
	}
	switch w, _ := h.writer(e); w {
	case beside:
		return &fault{reason + ", and no setting of GRUB reaches it", put + " there"}
	case byHand:
		return &fault{reason + ", and no setting of GRUB reaches it: it was written into the file by hand", "move it to /etc/grub.d/40_custom, and " + put + " there"}
	}
	return &fault{reason + "; " + e.Script + " wrote it, which does not use GRUB's settings", put + " in " + e.Script + ", and run " + h.generator()}
}

// generator returns the name of the program that generates grub.cfg.
func (h *Host) generator() string {
	if len(h.Loader.Generate) == 0 {
		return "grub-mkconfig"
	}
	return cmp.Or(h.Loader.Generate[0], "grub-mkconfig")
}
