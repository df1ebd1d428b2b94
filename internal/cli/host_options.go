package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newHostOptionsCmd(a *app) *cobra.Command {
	dom0 := false
	cmd := &cobra.Command{
		Use:   "options [NAME]",
		Short: "List the options of the hypervisor that boots next, or of dom0's kernel",
		Long: `options prints a line for each option of the hypervisor that boots next, as its
image has them: the name, the type, the words of the command line that set it, the
documented default, and the documented values. With NAME it prints everything of
that one, with the file and line of each word that sets it.

An image that does not tell its options (one for Arm, or one that cannot be read)
gets those of the nearest release that is known, and xenpci says so.

With --dom0 it lists the parameters of dom0's kernel that boots next, as its image
and its modules have them: those of the kernel itself, and of the loadable modules
that the command line names. NAME can also be a module then, loaded or not. Words that
init or a script of the initramfs reads are not among them.`,
		Example: `  xenpci host options
  xenpci host options dom0_mem
  xenpci host options --dom0 console
  xenpci host options --dom0 xen-pciback
  xenpci host options --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Errorf("options takes one name, and not %q too", args[1])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if dom0 {
				return runDom0Options(cmd.Context(), a, strings.Join(args, ""))
			}
			return runHostOptions(a, strings.Join(args, ""))
		},
	}
	cmd.Flags().BoolVar(&dom0, "dom0", false, "list the parameters of dom0's kernel")
	return cmd
}

func runDom0Options(ctx context.Context, a *app, name string) error {
	all, err := a.host.Look().Dom0Options(ctx, name)
	if err != nil {
		return err
	}
	if a.json {
		return a.print("host options", passthrough.ClassDone, all)
	}
	if len(all.Options) == 1 && name != "" {
		printDom0Option(a.Out, all.Options[0])
		return nil
	}
	t := table{titles: []string{"NAME", "TYPE", "SET", "ABOUT"}, narrow: []narrowing{{3, 12}, {2, 10}, {3, 0}}}
	for _, o := range all.Options {
		t.rows = append(t.rows, []cell{{o.Name, plain}, {typeWords(o), plain}, {setWords(o), plain}, {o.About, plain}})
	}
	return t.print(a.Out, screenOf(a.Out))
}

// printDom0Option prints everything of a parameter of the kernel.
func printDom0Option(w io.Writer, o passthrough.HostOption) {
	fmt.Fprintln(w, printable(o.Name, maxSetting))
	field(w, "type", cmp.Or(typeWords(o), "not known"))
	if o.Module != "" {
		field(w, "module", o.Module)
	}
	if o.About != "" {
		field(w, "about", printable(o.About, maxSentence))
	}
	printSet(w, o)
}

func runHostOptions(a *app, name string) error {
	all, err := a.host.Look().HostOptions(name)
	if err != nil {
		return err
	}
	if a.json {
		return a.print("host options", passthrough.ClassDone, all)
	}
	if !all.Read {
		const instead = "these are those of a build of Xen "
		if why := all.Why; why != nil && why.Code == passthrough.CodePermission {
			a.warn(withAdvice(why.Reason+", so "+instead+all.Table, why.Advice))
		} else {
			a.warn(cmp.Or(all.Image, "the hypervisor's image") + " does not tell its options; " + instead + all.Table)
		}
	}
	if name != "" {
		printHostOption(a.Out, all.Options[0])
		return nil
	}
	t := table{titles: []string{"NAME", "TYPE", "SET", "DEFAULT", "TAKES"}, narrow: []narrowing{{4, 12}, {2, 10}, {4, 0}}}
	for _, o := range all.Options {
		t.rows = append(t.rows, []cell{{o.Name, plain}, {typeWords(o), plain}, {setWords(o), plain}, {o.Default, plain}, {o.Takes, plain}})
	}
	return t.print(a.Out, screenOf(a.Out))
}

// typeWords is the type of an option, with the room of a string.
func typeWords(o passthrough.HostOption) string {
	if o.Room > 0 {
		return fmt.Sprintf("%s(%d)", o.Type, o.Room)
	}
	return string(o.Type)
}

// setWords are the words that set an option.
func setWords(o passthrough.HostOption) string {
	var words []string
	for _, w := range o.Set {
		words = append(words, w.Word)
	}
	return strings.Join(words, " ")
}

// printHostOption prints everything of an option.
func printHostOption(w io.Writer, o passthrough.HostOption) {
	fmt.Fprintln(w, o.Name)
	field(w, "type", cmp.Or(typeWords(o), "not known"))
	field(w, "takes", cmp.Or(o.Takes, "not documented"))
	field(w, "default", cmp.Or(o.Default, "none documented"))
	printSet(w, o)
}

// printSet prints the words that set an option.
func printSet(w io.Writer, o passthrough.HostOption) {
	for _, word := range o.Set {
		field(w, "set", word.Word)
		field(w, "", placeWords(word.Place))
	}
	if len(o.Set) == 0 {
		field(w, "set", "no")
	}
}
