package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// completeHostWords offers the two lines, and then, for Xen's line, the options of the hypervisor;
// to unset, the words that the line has.
func (a *app) completeHostWords(unset bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, begun string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
		offer := func(word, what string) {
			if strings.HasPrefix(word, begun) && !strings.ContainsFunc(word, unfitForShell) {
				found = append(found, cobra.CompletionWithDesc(word, what))
			}
		}
		directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		host, err := passthrough.Open(a.root, passthrough.Options{})
		switch {
		case len(given) == 0:
			offer(string(passthrough.HostXenLine), "Xen's command line")
			offer(string(passthrough.HostDom0Line), "the command line of dom0's kernel")
		case err != nil:
			return nil, cobra.ShellCompDirectiveError
		case unset:
			next := host.Look().HostBoot().Next
			line := next.Dom0Line
			if given[0] == string(passthrough.HostXenLine) {
				line = next.XenLine
			}
			for _, word := range line {
				offer(word.Word, placeWords(word.Place))
			}
		case given[0] == string(passthrough.HostXenLine):
			options, err := host.Look().HostOptions("")
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			for _, o := range options.Options {
				offer(o.Name+"=", o.Takes)
			}
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		return found, directive
	}
}

// unfitForShell reports whether a shell takes a character for something else than a part of a word.
func unfitForShell(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"'\\$`;&|<>(){}[]#*?~!", r)
}
