package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

func newShowCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID...",
		Short: "Show everything known of a device, and the line for a guest's configuration",
		Long: `show prints everything that the kernel, pciback and xenstore say of a device: also the
kernel's names of its network interfaces and disks, what a hidden one was in dom0,
and, for guests, which kinds of guest can have it, what their administrator should
know, and the line with which a guest's configuration gets it. On a terminal long lines
are wrapped; elsewhere each value is on one line.`,
		Example: `  xenpci show 00:09.0
  xenpci show --json 10b7:9055`,
		Args:              someIDs,
		ValidArgsFunction: a.completeIDs(anyDevice),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runShow(cmd.Context(), a, args)
		},
	}
}

func runShow(ctx context.Context, a *app, ids []string) error {
	view := a.host.Look()
	chosen, err := view.Choose(ctx, ids...)
	if err != nil {
		return err
	}
	a.sayMeant(chosen.Meant)
	described, err := a.describe(ctx, view, chosen.Devices)
	if err != nil {
		return err
	}
	class := passthrough.ClassOf(described.Err())
	if a.json {
		return a.print("show", class, described)
	}
	a.warnOf(described.Notes)
	for i, d := range described.Devices {
		if i > 0 {
			fmt.Fprintln(a.Out)
		}
		if err := printDevice(a.Out, a.screenOf(), d, described.GuestsUnknown); err != nil {
			return err
		}
	}
	a.warnOfErrors(described.Errors)
	return reported(class)
}

// describe completes what an earlier run left, and reads everything of the
// devices. It returns an error where none of them can be read.
func (a *app) describe(ctx context.Context, view *passthrough.View, devices []pci.Address) (passthrough.Described, error) {
	if a.recoverFirst(ctx) {
		view = a.host.Look()
	}
	names, err := a.names()
	if err != nil {
		return passthrough.Described{}, err
	}
	described, err := view.Describe(ctx, names, devices...)
	if err == nil && len(described.Devices) == 0 {
		err = described.Err()
	}
	return described, err
}

func printDevice(w io.Writer, screen screen, s passthrough.Device, guestsUnknown bool) error {
	var sheet sheet
	row := func(key string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "[]" {
			sheet = append(sheet, labelled{key, text})
		}
	}
	row("Address", s.Address)
	row("Device", fmt.Sprintf("%s [%s:%s] (rev %s)", s.Name, s.Vendor, s.Device, s.Revision))
	row("Class", fmt.Sprintf("%s [%s]%s", s.ClassName, s.Class, interfaceWords(s)))
	row("State", stateCell(s, guestsUnknown).text)
	row("Subsystem", s.Subsystem)
	row("Label", s.Label)
	row("Driver", orNone(s.Driver))
	row("Kernel names", strings.Join(s.KernelNames, ", "))
	row("Former driver", s.Former)
	for _, was := range wasParts(s.Was, true) {
		row("Was", was)
	}
	if s.Was != nil && s.Was.Empty() && drivesParts(s) {
		row("Was", nothingSeen)
	}
	row("Driver override", s.Override)
	row("Wanted hidden by", s.WantedBy)
	row("Modalias", s.Modalias)
	row("Modules", strings.Join(s.Modules, ", "))
	row("Pciback slot", s.Slot)
	row("Quarantine", quarantineCell(s.Quarantine))
	if s.Permissive {
		row("Permissive", "a guest may write all of its configuration space")
	}
	if s.Guest != nil {
		row("Guest", fmt.Sprintf("%s (domain %d)", s.Guest.Name, s.Guest.ID))
	}
	if s.Remark != nil {
		row("Remark", withAdvice(s.Remark.Reason, s.Remark.Advice))
	}
	if len(s.Above) > 1 {
		row("Bridges above", addresses(s.Above))
	} else if s.Parent != nil {
		row("Bridge above", *s.Parent)
	}
	row("Functions beside it", addresses(s.Siblings))
	if s.PhysFn != nil {
		row("Virtual function of", *s.PhysFn)
	}
	row("Virtual functions", addresses(s.VirtFns))
	if s.Behind != nil {
		row("Buses behind it", s.Behind.Secondary+" to "+s.Behind.Subordinate)
	}
	row("Physical slot", s.PhysicalSlot)
	row("Device tree node", s.Node)
	row("Reset", reset(s))
	if s.NUMANode != nil {
		row("NUMA node", *s.NUMANode)
	}
	if s.IRQ != nil && *s.IRQ != 0 {
		row("IRQ", *s.IRQ)
	}
	if s.Enabled != nil {
		row("Enable count", *s.Enabled)
	}
	row("IOMMU group", s.IOMMUGroup)
	for _, r := range s.Regions {
		row(fmt.Sprintf("Region %d", r.Number), fmt.Sprintf("%s at %s to %s, %s", r.Kind, r.Start, r.End, sizeText(r.Size)))
	}
	row("Can be hidden", hideWords(s.Hide))
	for _, f := range s.Findings {
		if f.Level != passthrough.LevelRefuse { // those are the verdict
			row("For dom0", withAdvice(f.Reason, f.Advice))
		}
	}
	row("For guests", guestKinds(s.Guests))
	for _, h := range s.Hints {
		row("For guests", withAdvice(h.Reason, h.Advice))
	}
	row("Guest line", s.GuestConfig)
	return sheet.print(w, screen)
}

// interfaceWords is the programming interface of a device, where it has a name.
func interfaceWords(s passthrough.Device) string {
	if s.InterfaceName == "" {
		return ""
	}
	return ", " + s.InterfaceName
}

// drivesParts reports whether a driver would have shown interfaces or disks of the
// device: it is a network or a storage controller.
func drivesParts(s passthrough.Device) bool {
	return strings.HasPrefix(s.Class, "01") || strings.HasPrefix(s.Class, "02")
}

// hideWords returns the verdict on one line. How to pass the guard is not for
// somebody who only looks.
func hideWords(v passthrough.Verdict) string {
	if v.Code == passthrough.CodeGuard {
		v.Advice = ""
	}
	return v.String()
}

// reset returns how the kernel can reset the device without its neighbours.
func reset(s passthrough.Device) string {
	switch {
	case s.NoAnswer:
		return "it does not answer"
	case len(s.ResetMethods) > 0:
		return strings.Join(s.ResetMethods, ", ")
	case s.CanReset:
		return "yes"
	}
	return "the kernel has no way to reset it alone"
}

func orNone(driver string) string {
	if driver == "" {
		return "none"
	}
	return driver
}

func addresses(all []pci.Address) string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.String()
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

// sizeText is a size in the largest unit of which it is a multiple: "16 MiB".
func sizeText(bytes uint64) string {
	for _, unit := range []struct {
		name string
		size uint64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes > 0 && bytes%unit.size == 0 {
			return fmt.Sprintf("%d %s", bytes/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}
