package boot

import (
	"slices"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Refused returns the setting that keeps pciback from starting at the next boot, if these
// layers are enabled; nil if no such setting is known. The layers kernel-argument and modprobe
// give pciback a value of hide= that takes effect in place of a bad one before it.
func (h *Host) Refused(layers []Name) *pciback.StartError {
	start, ok := h.nextStart()
	if !ok {
		return nil
	}
	if e := start.Blocked(); e != nil {
		return e
	}
	return pciback.CheckParameters(h.withOurs(start, layers), start.BuiltIn)
}

// withOurs returns the parameters that pciback gets at the next boot, with those of the
// layers at their places.
func (h *Host) withOurs(start pciback.Start, layers []Name) []pciback.Parameter {
	ours := pciback.Parameter{Name: "hide", HasValue: true}
	given := start.Parameters()
	if slices.Contains(layers, Modprobe) {
		at := slices.IndexFunc(given, func(p pciback.Parameter) bool {
			return p.Argument || h.after(modprobe.Where{File: p.File, Line: p.Line})
		})
		if at < 0 {
			at = len(given)
		}
		given = slices.Insert(given, at, ours)
	}
	if slices.Contains(layers, KernelArgument) {
		given = append(given, ours)
	}
	return given
}

// nextStart returns what the kernel of the next boot starts pciback with, as far as the boot
// loader's entries are known; otherwise it is assumed to be what the running kernel was
// started with. ok is false if that kernel has no pciback.
func (h *Host) nextStart() (start pciback.Start, ok bool) {
	text, at, kernel := h.CommandLine(), pciback.Place{File: sysfs.CommandLineFile}, h.kernel
	if e, known := h.nextEntry(); known {
		text, at = e.Dom0.String(), pciback.Place{File: e.File, Line: e.Line}
		if k, known := kmod.OfImage(h.FS, e.Kernel); known {
			kernel = k
		}
	}
	state, module, err := kernel.FirstOf(pciback.ModuleNames()...)
	if err != nil || state == kmod.Absent {
		return start, false
	}
	root := h.FS.Root()
	return pciback.Start{
		Module: module, BuiltIn: state == kmod.BuiltIn, CommandLine: grub.ParseCommandLine(text), At: at,
		Config: modprobe.Read(modprobe.System{Root: root, Release: kernel.Release, CommandLine: text, Old: modprobe.OldTools(root)}),
	}, true
}

// nextEntry returns the entry that boots Xen if nobody chooses another: the default entry
// or, if that is not known, the first one that is not for recovery.
func (h *Host) nextEntry() (Entry, bool) {
	entries, _ := h.Loader.Entries(h.FS) // the loader's own check reports the error
	at := slices.IndexFunc(entries, func(e Entry) bool { return e.Default })
	if at < 0 {
		at = slices.IndexFunc(entries, func(e Entry) bool { return !e.Recovery })
	}
	if at < 0 {
		return Entry{}, false
	}
	return entries[at], true
}
