package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pciback"
)

func newVerifyCmd(a *app) *cobra.Command {
	o := &passthrough.VerifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that what is declared is so, and will be at the next boot",
		Long: `verify prints a line for each declared device: where it is, which layers have it,
whether the boot loader's entries, the running kernel's command line and the
initramfs have it, which driver has it now, which had it first in this boot, and
which guest has it. Below the table it prints the first of these that disagrees,
and what to do.

Where no layer is enabled, the settings of others that 'xenpci import' finds, and with
which nothing is wrong, hide a device as well; they are named below the table.

What was declared or enabled since this boot began cannot have taken effect in
it, so the command line and the first driver are not judged then. In a recovery
boot ("single", "recovery", "emergency" and the like on the kernel's command
line) nothing is hidden by itself, which verify says of each device in dom0. It
warns of a declared device that dom0 needs.

Its exit status is 0 only if everything agrees.`,
		Example: `  xenpci verify
  xenpci verify --next`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runVerify(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.NextOnly, "next", false, "look at the next boot alone, and not at this one")
	return cmd
}

func runVerify(ctx context.Context, a *app, o *passthrough.VerifyOptions) error {
	v, err := a.host.Look().Verify(ctx, *o)
	if err != nil {
		return err
	}
	if a.json {
		return a.print("verify", v.Class(), v)
	}
	a.warnOf(v.Notes)
	if err := a.printVerified(v, o.NextOnly); err != nil {
		return err
	}
	return reported(v.Class())
}

// printVerified prints the table, and below it what disagrees.
func (a *app) printVerified(v passthrough.Verification, next bool) error {
	switch {
	case len(v.Devices) == 0 && len(v.Problems) > 0: // they say why
	case len(v.Devices) == 0:
		fmt.Fprintln(a.Out, "no device is declared")
	default:
		table := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
		header := "DEVICE\tDECLARED\tWRITTEN\tENTRY\tINITRAMFS"
		if !next {
			header += "\tCMDLINE\tNOW\tFIRST\tGUEST"
		}
		fmt.Fprintln(table, header)
		for _, d := range v.Devices {
			fmt.Fprintln(table, strings.Join(verifiedCells(d, next), "\t"))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	for _, d := range v.Devices {
		if len(d.HiddenBy) > 0 {
			fmt.Fprintf(a.Out, "%s: hidden at boot by %s, and by no layer of xenpci\n", d.Address, strings.Join(d.HiddenBy, ", "))
		}
		if d.Problem != nil {
			a.warn(d.Problem.String())
		}
	}
	a.warnOf(v.Problems)
	return nil
}

func verifiedCells(d passthrough.Verified, next bool) []string {
	where := "in place"
	switch {
	case d.Place == passthrough.PlaceMoved:
		where = "now " + d.Now.String()
	case d.Place == passthrough.PlaceAnother:
		where = string(passthrough.DeclaredOtherCard)
	case !d.Place.Found():
		where = string(d.Place) // absent, ambiguous or claimed
	}
	cells := []string{d.Address.String(), where, writtenWords(d), answerCell(d.Entry), answerCell(d.Initramfs)}
	if next {
		return cells
	}
	guest := "-"
	if d.Guest != nil {
		guest = d.Guest.String()
	}
	first := cmp.Or(d.First, "?")
	if d.First != "" && d.First != pciback.Name && d.Since {
		first += " (before)"
	}
	return append(cells, answerCell(d.CommandLine), cmp.Or(d.Driver, "-"), first, guest)
}

func answerCell(a passthrough.Answer) string {
	if a == passthrough.AnswerNone {
		return "-"
	}
	return string(a)
}

// writtenWords are the layers that have the device, and those that should.
func writtenWords(d passthrough.Verified) string {
	var words []string
	for _, layer := range passthrough.Layers() {
		switch d.Written[layer] {
		case passthrough.AnswerYes:
			words = append(words, layer.String())
		case passthrough.AnswerNo:
			words = append(words, "not "+layer.String())
		}
	}
	if len(words) == 0 && len(d.HiddenBy) > 0 {
		return "by others"
	}
	return cmp.Or(strings.Join(words, ","), "-")
}
