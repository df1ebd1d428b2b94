package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostCheckCmd(a *app) *cobra.Command {
	strict, all := false, false
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check what boots next, or a boot loader's file, for faults",
		Long: `check reads what boots next and prints a line for each fault: where it is, whether
it is an error or a warning, the word, why, what to do, and a code for scripts. It
looks at the entry and its files, at each word of Xen's command line by the options
that the hypervisor's image itself has, at words on the wrong line, and at the memory
of dom0. With FILE it checks that file as if the boot loader read it: a grub.cfg, a
menu.lst, an extlinux.conf, a configuration of xen.efi or a unified image. It
changes nothing.

Only the entry that boots by default is checked. With --all the others that boot Xen
are checked too: their files and their words.

An unknown word on the line of dom0's kernel is a fault if it is for a module that has
no such parameter, or is nearly a word that the kernel takes. Others are none, since
systemd, dracut or a script of the initramfs may read them.

Exit status: 0 no errors, though there may be warnings; 1 at least one error, or the
file cannot be read; with --strict a warning is enough. A note says what could not
be checked, and does not change the exit status.`,
		Example: `  xenpci host check
  xenpci host check --strict
  xenpci host check --all
  xenpci host check /boot/grub/menu.lst.new`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Errorf("check takes one file, and not %q too", args[1])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runHostCheck(cmd.Context(), a, args, strict, all)
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 1 for warnings too")
	cmd.Flags().BoolVar(&all, "all", false, "check the other entries that boot Xen too")
	return cmd
}

func runHostCheck(ctx context.Context, a *app, args []string, strict, all bool) error {
	file := ""
	if len(args) > 0 {
		file = args[0]
		if a.host.ThisMachine() {
			var err error
			if file, err = filepath.Abs(file); err != nil {
				return err
			}
		}
		file = filepath.Join("/", file)
	}
	checked, err := a.host.Look().CheckHostBoot(ctx, passthrough.HostCheckOptions{File: file, All: all})
	if err != nil {
		return err
	}
	if a.json {
		return a.print("host check", checked.Class(strict), checked)
	}
	for _, f := range checked.Findings {
		printHostFinding(a.Out, f)
	}
	if checked.Errors+checked.Warnings == 0 {
		fmt.Fprintln(a.Out, "no fault found")
	} else {
		fmt.Fprintf(a.Out, "errors: %d, warnings: %d\n", checked.Errors, checked.Warnings)
	}
	return reported(checked.Class(strict))
}

// printHostFinding prints a finding on a line, as compilers do.
func printHostFinding(w io.Writer, f passthrough.HostFinding) {
	text := string(f.Severity) + ": "
	if place := placeWords(f.Place); place != "" {
		text = place + ": " + text
	}
	if f.Word != "" {
		text += f.Word + ": "
	}
	fmt.Fprintf(w, "%s%s [%s]\n", text, withAdvice(f.Reason, f.Advice), f.Code)
}
