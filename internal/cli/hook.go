package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// hookOptions are the flags of hook.
type hookOptions struct {
	strict bool
}

func newHookCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "What the start of other programs calls",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("%q is no hook of xenpci; there is pre-xend", args[0])}
			}
			return &usageError{errors.New("hook needs the name of one: pre-xend")}
		},
	}
	o := &hookOptions{}
	preXend := &cobra.Command{
		Use:   "pre-xend",
		Short: "Apply and verify, in time for xend or xenstored",
		Long: `hook pre-xend does what apply does and looks whether it came true, for a line in
the script that starts the toolstack. It warns of what is not so and ends with
0, so that the toolstack starts; with --strict it ends with 1 then, so that the
guests wait.

In a recovery boot ("single", "recovery", "emergency" and the like on the
kernel's command line) it hides nothing, says so, and ends in the same way.`,
		Example: `  xenpci hook pre-xend`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runHook(cmd.Context(), a, o)
		},
	}
	preXend.Flags().BoolVar(&o.strict, "strict", false, "fail when a declared device is not hidden")
	cmd.AddCommand(preXend)
	return cmd
}

// runHook never stops a boot unless it was asked to: what fails is a warning.
func runHook(ctx context.Context, a *app, o *hookOptions) error {
	const verb = "hook pre-xend"
	var r applied
	var err error
	if word, found := boot.Recovery(sysfs.New(a.root)); found {
		err = errors.New(inRecovery(word))
	} else {
		r, err = a.applyDeclared(ctx, verb, false)
	}
	failed := err != nil || r.status() != StatusDone
	status := StatusDone
	if failed && o.strict {
		status = StatusFailed
	}
	switch {
	case err == nil:
		err = a.reportApplied(verb, status, r)
	case a.json:
		_ = document{Verb: verb, Status: status, Error: errorDocument(err)}.print(a.Out)
		err = printed(status)
	default:
		a.warn(a.failure(err))
		err = printed(status)
	}
	if failed && !o.strict {
		a.warn("the toolstack starts all the same; 'xenpci verify' says what to do")
	}
	return err
}
