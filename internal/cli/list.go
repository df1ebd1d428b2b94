package cli

import (
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/lspci"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// listOptions are the flags of list: lspci's, and those that it has not.
type listOptions struct {
	numeric int
	domains bool
	kernel  bool
	machine int
	verbose int
	hex     int
	path    int
	busTree bool
	filter  pci.Filter
	wrong   error // of the first -s or -d that could not be understood
	names   string

	passthrough bool
	all         bool
	quiet       bool
	tree        bool
	svg         string
}

func newListCmd(a *app) *cobra.Command {
	o := &listOptions{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List PCI devices, in lspci's lines or in a table for passthrough",
		Long: `list prints what lspci prints for the same flags, byte for byte. A device that
pciback has stays in the list; -k shows the driver that has it.

With --passthrough it prints a table of the devices: what each is doing (STATE), and
whether some kind of guest can have it (GUEST?). The states:

  free                hide would take it
  free with ADDRESS   hide takes it only together with that device
  hidden              pciback has it, and a guest can get it
  NAME (ID)           the running guest that has it
  in use: WHAT        dom0 or a guest needs it, and hide refuses it
  part of the host    a bridge, or a part of the machine itself
  its VFs are hidden  guests may have virtual functions of it
  does not answer     its configuration space reads as ff
  cannot be hidden    hide refuses it; check says why

Bridges and parts of the host are left out unless --all, -s or -d is given. The table
fits the terminal: names are cut, and a wide terminal also gets the column WHY. In a
file or a pipe nothing is cut: each line has all seven columns, separated by two or more
blanks, with whole addresses, and - for an empty cell.

A device that cannot be read costs a line on stderr and exit status 1, never
the list. As from lspci, the exit status is 1 for an argument of -s or -d that
cannot be understood.`,
		Example: `  xenpci list -nnk
  xenpci list -s 00:1d
  xenpci list -d 10b7:
  xenpci list --passthrough
  xenpci list --passthrough -q
  xenpci list --tree --svg machine.svg`,
		Args: cobra.ArbitraryArgs, // listNoWord refuses them, and looks at the machine for that
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return a.listNoWord(cmd, args[0])
			}
			return runList(cmd.Context(), a, o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.CountVarP(&o.numeric, "numeric", "n", "ids in place of names; -nn: names and ids")
	flags.BoolVarP(&o.kernel, "kernel", "k", false, "show the driver and the modules of each device")
	flags.BoolVarP(&o.domains, "domains", "D", false, "always show the domain")
	flags.CountVarP(&o.path, "path", "P", "show the bridges before each device; -PP: with their buses")
	flags.BoolVarP(&o.busTree, "bus-tree", "t", false, "draw the buses as lspci does; -tv: with names")
	flags.CountVarP(&o.machine, "machine", "m", "a form for scripts; -mm: the newer one; -vmm: a line for each field")
	flags.CountVarP(&o.hex, "hex", "x", "show the configuration space; -xxx: 256 bytes of it; -xxxx: 4096")
	flags.CountVarP(&o.verbose, "verbose", "v", "more, with -m or -t")
	flags.VarP(filterFlag{o, (*pci.Filter).ParseSlot}, "slot", "s", "only devices at `SLOT`: [[[[domain]:]bus]:][slot][.[function]]")
	flags.VarP(filterFlag{o, (*pci.Filter).ParseID}, "device", "d", "only devices with `ID`: [vendor]:[device][:class[:prog-if]]")
	flags.StringVarP(&o.names, "ids", "i", "", "take names from `FILE` in place of the system's pci.ids")
	flags.BoolVar(&o.tree, "tree", false, "draw the machine: buses, devices, what is hidden, and the guests that have it")
	flags.StringVar(&o.svg, "svg", "", "with --tree: draw it as a picture into `FILE` (-: to stdout)")
	flags.BoolVar(&o.passthrough, "passthrough", false, "a table for this work: what each device is doing, and whether a guest can have it")
	flags.BoolVar(&o.all, "all", false, "with --passthrough: also bridges and parts of the host")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "with --passthrough: only addresses, one a line")
	completeFlag(cmd, "slot", a.completeSlot)
	completeFlag(cmd, "device", a.completeModel)
	completeFlag(cmd, "ids", completeFiles)
	completeFlag(cmd, "svg", completeFiles)
	return cmd
}

func runList(ctx context.Context, a *app, o *listOptions) error {
	if o.wrong != nil {
		return o.wrong
	}
	if err := o.check(a.json); err != nil {
		return &usageError{err}
	}
	a.recoverFirst(ctx)
	if a.json || o.passthrough || o.tree {
		names, err := o.openNames(a)
		switch {
		case err != nil:
			return err
		case o.tree:
			return a.listTree(ctx, o.svg, names)
		case a.json:
			return a.listJSON(ctx, o.filter, names)
		}
		return a.listPassthrough(ctx, o, names)
	}
	options, err := o.lspci(a)
	if err != nil {
		return err
	}
	out := a.Out
	if !a.screenOf().terminal() { // byte for byte
		out = raw(out)
	}
	err = lspci.List(out, a.root, o.filter, options)
	if broken := (*pci.DeviceError)(nil); errors.As(err, &broken) {
		a.warnOfErrors(passthrough.AsErrors(err))
		return reported(passthrough.ClassFailed)
	}
	return err
}

// filterFlag is -s or -d. Both go into one filter, in the order of the command
// line, and the first that cannot be understood is the one that is named.
type filterFlag struct {
	o     *listOptions
	parse func(*pci.Filter, string) error
}

// Set implements pflag.Value: it takes one value of the command line.
func (f filterFlag) Set(text string) error {
	if f.o.wrong == nil {
		f.o.wrong = f.parse(&f.o.filter, text)
	}
	return nil
}

// String implements pflag.Value; there is no value to begin with.
func (f filterFlag) String() string { return "" }

// Type implements pflag.Value: what the help calls the value.
func (f filterFlag) Type() string { return "string" }

// check refuses what list does not do.
func (o *listOptions) check(json bool) error {
	lspcis := o.machine > 0 || o.hex > 0 || o.busTree || o.path > 0 || o.kernel
	switch {
	case o.svg != "" && !o.tree:
		return errors.New("--svg: says where the picture of --tree goes, which must be given too")
	case (o.all || o.quiet) && !o.passthrough:
		return errors.New("--all and -q are about the table of --passthrough, which must be given too")
	case o.all && json || o.quiet && json:
		return errors.New("--json prints everything: it goes with neither --all nor -q")
	case o.tree && (lspcis || o.passthrough || json || o.filter != pci.Filter{}):
		return errors.New("--tree draws the whole machine: it goes with --svg and -i, and with no other flag of list")
	case o.passthrough && lspcis:
		return errors.New("--passthrough is a form of its own: it goes with -s and -d, and with no other flag of lspci")
	}
	if o.verbose > 0 && o.machine == 0 && !o.busTree {
		return errors.New("-v: list does not decode capabilities, as 'lspci -v' does; it takes -v with -m and -t, and 'xenpci show ID' prints what is known of a device")
	}
	return nil
}

func (o *listOptions) lspci(a *app) (lspci.Options, error) {
	options := lspci.Options{
		Domains: o.domains,
		Kernel:  o.kernel,
		Machine: o.machine,
		Verbose: o.verbose > 0,
		Hex:     o.hex,
		Path:    o.path,
		Tree:    o.busTree,
	}
	switch {
	case o.numeric == 1:
		options.IDs = lspci.Numeric
	case o.numeric > 1:
		options.IDs = lspci.NameAndID
	}
	if o.kernel {
		options.Modules = lspci.Modules(a.root)
	}
	if options.IDs == lspci.Numeric || options.Tree && !options.Verbose {
		return options, nil // no name is shown, and no file looked at
	}
	names, err := o.openNames(a)
	options.Names = names
	return options, err
}

// openNames opens the pci.ids that is asked for.
func (o *listOptions) openNames(a *app) (*pci.Names, error) {
	if o.names == "" {
		return a.names()
	}
	names, err := pci.ReadNames(o.names)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // lspci shows numbers
	}
	return names, err
}

// names opens what pci.ids calls the devices. A machine without the file shows
// numbers, as lspci does. The file stays open until the command ends.
func (a *app) names() (*pci.Names, error) {
	names, err := pci.OpenNames(a.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}
