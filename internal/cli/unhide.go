package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// unhideOptions are the flags and arguments of unhide.
type unhideOptions struct {
	ids    []string
	dryRun bool
	driver string
	boot   bool
}

func newUnhideCmd(a *app) *cobra.Command {
	o := &unhideOptions{}
	cmd := &cobra.Command{
		Use:   "unhide ID...",
		Short: "Give devices back to dom0",
		Long: `unhide gives devices back to dom0, whoever hid them and however: xenpci, xl, a
driver_override, raw writes, or hide= at boot. It takes the device out of Xen's
quarantine, removes its slot and its override, and returns it to the driver that
it came from; where nobody noted that, to the driver that matches.

With --boot it is taken off the list in /etc/xenpci as well, and the layers that
are enabled follow the list, whether it had the device or not. A declared device that is not there any more can be named by
the address that it was declared with.

A device that a running guest has is left alone, with exit status 3; with 5
where it was taken off the list.`,
		Example: `  xenpci unhide 00:09.0
  xenpci unhide --driver vfio-pci 01:00.0`,
		Args: someIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ids = args
			return runUnhide(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print the steps and take none")
	cmd.Flags().BoolVar(&o.boot, "boot", false, "hide it at no boot any more as well")
	cmd.Flags().StringVar(&o.driver, "driver", "", "the driver that is to have the device, by its `NAME` in /sys/bus/pci/drivers")
	return cmd
}

func runUnhide(ctx context.Context, a *app, o *unhideOptions) error {
	if _, err := parseIDs(o.ids); err != nil {
		return err
	}
	if err := a.needRoot("unhide", o.dryRun); err != nil {
		return err
	}
	if err := checkDriver(o.driver); err != nil {
		return err
	}
	if o.boot {
		return a.unhideAtBoot(ctx, o)
	}
	devices, err := a.selectDevices(o.ids)
	if err != nil {
		return err
	}
	results, err := a.unhideNow(ctx, devices, o)
	if err != nil {
		return err
	}
	return a.report("unhide", o.dryRun, results, nil, nil)
}

func (a *app) unhideNow(ctx context.Context, devices []pci.Address, o *unhideOptions) ([]engine.Result, error) {
	e := a.engine()
	stop := a.watch(e)
	defer stop()
	return e.Unhide(ctx, devices, plan.UnhideOptions{Driver: o.driver}, engine.Options{DryRun: o.dryRun})
}

// unhideAtBoot takes devices off the list, and gives back now those that are
// there. Off the list comes first: if giving back hangs, the next boot does not
// hide the device again.
func (a *app) unhideAtBoot(ctx context.Context, o *unhideOptions) error {
	listed, devices, err := a.selectDeclared(o.ids)
	if err != nil {
		return err
	}
	part, err := a.withdraw(ctx, listed, devices, o.dryRun)
	switch {
	case err != nil && len(listed) > 0:
		return fmt.Errorf("still declared: %w", err)
	case err != nil:
		return fmt.Errorf("it is not declared, but what hides at boot may have it still: %w", err)
	case len(listed) == 0 && len(part.Layers)+len(part.setupResult.Removed)+len(part.Commands) == 0:
		part = nil
	}
	a.sayBoot(part, o.dryRun)
	for _, device := range devices {
		if !a.json && !isListed(listed, device) {
			fmt.Fprintf(a.Out, "%s: is not declared\n", device)
		}
	}
	var results []engine.Result
	if len(devices) > 0 {
		results, err = a.unhideNow(ctx, devices, o)
	}
	const what = "declared no more, but not given back now"
	for i, r := range results {
		if isListed(listed, r.Device) {
			results[i].Err = later(o.dryRun, what, r.Err)
		}
	}
	if len(listed) > 0 {
		err = later(o.dryRun, what, err)
	}
	return a.report("unhide", o.dryRun, results, part, err)
}

// isListed says whether one of the findings is about a device that is there.
func isListed(listed []config.Finding, device pci.Address) bool {
	return slices.ContainsFunc(listed, func(f config.Finding) bool { return means(f, device) || !f.Found() && f.Address == device })
}

// selectDeclared turns IDs into what stands in the list, and the addresses of
// devices that are there, each once: an ID may name either, or both.
func (a *app) selectDeclared(ids []string) (listed []config.Finding, devices []pci.Address, err error) {
	d, err := a.readDeclared()
	if err != nil {
		return nil, nil, err
	}
	chosen := make([]bool, len(d.findings))
	for _, id := range ids {
		found, err := a.selectDevices([]string{id})
		selector, parseErr := pci.ParseSelector(id)
		if parseErr != nil {
			return nil, nil, parseErr
		}
		known := false
		for i, f := range d.findings {
			if namesDeclared(selector, f) || slices.ContainsFunc(found, func(device pci.Address) bool { return means(f, device) }) {
				chosen[i], known = true, true
			}
		}
		switch {
		case known:
		case len(d.problems) > 0:
			return nil, nil, fmt.Errorf("%s: whether it is declared is not known, since the list is not understood; mend that first: %w", id, d.problems[0])
		case err != nil:
			return nil, nil, err
		}
		for _, device := range found {
			if !slices.Contains(devices, device) {
				devices = append(devices, device)
			}
		}
	}
	for i, f := range d.findings {
		if chosen[i] {
			listed = append(listed, f)
		}
	}
	return listed, devices, nil
}

// namesDeclared says whether an ID is the address, or the slot, with which a
// device was declared that was not found.
func namesDeclared(s pci.Selector, f config.Finding) bool {
	switch {
	case f.Found() || s.Kind == pci.KindModel:
		return false
	case s.Kind == pci.KindSlot:
		return f.Address.SameSlot(s.Address)
	}
	return f.Address == s.Address
}

// checkDriver refuses what cannot be the name of a driver: it becomes part of a
// path.
func checkDriver(name string) error {
	if strings.ContainsAny(name, "/*\n\x00 ") || name == "." || name == ".." || len(name) > maxName {
		return &usageError{fmt.Errorf("--driver %q: not a driver's name", name)}
	}
	if name == "pciback" {
		return &usageError{fmt.Errorf("--driver pciback: that is what 'xenpci hide' is for")}
	}
	return nil
}
