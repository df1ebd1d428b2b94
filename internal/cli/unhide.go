package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// unhideOptions are the flags of unhide.
type unhideOptions struct {
	passthrough.UnhideOptions
	boot bool
}

func newUnhideCmd(a *app) *cobra.Command {
	o := &unhideOptions{}
	cmd := &cobra.Command{
		Use:   "unhide ID...",
		Short: "Give devices back to dom0",
		Long: `unhide gives devices back to dom0, whichever way they were hidden: by xenpci, by
xl, by a driver_override, by raw writes, or by hide= at boot. It takes the device
out of Xen's quarantine, removes its slot and its override, and returns it to the
driver that it came from; where that was not noted, to the driver that matches.

With --boot the device is removed from the list in /etc/xenpci as well, and the
enabled boot layers follow the list, whether it had the device or not. A declared
device that is not there any more can be named by the address that it was
declared with. It is refused while the list has another device that dom0 needs
and that the layers do not have yet; both can be named at once.

The slot of a device that was pulled out, or that never was there, is removed if
it is named by its address.

A device that a running guest has is left alone, with exit status 3; with 5
where it was removed from the list.

A driver may take some time to set the device up. unhide waits up to ten seconds, or
--timeout if that is less, until the network interface, the disk or the NVMe controller
that the device had is there again. If the driver lets go of the device, it is in dom0
without a driver; unhide says so and quotes the kernel (gave_up, probe_failed). If the
time is over, unhide says that the driver has not set the device up (not_set_up). These
are warnings: the exit status is 0.

In a PVH dom0 (dom0=pvh) a device without MSI that dom0 had not used before it was
hidden gets no interrupts until Xen connects them, which it can only while a driver
uses the device. unhide waits two seconds for that. If nobody uses it by then, unhide
says so, and has to be run once more when somebody does; a running xenpcid does it by
itself.`,
		Example: `  xenpci unhide 00:09.0
  xenpci unhide --driver vfio-pci 01:00.0`,
		Args:              someIDs,
		ValidArgsFunction: a.completeIDs(func(d passthrough.Device) bool { return d.Hidden }),
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			return runUnhide(cmd.Context(), a, args, o)
		}),
	}
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print the steps and take none")
	a.diffFlag(cmd)
	cmd.Flags().BoolVar(&o.boot, "boot", false, "also stop hiding it at boot")
	cmd.Flags().StringVar(&o.Driver, "driver", "", "the driver that is to have the device, by its `NAME` in /sys/bus/pci/drivers")
	completeFlag(cmd, "driver", a.completeDrivers)
	return cmd
}

func runUnhide(ctx context.Context, a *app, ids []string, o *unhideOptions) error {
	if err := passthrough.CheckIDs(ids...); err != nil {
		return err
	}
	verb := "unhide"
	if o.boot {
		verb += " --boot"
	}
	if err := a.needRoot(verb, o.DryRun); err != nil {
		return err
	}
	moved, err := a.unhide(ctx, ids, o)
	return a.reportMoved("unhide", o.DryRun, moved, err)
}

func (a *app) unhide(ctx context.Context, ids []string, o *unhideOptions) (passthrough.Moved, error) {
	report, stop := a.watch()
	defer stop()
	view := a.host.Look()
	if o.boot {
		return view.UnhideAtBoot(ctx, ids, o.UnhideOptions, report)
	}
	chosen, err := view.ChooseHidden(ctx, ids...)
	if err != nil {
		return passthrough.Moved{}, err
	}
	a.sayMeant(chosen.Meant)
	return view.Unhide(ctx, chosen.Devices, o.UnhideOptions, report)
}
