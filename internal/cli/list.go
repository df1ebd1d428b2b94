package cli

import (
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/lspci"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// listOptions are the flags of list, which are lspci's.
type listOptions struct {
	numeric int
	domains bool
	kernel  bool
	slots   []string
	ids     []string
}

func newListCmd(a *app) *cobra.Command {
	o := &listOptions{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List PCI devices, in lspci's lines",
		Long: `list prints what lspci prints for the same flags. A device that pciback has
stays in the list; -k shows the driver that has it.

A device that cannot be read costs a line on stderr and exit status 1, never
the list.`,
		Example: `  xenpci list -nnk
  xenpci list -s 00:1d
  xenpci list -d 10b7:`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runList(cmd.Context(), a, o)
		},
	}
	flags := cmd.Flags()
	flags.CountVarP(&o.numeric, "numeric", "n", "ids in place of names; -nn: names and ids")
	flags.BoolVarP(&o.domains, "domains", "D", false, "always show the domain")
	flags.BoolVarP(&o.kernel, "kernel", "k", false, "show the driver and the modules of each device")
	flags.StringArrayVarP(&o.slots, "slot", "s", nil, "only devices at `[[[[domain]:]bus]:][slot][.[function]]`")
	flags.StringArrayVarP(&o.ids, "device", "d", nil, "only devices with `[vendor]:[device][:class[:prog-if]]`")
	return cmd
}

func runList(ctx context.Context, a *app, o *listOptions) error {
	filter, err := o.filter()
	if err != nil {
		return &usageError{err}
	}
	a.recoverFirst(ctx)
	devices, domains, broken := lspci.Select(a.root, filter, o.kernel || a.json)
	if broken != nil && len(devices) == 0 {
		return broken
	}
	names, err := a.names(devices, o.numeric == 1)
	if err != nil {
		return err
	}
	if a.json {
		err = document{Verb: "list", Status: statusOf(broken), Result: listed(devices, names)}.print(a.Out)
	} else {
		err = lspci.List(a.Out, devices, o.lspci(a, names, domains))
	}
	if err != nil {
		return err
	}
	if broken != nil {
		a.warn(broken.Error())
		return &printedError{status: StatusFailed}
	}
	return nil
}

func (o *listOptions) filter() (pci.Filter, error) {
	var filter pci.Filter
	for _, s := range o.slots {
		if err := filter.ParseSlot(s); err != nil {
			return filter, err
		}
	}
	for _, d := range o.ids {
		if err := filter.ParseID(d); err != nil {
			return filter, err
		}
	}
	return filter, nil
}

func (o *listOptions) lspci(a *app, names pci.Names, domains bool) lspci.Options {
	options := lspci.Options{Domains: o.domains || domains, Kernel: o.kernel, Names: names}
	switch {
	case o.numeric == 1:
		options.IDs = lspci.Numeric
	case o.numeric > 1:
		options.IDs = lspci.NameAndID
	}
	if o.kernel {
		options.Modules = a.modules()
	}
	return options
}

// names reads what pci.ids calls the devices. A machine without the file shows
// numbers, as lspci does.
func (a *app) names(devices []pci.Device, numeric bool) (pci.Names, error) {
	if numeric {
		return pci.Names{}, nil
	}
	names, err := pci.ReadNames(a.root, "", devices)
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	}
	return names, err
}

// modules returns what finds a device's modules; nil where the kernel's indexes
// cannot be read, and then their line is left out, as lspci does.
func (a *app) modules() func(modalias string) []string {
	kernel, err := kmod.Running(sysfs.New(a.root))
	if err != nil {
		return nil
	}
	aliases, err := kernel.Aliases()
	if err != nil {
		return nil
	}
	return aliases.Modules
}
