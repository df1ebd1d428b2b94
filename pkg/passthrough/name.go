package passthrough

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// chooseNamed returns the device that a name means. The error is an *Error: nothing has the
// name, or it means several devices. hidden is true for what is to be given back.
func (v *View) chooseNamed(ctx context.Context, id string, hidden bool) (meaning, error) {
	now, unread := v.meanings(ctx, id)
	all := slices.Clone(now)
	if hidden || len(now) == 0 {
		all = append(all, v.formerly(ctx, id)...)
	}
	if hidden {
		all = v.preferHidden(all)
	}
	all = slices.DeleteFunc(all, func(m meaning) bool { return len(m.devices) == 0 })
	devices := addressesOf(all)
	switch {
	case len(devices) == 0:
		return meaning{}, v.noSuchName(id, now, unread)
	case len(devices) == 1, len(all) == 1 && all[0].by == NameSlot:
		return all[0], nil
	}
	return meaning{}, v.severalMeant(id, devices)
}

// meanings returns what a name means now. A meaning without devices is that of something
// that is on no PCI device. The error is that xl's names could not be read.
func (v *View) meanings(ctx context.Context, id string) (all []meaning, err error) {
	if mac, ok := config.ParseMAC(id); ok {
		return v.byMAC(mac), nil
	}
	name, isPath := partName(v.fs, id)
	all = slices.Concat(v.byInterface(name), v.byDisk(name))
	if isPath { // a file below /dev or /sys has no other meaning
		for i := range all {
			if name != path.Base(id) { // the file is a link
				all[i].via = append([]string{prose.Printable(name)}, all[i].via...)
			}
		}
		return all, nil
	}
	all = slices.Concat(all, v.bySlot(id), v.byLabel(id), v.byDeclaredName(id))
	named, err := v.byXLName(ctx, id)
	return append(all, named...), err
}

// preferHidden returns the meanings that are hidden devices, or all where none is.
func (v *View) preferHidden(all []meaning) []meaning {
	var hidden []meaning
	for _, m := range all {
		if len(m.devices) > 0 && !slices.ContainsFunc(m.devices, func(a pci.Address) bool { return !v.isHidden(a) }) {
			hidden = append(hidden, m)
		}
	}
	if hidden != nil {
		return hidden
	}
	return all
}

// maybeName reports whether an ID that is no selector may be the name of something. What is
// like an address never is, so that a misprint of an address names no device; a file below
// /dev and a MAC address are like nothing else.
func maybeName(id string) bool {
	wrong := (*pci.AddressError)(nil)
	if !errors.As(badID(id), &wrong) {
		return false
	}
	if _, mac := config.ParseMAC(id); mac {
		return true
	}
	return !wrong.Like() || strings.HasPrefix(id, devDir) && len(id) <= maxPath
}
