package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newRootCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "xenpci",
		Short: "Take PCI devices away from a Xen dom0, for its guests, and give them back",
		Long: `xenpci takes PCI devices away from the drivers of a Xen dom0 and gives them to
pciback, from where guests can have them, and gives them back.

ID is an address (00:09.0, 0000:00:09.0), a slot (00:1d, 00:1d.*), or
vendor:device (10b7:9055) where exactly one device matches. An address may also be
written as a path in sysfs, as a line of lspci in quotes, or as libvirt, Qubes and
XenServer write it (pci_0000_00_09_0, dom0:00_09.0, 0/0000:00:09.0).

ID can also be the name of something that is on exactly one device: a network
interface, a bridge with one card (eth0, xenbr0), a disk or a partition (nvme0n1,
/dev/sda1, /dev/disk/by-id/...), a MAC address, a physical slot as in
/sys/bus/pci/slots, a label of the firmware, the name that xl knows or that is
declared, or an interface or a disk that a hidden device had. xenpci prints which
device it takes a name for before it does anything. A name that means several
devices is refused, with the devices.

Tab completes verbs, devices and flags after 'source <(xenpci completion bash)';
'xenpci completion --help' has it for other shells.

Exit status: 0 done or already so; 1 failed; 2 usage; 3 refused, since it is in
use, or a word is wrong; 4 no such device; 5 done for the next boot, not for now; 6
xenpcid does not answer.`,
		Example: `  xenpci list -nnk
  xenpci hide 00:09.0
  xenpci status
  xenpci unhide 00:09.0`,
		Version:       a.Build.String(),
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2, // letters
		CompletionOptions:          completionOptions(),
		Args:                       noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&a.root, "root", a.DefaultRoot, "work on the tree below `DIR`: it is prepended to /sys, /proc, /etc, /run, /boot, /lib/modules, /usr and /var")
	flags.BoolVar(&a.json, "json", false, "print one JSON document")
	_ = cmd.MarkPersistentFlagDirname("root")
	a.timeout = passthrough.DefaultTimeout
	flags.Var((*duration)(&a.timeout), "timeout", "how long one write may wait in the kernel")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	cmd.PersistentPreRunE = func(cmd *cobra.Command, args []string) (err error) {
		if !strings.HasPrefix(cmd.Name(), cobra.ShellCompRequestCmd) && slices.Contains(args, "") {
			return &usageError{fmt.Errorf("an argument of %s is empty", cmd.Name())}
		}
		if a.timeout <= 0 {
			return &usageError{fmt.Errorf("--timeout %s: must be positive", a.timeout)}
		}
		if out, ok := a.Out.(*harmless); ok {
			out.json = a.json
		}
		a.host, err = passthrough.Open(a.root, passthrough.Options{Timeout: a.timeout})
		return err
	}
	cmd.AddCommand(newListCmd(a), newStatusCmd(a), newShowCmd(a), newCheckCmd(a), newHideCmd(a), newUnhideCmd(a), newSnapshotCmd(a), newApplyCmd(a), newHookCmd(a), newBootCmd(a), newHostCmd(a), newInitramfsCmd(a), newVerifyCmd(a), newImportCmd(a), newDaemonCmd(a), newEventsCmd(a), newCallCmd(a), newVersionCmd(a), newCompletionCmd(a))
	a.foldHelp(cmd)
	return cmd
}

// noArguments refuses words that are no verb or that a verb does not take.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasParent() {
		return &usageError{fmt.Errorf("%q is no verb of xenpci%s", args[0], meant(cmd, args[0]))}
	}
	if cmd.HasSubCommands() {
		var words []string
		for _, below := range cmd.Commands() {
			words = append(words, below.Name())
		}
		return &usageError{fmt.Errorf("%q is no verb of %s; there are %s", args[0], cmd.CommandPath(), strings.Join(words, ", "))}
	}
	return &usageError{fmt.Errorf("%s takes no argument such as %q", cmd.Name(), args[0])}
}

// meant returns which verb was probably meant, as the end of a sentence; "" where that is not
// known. xl has other names for the same.
func meant(cmd *cobra.Command, word string) string {
	switch word {
	case "pci-assignable-add":
		return "; xl's pci-assignable-add is 'xenpci hide'"
	case "pci-assignable-remove":
		return "; xl's pci-assignable-remove is 'xenpci unhide'"
	case "pci-assignable-list", "pci-list":
		return "; 'xenpci status' shows what is hidden, and which guest has it"
	case "pci-attach", "pci-detach":
		return "; a guest gets and loses a hidden device by 'xl " + word + "'"
	}
	if close := cmd.SuggestionsFor(word); len(close) > 0 {
		return "; did you mean " + strings.Join(close, " or ") + "?"
	}
	return ""
}

// someIDs refuses a call without any ID.
func someIDs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{fmt.Errorf("%s needs the ID of a device, such as 00:09.0 or eth0; 'xenpci list --passthrough' shows them", cmd.Name())}
	}
	return nil
}
