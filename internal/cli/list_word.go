package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/pci"
)

// listNoWord returns the error for a word that was given to list, which takes flags only: with
// the flag that lists what was meant.
func (a *app) listNoWord(cmd *cobra.Command, word string) error {
	return &usageError{fmt.Errorf("list takes no argument such as %q; %s", word, a.listsInstead(cmd, word))}
}

func (a *app) listsInstead(cmd *cobra.Command, word string) string {
	if cmd.Flags().Lookup(word) != nil {
		return "did you mean --" + word + "?"
	}
	selector, err := pci.ParseSelector(word)
	if wrong := (*pci.AddressError)(nil); errors.As(err, &wrong) && wrong.Meant != "" {
		selector, err = pci.ParseSelector(wrong.Meant)
	}
	if err == nil {
		return "'xenpci list " + filterFor(selector) + "' lists that device, as with lspci"
	}
	if devices, err := a.host.Look().Select(word); err == nil {
		return "'xenpci list " + filterFor(pci.Selector{Address: devices[0]}) + "' lists " + word
	}
	text := "-s ADDRESS and -d VENDOR:DEVICE choose devices"
	if simpleWord(word) {
		text += ", and 'xenpci list | grep -i " + word + "' finds a name"
	}
	return text
}

// filterFor returns the flag of lspci that chooses what an ID names.
func filterFor(s pci.Selector) string {
	switch s.Kind {
	case pci.KindModel:
		return "-d " + s.String()
	case pci.KindSlot:
		return "-s " + strings.TrimSuffix(s.Address.Short(), ".0")
	default:
		return "-s " + s.Address.Short()
	}
}

// simpleWord reports whether a shell takes a word as it is, and grep does not take it for a
// flag.
func simpleWord(word string) bool {
	return word != "" && word[0] != '-' && !strings.ContainsFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}
