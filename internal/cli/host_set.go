package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// hostWordsOptions are the flags of host set and host unset.
type hostWordsOptions struct {
	passthrough.HostWordsOptions
	add, replace bool
}

func newHostSetCmd(a *app) *cobra.Command {
	o := &hostWordsOptions{}
	cmd := &cobra.Command{
		Use:   "set xen|dom0 WORD...",
		Short: "Set words of Xen's command line, or of dom0's",
		Long: `set gives the command line of Xen, or that of dom0's kernel, these words from the
next boot on: in the settings of GRUB 2 that only entries with Xen use, in those of
update-extlinux, or in the entries themselves where no program makes them. It runs
the system's generator, and reads back the entries; if they do not have the words,
it takes everything back. 'xenpci host unset' gives back the bytes that were there
before.

A new word replaces the other words of its option. An option that may be given more
than once, such as console= on dom0's line or iommu= on Xen's, is not touched where
it is there already, unless --add keeps what is there or --replace removes it.

Words in which 'xenpci host check' would find an error are refused: options that this
Xen does not take, values of the wrong type, words on the wrong line. --force sets
them anyway. Faults that were there before do not matter.

Only the normal entries are changed; with --recovery also those for recovery.`,
		Example: `  xenpci host set xen dom0_mem=2G,max:2G
  xenpci host set xen --dry-run --diff smt=off
  xenpci host set dom0 --add console=hvc0`,
		Args:              hostWordsArguments("set"),
		ValidArgsFunction: a.completeHostWords(false),
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			o.Set = args[1:]
			return runHostWords(cmd.Context(), a, "host set", args[0], o)
		}),
	}
	cmd.Flags().BoolVar(&o.add, "add", false, "keep the other words of an option that may be given more than once")
	cmd.Flags().BoolVar(&o.replace, "replace", false, "remove the other words of such an option")
	cmd.Flags().BoolVar(&o.Force, "force", false, "set words in which the check finds an error; what it found is still printed")
	hostWordsFlags(cmd, a, o)
	return cmd
}

func newHostUnsetCmd(a *app) *cobra.Command {
	o := &hostWordsOptions{}
	cmd := &cobra.Command{
		Use:   "unset xen|dom0 WORD|OPTION...",
		Short: "Remove words of Xen's command line, or of dom0's",
		Long: `unset removes words from the command line of Xen, or from that of dom0's kernel. An
OPTION without a value is the word with that option, whatever its value is. Where
there are several such words, each has to be named as a whole.

Where 'xenpci host set' set the word, what it replaced comes back, to the byte. Any
other word is removed; 'xenpci host set' sets it again.

The rest is as 'xenpci host set' says.`,
		Example: `  xenpci host unset xen smt
  xenpci host unset dom0 console=ttyS0,115200
  xenpci host unset xen --dry-run --diff dom0_mem`,
		Args:              hostWordsArguments("unset"),
		ValidArgsFunction: a.completeHostWords(true),
		RunE: interruptible(func(cmd *cobra.Command, args []string) error {
			o.Unset = args[1:]
			return runHostWords(cmd.Context(), a, "host unset", args[0], o)
		}),
	}
	hostWordsFlags(cmd, a, o)
	return cmd
}

// hostWordsArguments wants a line and at least one word.
func hostWordsArguments(verb string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return &usageError{fmt.Errorf("%s wants xen or dom0, and the words", verb)}
		case args[0] != string(passthrough.HostXenLine) && args[0] != string(passthrough.HostDom0Line):
			return &usageError{fmt.Errorf("%q is neither xen nor dom0; say first which line the words are for", args[0])}
		case len(args) == 1:
			return &usageError{fmt.Errorf("%s %s wants the words", verb, args[0])}
		}
		for _, word := range args[1:] {
			if word == string(passthrough.HostXenLine) || word == string(passthrough.HostDom0Line) {
				return &usageError{fmt.Errorf("%s takes words of one line; run it again for those of %s", verb, word)}
			}
		}
		return nil
	}
}

func hostWordsFlags(cmd *cobra.Command, a *app, o *hostWordsOptions) {
	cmd.Flags().BoolVar(&o.Recovery, "recovery", false, "also in the entries for recovery")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "print what would change, and change nothing")
	a.diffFlag(cmd)
}

func runHostWords(ctx context.Context, a *app, verb, line string, o *hostWordsOptions) error {
	o.Line = passthrough.HostLine(line)
	switch {
	case o.add && o.replace:
		return &usageError{errors.New("--add and --replace exclude each other")}
	case o.add:
		o.Repeat = passthrough.HostRepeatAdd
	case o.replace:
		o.Repeat = passthrough.HostRepeatReplace
	}
	if err := a.needRoot(verb, o.DryRun); err != nil {
		return err
	}
	change, err := a.host.Look().ChangeHostWords(ctx, o.HostWordsOptions, func(c passthrough.HostWordsChange) {
		if !a.json {
			a.announceWords(c, o.Unset)
		}
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.print(verb, passthrough.ClassDone, change)
	}
	if change.DryRun {
		a.printPlan(passthrough.BootChange{Files: change.Files, Commands: change.Commands, Diff: change.Diff})
	}
	return nil
}

// announceWords prints which words change, and what is about to happen. unset are those that were to go.
func (a *app) announceWords(c passthrough.HostWordsChange, unset []string) {
	a.warnOf(c.Warnings)
	if len(c.Entries) == 0 {
		a.printWords(c.Line, c.Removed, c.Added)
	}
	for entries := c.Entries; len(entries) > 0; {
		entries = a.printEntries(c.Line, entries, len(c.Entries) > 1)
	}
	switch {
	case len(c.Files) == 0 && len(unset) > 0:
		fmt.Fprintf(a.Out, "nothing to write: no file sets %s on the line of %s\n", strings.Join(unset, " or "), c.Line)
	case c.Nothing():
		fmt.Fprintln(a.Out, "everything is as it should be already")
	}
	if c.DryRun || c.Nothing() {
		return
	}
	a.announceFiles(c.Files, c.Commands, c.Elsewhere)
}

// printWords prints the words that go, and those that come.
func (a *app) printWords(line passthrough.HostLine, removed, added []string) {
	for _, word := range removed {
		fmt.Fprintf(a.Out, "%s: - %s\n", line, word)
	}
	for _, word := range added {
		fmt.Fprintf(a.Out, "%s: + %s\n", line, word)
	}
}

// printEntries prints the words that change in the first entry, and the names of all entries in which
// the same words change. It returns the others.
func (a *app) printEntries(line passthrough.HostLine, entries []passthrough.HostWordsEntry, named bool) (rest []passthrough.HostWordsEntry) {
	first := entries[0]
	a.printWords(line, first.Removed, first.Added)
	for _, e := range entries {
		if !slices.Equal(e.Removed, first.Removed) || !slices.Equal(e.Added, first.Added) {
			rest = append(rest, e)
			continue
		}
		place := e.File
		if e.Line > 0 {
			place = fmt.Sprintf("%s:%d", e.File, e.Line)
		}
		if named {
			fmt.Fprintf(a.Out, "    %s: %s\n", place, e.Title)
		}
	}
	return rest
}
