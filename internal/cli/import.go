package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

func newImportCmd(a *app) *cobra.Command {
	o := &passthrough.ImportOptions{}
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Show what other tools and people have configured for hiding, as a declared list",
		Long: `import reads what others have configured for hiding devices: xen-pciback.hide=,
pciback.hide= and rd.qubes.hide_pci= on command lines (the running kernel's, in
GRUB's settings and menus, and xen.efi's configuration), lines for modprobe,
/etc/modules, driverctl's files, Alpine's xen-pci, and commands in boot scripts,
systemd's units, udev's rules and cron's tables: xl pci-assignable-add, virsh
nodedev-detach, writes to pciback's new_slot and to driver_override. No script is
executed: what only a shell can evaluate is shown, with its place. Devices that
vfio-pci.ids= or pci-stub.ids= reserve are shown, and not declared. It shows which devices are meant, where each setting is and
what is wrong with it, and what it would declare.

permissive=1 is carried over to each device. Of pciback's other parameters it says
whether they stay in effect where they are, or are lost.

A list that is misspelt ("xen-pciback,hide="), that is broken by a blank, or that
pciback would reject, is read as it was meant; a word that is no address is shown,
and not guessed at.

Nothing is changed unless --write is given: then the devices are declared in
/etc/xenpci, except those that dom0 needs. A device that is not there, and that
only settings without effect name, is left out, unless --ineffective is given. What others wrote stays as it is,
and nothing is hidden yet: 'xenpci boot enable' has them hidden at every boot.`,
		Example: `  xenpci import
  xenpci import --write`,
		Args: noArguments,
		RunE: interruptible(func(cmd *cobra.Command, _ []string) error {
			return runImport(cmd.Context(), a, o)
		}),
	}
	cmd.Flags().BoolVar(&o.Write, "write", false, "declare the devices")
	cmd.Flags().BoolVar(&o.Ineffective, "ineffective", false, "declare also devices that are not there and that only settings without effect name")
	cmd.Flags().BoolVar(&o.Force, "force", false, "declare also what dom0 needs; what the guard found is still printed")
	return cmd
}

func runImport(ctx context.Context, a *app, o *passthrough.ImportOptions) error {
	if o.Write && !a.Root && a.host.ThisMachine() {
		return &passthrough.Error{Code: passthrough.CodePermission, Reason: "import --write must be run as root: it writes " + passthrough.ListFile,
			Advice: "'xenpci import' shows what it would declare"}
	}
	report, stop := a.watch()
	imported, err := a.host.Look().Import(ctx, *o, report)
	stop()
	if err != nil {
		return err
	}
	if a.json {
		return a.print("import", imported.Class(), imported)
	}
	a.reportImported(imported)
	return reported(imported.Class())
}
