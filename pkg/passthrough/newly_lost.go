package passthrough

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
)

// newlyLost returns why these layers are not to be written: they would get a device that
// dom0 needs, or a part of a USB controller. It returns nil if they may be written, and
// warns about devices that dom0 needs and that all of the layers have already, since somebody
// forced that. The devices in declares were judged by the call that declares them.
func (v *View) newlyLost(b booting, layers []boot.Name, r reporter, declares ...pci.Address) *Error {
	lost := v.livesOn(b.found(), r, declares...)
	if len(layers) == 0 {
		r.warn(lost.remarks()...)
		return nil
	}
	causes := v.apart(b.found())
	newly := slices.DeleteFunc(slices.Clone(lost), func(l engine.Result) bool {
		return b.has(layers, l.Device) || slices.ContainsFunc(causes, func(e *Error) bool { return *e.Device == l.Device })
	})
	causes = append(causes, newly.errors()...)
	if len(causes) == 0 {
		r.warn(lost.remarks()...)
		return nil
	}
	advice := "'xenpci unhide --boot " + strings.Join(deviceTexts(causes), " ") + "' takes off the list what should stay in dom0"
	if len(newly) == len(causes) {
		advice += ", and 'xenpci boot enable --force' has it hidden at boot anyway"
	}
	return refusal("declared devices must stay in dom0: ", causes, advice)
}

// has reports whether all of these layers are enabled and have a device already.
func (b booting) has(layers []boot.Name, a pci.Address) bool {
	at := slices.IndexFunc(b.list.Devices, func(d boot.Device) bool { return d.Address == a })
	return at >= 0 && !slices.ContainsFunc(layers, func(name boot.Name) bool {
		return !slices.Contains(b.enabled, name) || !b.host.Has(name, b.list.Devices[at])
	})
}

// written returns the devices that the enabled layers should have: all but those of lost that
// they do not have.
func (b booting) written(lost lostAtBoot) []boot.Device {
	return slices.DeleteFunc(slices.Clone(b.list.Devices), func(d boot.Device) bool {
		return lost.of(d.Address) != nil && !b.has(b.enabled, d.Address)
	})
}

// dropped returns why the enabled layers are not to be written unattended: they name devices,
// and would not name declared ones any more that are not there now.
func (b booting) dropped() *Error {
	if !slices.ContainsFunc(b.enabled, func(n boot.Name) bool {
		return n == boot.KernelArgument || n == boot.Modprobe || n == boot.Udev
	}) {
		return nil // the others read the list at each boot
	}
	var absent []string
	for _, f := range b.findings {
		if !f.Found() {
			absent = append(absent, f.Address.String())
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return &Error{
		Code:   CodeNotFound,
		Reason: "they would lose declared devices that were not found: " + strings.Join(absent, ", "),
		Advice: "run 'xenpci boot refresh' when they are there; 'xenpci boot enable' writes the layers without them",
	}
}

// keeps returns the change of a refresh that leaves the layers as they are, with the reason.
func (b booting) keeps(why *Error, dryRun bool) BootChange {
	c := BootChange{Layers: b.layers(b.enabled), Files: []FileChange{}, Commands: []string{}, Elsewhere: b.host.Run == nil, DryRun: dryRun}
	for _, cause := range why.Causes {
		c.Warnings = append(c.Warnings, cause.remark())
	}
	kept := *why
	kept.Reason = "the layers stay as they were: " + why.Reason
	c.Warnings = append(c.Warnings, kept.remark())
	return c
}
