package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
)

// unhideOptions are the flags and arguments of unhide.
type unhideOptions struct {
	ids    []string
	dryRun bool
	driver string
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

A device that a running guest has is left alone, with exit status 3.`,
		Example: `  xenpci unhide 00:09.0
  xenpci unhide --driver vfio-pci 01:00.0`,
		Args: someIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ids = args
			return runUnhide(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "print the steps and take none")
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
	devices, err := a.selectDevices(o.ids)
	if err != nil {
		return err
	}
	e := a.engine()
	stop := a.watch(e)
	results, err := e.Unhide(ctx, devices, plan.UnhideOptions{Driver: o.driver}, engine.Options{DryRun: o.dryRun})
	stop()
	if err != nil {
		return err
	}
	return a.report("unhide", o.dryRun, results)
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
