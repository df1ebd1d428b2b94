package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// hookOptions are the flags of hook.
type hookOptions struct {
	strict bool
}

func newHookCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Commands for the scripts that start other programs",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("%q is no hook of xenpci; there are pre-xend and image", args[0])}
			}
			return &usageError{errors.New("hook needs the name of one: pre-xend or image")}
		},
	}
	o := &hookOptions{}
	preXend := &cobra.Command{
		Use:   "pre-xend",
		Short: "Apply and verify, in time for xend or xenstored",
		Long: `hook pre-xend does what apply does and checks the result, for a line in the script
that starts the toolstack. It warns of what failed and ends with 0, so that the
toolstack starts; with --strict it ends with 1 then, so that the guests wait.

In a recovery boot ("single", "recovery", "emergency" and the like on the
kernel's command line) it hides nothing, says so, and ends the same way.`,
		Example: `  xenpci hook pre-xend`,
		Args:    noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runHook(cmd.Context(), a, o)
		}),
	}
	preXend.Flags().BoolVar(&o.strict, "strict", false, "fail when a declared device is not hidden")
	image := &cobra.Command{
		Use:   "image",
		Short: "Judge the declared list before an initramfs image gets it",
		Long: `hook image prints the files of the declared list that belong into an initramfs
image, for the hooks of the programs that make one. It ends with 3 if the image
must not get them: somebody added a device to the list that dom0 needs, and a
new kernel or another package has the image made. An image with that list would
take the device at the next boot, before anything could refuse it.`,
		Example: `  xenpci hook image`,
		Args:    noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			list, err := a.host.Look().ImageList(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.print("hook image", passthrough.ClassDone, list)
			}
			for _, file := range list.Files {
				fmt.Fprintln(a.Out, file)
			}
			return nil
		}),
	}
	cmd.AddCommand(preXend, image, newHookTrialCmd(a))
	return cmd
}

// runHook never stops a boot unless it was asked to: a failure is a warning.
func runHook(ctx context.Context, a *app, o *hookOptions) error {
	const verb = "hook pre-xend"
	err := a.needRoot(verb, false)
	var applied passthrough.Applied
	if err == nil {
		applied, err = a.apply(ctx, passthrough.ApplyOptions{NotInRecovery: true})
	}
	class := passthrough.ClassDone
	failed := err != nil || applied.Class() != passthrough.ClassDone
	if failed && o.strict {
		class = passthrough.ClassFailed
	}
	err = a.reportApplied(verb, false, applied, err, class)
	if failed && !o.strict {
		a.warn("the toolstack will start anyway; 'xenpci verify' shows what to do")
	}
	return err
}
