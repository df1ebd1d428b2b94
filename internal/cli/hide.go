package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// hideOptions are the flags of hide.
type hideOptions struct {
	passthrough.HideOptions
	boot, try bool
	minutes   int
	reboot    bool
}

func newHideCmd(a *app) *cobra.Command {
	o := &hideOptions{}
	cmd := &cobra.Command{
		Use:   "hide ID...",
		Short: "Take devices away from dom0",
		Long: `hide takes devices from the drivers that have them and binds them to pciback,
which can then give them to guests. The module xen-pciback is loaded if it has to be.
Several devices are moved side by side. A slot (00:1d) is all its functions; if one of
them is refused, none is hidden.

As xl pci-assignable-add does, it puts the device into Xen's quarantine where
there is an IOMMU, and notes in xenstore which driver the device came from, where
xenstored runs.

A device that dom0 needs is refused, with the chain that leads to it; --force hides it
anyway. 'xenpci check' asks beforehand.

In a PVH dom0 (dom0=pvh) a PV guest gets no interrupts from a device, and may make
dom0's kernel fail. hide warns of that, and hides the device.

With --boot the device is declared in /etc/xenpci as well, and hidden at every
boot from then on: 'xenpci boot' shows how. Exit status 5 says that this was
done, and that the device could not be hidden now. It is refused, also with
--force, while the list has another device that dom0 needs and that the layers
do not have yet.

With --boot --try one boot hides the devices, and nothing is hidden now or declared.
Unless somebody runs 'xenpci host confirm' in that boot within --minutes, the machine
restarts by itself, and boots as before with the devices in dom0: also where one of
them turns out to be needed, and nobody can log in. 'host confirm' declares them, and
'xenpci host undo' takes the trial back at any time. It needs what 'xenpci host try'
needs, such as GRUB 2.

With --dry-run it prints the steps for each device, or why it would be refused, and
with --boot which files would change and what would be run; --diff has the lines.

A device that could not be hidden is put back where it was. A device that is
hidden already is success.`,
		Example: `  xenpci hide 00:09.0
  xenpci hide eth1
  xenpci hide --boot 00:09.0
  xenpci hide --boot --try eth1 --minutes 20 --reboot
  xenpci hide --dry-run 00:1d 10b7:9055`,
		Args: someIDs,
		ValidArgsFunction: a.completeIDs(func(d passthrough.Device) bool {
			switch d.State {
			case passthrough.DeviceHidden:
				return o.boot // to be declared
			case passthrough.DeviceFree, passthrough.DeviceTogether:
				return true
			case passthrough.DeviceInUse, passthrough.DeviceVFsHidden:
				return o.Force
			}
			return false
		}),
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags().Changed("minutes")); err != nil {
				return err
			}
			return runHide(cmd.Context(), a, args, o)
		}),
	}
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print the steps and take none")
	a.diffFlag(cmd)
	cmd.Flags().BoolVar(&o.NoQuarantine, "no-quarantine", false, "leave Xen's quarantine out")
	cmd.Flags().BoolVar(&o.Force, "force", false, "hide also what dom0 needs; what the guard found is still printed")
	cmd.Flags().BoolVar(&o.Permissive, "permissive", false, "let its guest write all of its configuration space")
	cmd.Flags().BoolVar(&o.boot, "boot", false, "hide at every boot as well")
	cmd.Flags().BoolVar(&o.try, "try", false, "with --boot: hide in one boot only, unless that is confirmed")
	minutesFlag(cmd, &o.minutes)
	cmd.Flags().BoolVar(&o.reboot, "reboot", false, "with --try: restart the machine when everything is prepared")
	cmd.Flags().StringVar(&o.Name, "name", "", "the `NAME` that xl is to know the device by")
	completeFlag(cmd, "name", cobra.NoFileCompletions)
	return cmd
}

// check returns why the flags do not go together.
func (o *hideOptions) check(minutes bool) error {
	switch {
	case o.try && !o.boot:
		return &usageError{errors.New("--try goes with --boot")}
	case minutes && !o.try:
		return &usageError{errors.New("--minutes goes with --boot --try")}
	case o.reboot && !o.try:
		return &usageError{errors.New("--reboot goes with --boot --try")}
	case o.reboot && o.DryRun:
		return &usageError{errors.New("--dry-run changes nothing, and does not go with --reboot")}
	}
	return nil
}

func runHide(ctx context.Context, a *app, ids []string, o *hideOptions) error {
	if err := passthrough.CheckIDs(ids...); err != nil {
		return err
	}
	verb := "hide"
	if o.boot {
		verb += " --boot"
	}
	if o.try {
		verb += " --try"
	}
	if err := a.needRoot(verb, o.DryRun); err != nil {
		return err
	}
	view := a.host.Look()
	chosen, err := view.Choose(ctx, ids...)
	if err != nil {
		return err
	}
	a.sayMeant(chosen.Meant)
	o.Together = chosen.Together
	if o.try {
		return runHideTry(ctx, a, view, chosen.Devices, o)
	}
	hide := view.Hide
	if o.boot {
		hide = view.HideAtBoot
	}
	report, stop := a.watch()
	moved, err := hide(ctx, chosen.Devices, o.HideOptions, report)
	stop()
	return a.reportMoved("hide", o.DryRun, moved, err)
}

func runHideTry(ctx context.Context, a *app, view *passthrough.View, devices []pci.Address, o *hideOptions) error {
	report, stop := a.watch()
	moved, err := view.TryHide(ctx, devices, passthrough.TryHideOptions{HideOptions: o.HideOptions, Minutes: o.minutes}, report)
	stop()
	if err != nil || moved.Try == nil {
		return a.reportMoved("hide", o.DryRun, moved, err)
	}
	reboot := o.reboot && moved.Class() == passthrough.ClassDone
	if a.json {
		return a.reportMoved("hide", o.DryRun, moved, a.begin(ctx, *moved.Try, reboot))
	}
	reportErr := a.reportMoved("hide", o.DryRun, moved, nil)
	if err := a.begin(ctx, *moved.Try, reboot); err != nil {
		return err
	}
	return reportErr
}
