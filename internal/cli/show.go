package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func newShowCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID...",
		Short: "Show everything known of a device, and the line for a guest's configuration",
		Long: `show prints everything that the kernel, pciback and xenstore say of a device, and
the line with which a guest's configuration gets it.`,
		Example: `  xenpci show 00:09.0
  xenpci show --json 10b7:9055`,
		Args: someIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runShow(cmd.Context(), a, args)
		},
	}
}

func runShow(ctx context.Context, a *app, ids []string) error {
	status, lines, err := a.look(ctx, ids)
	if err != nil {
		return err
	}
	shown := make([]shownDevice, 0, len(lines))
	for _, line := range lines {
		s, err := a.shown(line)
		if err != nil {
			return err
		}
		shown = append(shown, s)
	}
	if a.json {
		return document{Verb: "show", Result: shown}.print(a.Out)
	}
	a.warnOf(status)
	for i, s := range shown {
		if i > 0 {
			fmt.Fprintln(a.Out)
		}
		if err := s.print(a.Out); err != nil {
			return err
		}
	}
	return nil
}

// shownDevice is everything known of one device.
type shownDevice struct {
	listedDevice
	Slot         pciback.Slot   `json:"slot"`
	Override     string         `json:"driver_override,omitempty"`
	Guest        *pciback.Guest `json:"guest,omitempty"`
	Remark       string         `json:"remark,omitempty"`
	Subsystem    string         `json:"subsystem,omitempty"`
	Label        string         `json:"label,omitempty"`
	Parent       *pci.Address   `json:"parent,omitempty"`
	Siblings     []pci.Address  `json:"siblings,omitempty"`
	PhysFn       *pci.Address   `json:"physfn,omitempty"`
	VirtFns      []pci.Address  `json:"virtfns,omitempty"`
	CanReset     bool           `json:"reset"`
	ResetMethods []string       `json:"reset_methods,omitempty"`
	NUMANode     *int           `json:"numa_node,omitempty"`
	IRQ          *int           `json:"irq,omitempty"`
	IOMMUGroup   string         `json:"iommu_group,omitempty"`
	Regions      []shownRegion  `json:"regions,omitempty"`
	Modules      []string       `json:"modules,omitempty"`
	GuestConfig  string         `json:"guest_config"`
}

type shownRegion struct {
	Number int    `json:"number"`
	Kind   string `json:"kind"` // "memory" or "ports"
	Start  string `json:"start"`
	Size   uint64 `json:"size"` // bytes
}

// details reads the rest of one device. Where a write may still wait in the
// kernel, what would wait with it is left out.
func (a *app) details(line statusLine) (pci.Device, error) {
	if line.Unfinished == "" {
		return pci.ReadDevice(a.root, line.Device)
	}
	devices, err := pci.Read(a.root, []pci.Address{line.Device}, pci.WithDriver|pci.WithParent|pci.WithLabel)
	if err != nil {
		return pci.Device{}, err
	}
	return devices[0], nil
}

func (a *app) shown(line statusLine) (shownDevice, error) {
	d, err := a.details(line)
	if err != nil {
		return shownDevice{}, err
	}
	names, err := a.names([]pci.Device{d}, false)
	if err != nil {
		return shownDevice{}, err
	}
	s := shownDevice{
		listedDevice: listed([]pci.Device{d}, names)[0],
		Slot:         line.Slot,
		Override:     line.Override,
		Guest:        line.Guest,
		Remark:       cmp.Or(line.Unfinished, line.remark()),
		Parent:       d.Parent,
		Siblings:     d.Siblings,
		PhysFn:       d.PhysFn,
		VirtFns:      d.VirtFns,
		CanReset:     d.CanReset,
		ResetMethods: d.ResetMethods,
		NUMANode:     d.NUMANode,
		IRQ:          d.IRQ,
		IOMMUGroup:   d.IOMMUGroup,
		GuestConfig:  "pci = [ '" + d.Address.String() + "' ]",
	}
	if vendor, device, ok := d.Subsystem(); ok {
		s.Subsystem = subsystem(names, d, vendor, device)
	}
	if d.Label != nil {
		s.Label = strings.TrimSpace(*d.Label)
	}
	for _, r := range d.Regions {
		kind := "memory"
		if r.IO() {
			kind = "ports"
		}
		s.Regions = append(s.Regions, shownRegion{r.Number, kind, fmt.Sprintf("0x%x", r.Start), r.Size()})
	}
	if modules := a.modules(); modules != nil && d.Modalias != "" {
		s.Modules = modules(d.Modalias)
	}
	return s, nil
}

// subsystem is what the card is called, with its ids.
func subsystem(names pci.Names, d pci.Device, vendor, device uint16) string {
	ids := fmt.Sprintf("[%04x:%04x]", vendor, device)
	maker, known := names.Vendor(vendor)
	if !known {
		return ids
	}
	if card, known := names.Subsystem(d.Vendor, d.Device, vendor, device); known {
		return maker + " " + card + " " + ids
	}
	return maker + " " + ids
}

func (s shownDevice) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(key string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "[]" {
			fmt.Fprintf(table, "%s:\t%s\n", key, text)
		}
	}
	row("Address", s.Address)
	row("Device", fmt.Sprintf("%s [%s:%s] (rev %s)", s.Name, s.Vendor, s.Device, s.Revision))
	row("Class", fmt.Sprintf("%s [%s]", s.ClassName, s.Class))
	row("Subsystem", s.Subsystem)
	row("Label", s.Label)
	row("Driver", orNone(s.Driver))
	row("Driver override", s.Override)
	row("Modules", strings.Join(s.Modules, ", "))
	row("Pciback slot", s.Slot)
	if s.Guest != nil {
		row("Guest", fmt.Sprintf("%s (domain %d)", s.Guest.Name, s.Guest.ID))
	}
	row("Remark", s.Remark)
	if s.Parent != nil {
		row("Bridge above", *s.Parent)
	}
	row("Functions beside it", addresses(s.Siblings))
	if s.PhysFn != nil {
		row("Virtual function of", *s.PhysFn)
	}
	row("Virtual functions", addresses(s.VirtFns))
	row("Reset", s.reset())
	if s.NUMANode != nil {
		row("NUMA node", *s.NUMANode)
	}
	if s.IRQ != nil && *s.IRQ != 0 {
		row("IRQ", *s.IRQ)
	}
	row("IOMMU group", s.IOMMUGroup)
	for _, r := range s.Regions {
		row(fmt.Sprintf("Region %d", r.Number), fmt.Sprintf("%s at %s, %d bytes", r.Kind, r.Start, r.Size))
	}
	row("For a guest", s.GuestConfig)
	return table.Flush()
}

// reset says how the kernel can reset the device without its neighbours.
func (s shownDevice) reset() string {
	switch {
	case len(s.ResetMethods) > 0:
		return strings.Join(s.ResetMethods, ", ")
	case s.CanReset:
		return "yes"
	}
	return "the kernel knows no way to reset it alone"
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
