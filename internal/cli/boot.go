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

func newBootCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "boot",
		Short: "Show, choose, write and remove what hides devices at every boot",
		Long: `boot shows how this machine boots, which drivers would take the declared
devices and when, which layers hide them at boot now, and with which layers that
happens before any driver takes them and as little as possible of the boot changes.

The layers, in the order of a boot: kernel-argument, initramfs, modprobe, udev,
service. A layer is a few files; 'boot enable' writes them and runs the system's
own programs that use them (update-grub, update-initramfs, ...), reads back the
result, and takes everything back if that is not as it should be.

A recovery boot ("single", "recovery", "emergency" and the like on the kernel's
command line) hides nothing by itself, except by the layer modprobe, which cannot
tell. 'module_blacklist=xen_pciback', typed at the boot loader's prompt, keeps a
pciback that is a module from loading in any boot.`,
		Example: `  xenpci boot
  xenpci boot enable --dry-run
  xenpci boot enable --layer modprobe --layer service
  xenpci boot disable`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runBoot(cmd.Context(), a)
		},
	}
	cmd.AddCommand(newBootEnableCmd(a), newBootDisableCmd(a), newBootRefreshCmd(a))
	return cmd
}

func runBoot(ctx context.Context, a *app) error {
	b, err := a.host.Look().Boot(ctx)
	if err != nil {
		return err
	}
	if a.json {
		return a.print("boot", b.Class(), b)
	}
	a.warnOf(b.Notes)
	a.warnOf(b.Problems)
	printHost(a.Out, b)
	for _, d := range b.Drivers {
		fmt.Fprintf(a.Out, "%s: %s\n", d.Device, taken(d, b.Initramfs))
	}
	fmt.Fprintf(a.Out, "layers: %s\n", layerWords(b.Layers))
	if b.Nothing != nil {
		fmt.Fprintln(a.Out, b.Nothing)
		a.warnOf(b.Warnings)
		return reported(b.Class())
	}
	fmt.Fprintf(a.Out, "choice: %s\n", layerWords(b.Choice))
	for _, reason := range b.Reasons {
		fmt.Fprintf(a.Out, "    %s\n", reason)
	}
	a.warnOf(b.Warnings)
	return reported(b.Class())
}

// printHost prints how the machine boots.
func printHost(w io.Writer, b passthrough.Boot) {
	fmt.Fprintf(w, "kernel: %s, pciback %s\n", b.Kernel, kernelHasWords(b.Pciback))
	fmt.Fprintf(w, "init: %s\n", cmp.Or(b.Init, "unknown"))
	fmt.Fprintf(w, "boot loader: %s\n", loaderWords(b.Loader))
	fmt.Fprintf(w, "initramfs: %s\n", imageWords(b.Initramfs))
}

// kernelHasWords returns what pciback is in a kernel, whether it is loaded or not.
func kernelHasWords(k passthrough.KernelHas) string {
	if k == passthrough.KernelHasLoadable {
		return "is a module"
	}
	return k.String()
}

// imageWords returns which initramfs the kernel has, or why that is not known.
func imageWords(i passthrough.InitramfsImage) string {
	if i.File != "" {
		return i.File + ", made by " + cmp.Or(i.Tool.String(), "an unknown tool")
	}
	var why []string
	if len(i.Unexplained) > 0 {
		why = append(why, strings.Join(i.Unexplained, ", ")+" may be it")
	}
	for _, folder := range i.Unseen {
		why = append(why, folder+" is empty or not mounted")
	}
	if len(why) == 0 {
		return "none"
	}
	return "not known: " + strings.Join(why, "; ")
}

// taken returns which drivers would take a device.
func taken(d passthrough.BootDrivers, image passthrough.InitramfsImage) string {
	if len(d.Drivers) == 0 {
		return "no driver of this kernel would take it"
	}
	var words []string
	for _, driver := range d.Drivers {
		where := driver.Has.String()
		switch {
		case driver.Initramfs && image.Unread:
			where += ", perhaps in the initramfs"
		case driver.Initramfs:
			where += ", in the initramfs"
		}
		words = append(words, driver.Module+" ("+where+")")
	}
	return "would be taken by " + strings.Join(words, ", ")
}

func layerWords(layers []passthrough.Layer) string {
	if len(layers) == 0 {
		return "none"
	}
	words := make([]string, len(layers))
	for i, layer := range layers {
		words[i] = layer.String()
	}
	return strings.Join(words, ", ")
}
