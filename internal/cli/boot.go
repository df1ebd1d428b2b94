package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

func newBootCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "boot",
		Short: "Show, choose, write and remove what hides devices at every boot",
		Long: `boot shows how this machine boots, which drivers would take the declared
devices and when, which layers hide them at boot now, and which set of layers is
the weakest that surely does.

The layers, in the order of a boot: kernel-argument, initramfs, modprobe, udev,
service. A layer is a few files; 'boot enable' writes them and runs the system's
own program that makes something of them (update-grub, update-initramfs, ...),
reads back what came of it, and takes everything back if it is not as it should
be.

A recovery boot ("single", "recovery", "emergency" and the like on the kernel's
command line) hides nothing automatically, except by the layer modprobe, which
cannot know: 'module_blacklist=xen_pciback', typed at the boot loader's prompt,
keeps a pciback that is a module from being loaded in any boot.`,
		Example: `  xenpci boot
  xenpci boot enable --dry-run
  xenpci boot enable --layer modprobe --layer service
  xenpci boot disable`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runBoot(cmd.Context(), a)
		},
	}
	cmd.AddCommand(newBootEnableCmd(a), newBootDisableCmd(a))
	return cmd
}

// booting is what a boot of this machine does with the declared devices.
type booting struct {
	declared
	host     *boot.Host
	devices  []boot.Device   // that the layers name: those that were found
	never    []engine.Result // declared, found, and nothing that pciback can hold: no layer has them
	enabled  []boot.Name
	recovery string // the argument that makes this a recovery boot; "" in another boot
	notes    []string
}

// lookAtBoot finds out about the machine and the list. held is the file of this
// command's turn at them, if it has one.
func (a *app) lookAtBoot(ctx context.Context, held *os.File) (booting, error) {
	d, err := a.readDeclared()
	if err != nil {
		return booting{}, err
	}
	f := sysfs.New(a.root)
	b := booting{declared: d}
	b.host, b.notes = boot.Look(ctx, f)
	b.host.Declared = len(d.findings)
	b.recovery, _ = boot.Recovery(f)
	if f.Real() {
		b.host.Run = func(ctx context.Context, timeout time.Duration, args ...string) error {
			return program.RunGroup(ctx, timeout, held, args...)
		}
		if own, err := os.Executable(); err == nil {
			b.host.Program = own
		}
	}
	present, err := pci.Read(a.root, d.found(), 0)
	if err != nil && len(present) == 0 {
		return b, err
	}
	e := a.engine()
	for _, p := range present {
		if err := e.NeverHeld(p.Address); err != nil {
			b.never = append(b.never, engine.Result{Device: p.Address, Err: err})
			continue
		}
		b.devices = append(b.devices, b.host.Device(p))
	}
	b.enabled, err = boot.Enabled(b.host, b.devices)
	return b, err
}

// leftOut says which declared devices no layer has, and why.
func (b booting) leftOut() []string {
	var all []string
	for _, r := range b.never {
		all = append(all, fmt.Sprintf("%v; it is declared, and left out: 'xenpci unhide --boot %s' takes it off the list", r.Err, r.Device))
	}
	return all
}

// nothing is why no layer has any device.
func (b booting) nothing() error {
	if len(b.never) > 0 {
		return errors.New("of the declared devices that are there pciback can hold none")
	}
	return b.declared.nothing()
}

// neverHeld says why pciback can never hold a declared device.
func (b booting) neverHeld(a pci.Address) error {
	for _, r := range b.never {
		if r.Device == a {
			return r.Err
		}
	}
	return nil
}

func runBoot(ctx context.Context, a *app) error {
	b, err := a.lookAtBoot(ctx, nil)
	if err != nil {
		return err
	}
	var choice boot.Choice
	if len(b.devices) > 0 {
		choice = boot.Choose(b.host, b.devices)
	}
	status := StatusDone
	if len(b.problems) > 0 {
		status = StatusFailed
	}
	b.notes = slices.Concat(b.notes, b.leftOut(), a.livesOn(b.devices).warnings())
	if a.json {
		if err := a.printBoot(b, choice, status); err != nil {
			return err
		}
		return printed(status)
	}
	a.warnOf(b.notes)
	a.warnOfDeclared(b.declared)
	printHost(a.Out, b.host)
	for _, d := range b.devices {
		fmt.Fprintf(a.Out, "%s: %s\n", d.Address, taken(d))
	}
	fmt.Fprintf(a.Out, "layers: %s\n", layerWords(b.enabled))
	if len(b.devices) == 0 {
		fmt.Fprintln(a.Out, b.nothing())
		return printed(status)
	}
	fmt.Fprintf(a.Out, "choice: %s\n", layerWords(choice.Layers))
	for _, reason := range choice.Reasons {
		fmt.Fprintf(a.Out, "    %s\n", reason)
	}
	a.warnOf(b.inTheWay(choice))
	return printed(status)
}

// inTheWay is what comes before the layers that are there, and what others say of
// hidden devices: to the layers of the choice, where none is there.
func (b booting) inTheWay(choice boot.Choice) []string {
	layers := b.enabled
	if len(layers) == 0 {
		layers = choice.Layers
	}
	late := boot.Keep(b.host, b.devices, b.enabled).Reasons
	return slices.Concat(b.withoutPciback(), late, b.host.Conflicts(b.devices, layers), b.host.Unordered(b.enabled))
}

// withoutPciback warns where all layers are for nothing. That nobody knows
// whether the kernel has it is another matter, and in the notes.
func (b booting) withoutPciback() []string {
	kernel, err := kmod.New(b.host.FS, b.host.Release)
	if err != nil || b.host.Pciback != kmod.Absent {
		return nil
	}
	if _, err := kernel.Module(b.host.Module); err != nil {
		return nil
	}
	return []string{"the kernel " + b.host.Release + " has no pciback: while it runs, no layer hides anything; 'xenpci status' says what to install"}
}

// printHost says how the machine boots.
func printHost(w io.Writer, h *boot.Host) {
	fmt.Fprintf(w, "kernel: %s, pciback %s\n", h.Release, h.Pciback)
	fmt.Fprintf(w, "init: %s\n", orUnknown(string(h.Init.Kind)))
	loader := orUnknown(string(h.Loader.Kind))
	if h.Loader.Known() {
		loader += ", " + h.Loader.Config
	}
	switch {
	case h.Loader.Kind == boot.GRUB2 && !h.Loader.Generated:
		loader += ", written by hand"
	case len(h.Loader.Generate) > 0:
		loader += ", made by " + strings.Join(h.Loader.Generate, " ")
	}
	fmt.Fprintf(w, "boot loader: %s\n", loader)
	image := "none"
	if h.Image.File != "" {
		image = h.Image.File + ", made by " + orUnknown(string(h.Image.Tool))
	}
	fmt.Fprintf(w, "initramfs: %s\n", image)
}

func orUnknown(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}

// taken says which drivers would take a device.
func taken(d boot.Device) string {
	if len(d.Drivers) == 0 {
		return "no driver of this kernel would take it"
	}
	var words []string
	for _, driver := range d.Drivers {
		where := driver.Has.String()
		if driver.InImage {
			where += ", in the initramfs"
		}
		words = append(words, driver.Module+" ("+where+")")
	}
	return "would be taken by " + strings.Join(words, ", ")
}

func layerWords(names []boot.Name) string {
	if len(names) == 0 {
		return "none"
	}
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = string(name)
	}
	return strings.Join(words, ", ")
}

// bootResult is what a document says of boot.
type bootResult struct {
	Kernel    string           `json:"kernel"`
	Pciback   string           `json:"pciback"`
	Init      string           `json:"init"`
	Loader    string           `json:"boot_loader"`
	Config    string           `json:"boot_loader_file,omitempty"`
	Initramfs string           `json:"initramfs,omitempty"`
	Tool      string           `json:"initramfs_tool,omitempty"`
	Declared  []declaredDevice `json:"declared"`
	Drivers   []bootDrivers    `json:"drivers"`
	Layers    []boot.Name      `json:"layers"`
	Choice    []boot.Name      `json:"choice"`
	Reasons   []string         `json:"reasons"`
	Warnings  []string         `json:"warnings,omitempty"` // of others' lines and services
	Notes     []string         `json:"notes,omitempty"`
}

type bootDrivers struct {
	Device  pci.Address  `json:"device"`
	Drivers []bootDriver `json:"drivers"`
}

type bootDriver struct {
	Module    string `json:"module"`
	Has       string `json:"has"` // "built in" or "loadable"
	Initramfs bool   `json:"initramfs"`
}

func (a *app) printBoot(b booting, choice boot.Choice, status int) error {
	h := b.host
	r := bootResult{
		Kernel: h.Release, Pciback: h.Pciback.String(), Init: string(h.Init.Kind),
		Loader: string(h.Loader.Kind), Config: h.Loader.Config, Initramfs: h.Image.File, Tool: string(h.Image.Tool),
		Declared: declaredDevices(b.findings), Drivers: []bootDrivers{},
		Layers: append([]boot.Name{}, b.enabled...), Choice: append([]boot.Name{}, choice.Layers...), Reasons: append([]string{}, choice.Reasons...),
		Warnings: b.inTheWay(choice), Notes: b.notes,
	}
	for _, p := range b.problems {
		r.Notes = append(r.Notes, p.Error())
	}
	for _, d := range b.devices {
		drivers := bootDrivers{Device: d.Address, Drivers: []bootDriver{}}
		for _, driver := range d.Drivers {
			drivers.Drivers = append(drivers.Drivers, bootDriver{driver.Module, driver.Has.String(), driver.InImage})
		}
		r.Drivers = append(r.Drivers, drivers)
	}
	return document{Verb: "boot", Status: status, Result: r}.print(a.Out)
}

func declaredDevices(findings []config.Finding) []declaredDevice {
	devices := make([]declaredDevice, len(findings))
	for i, f := range findings {
		devices[i] = newDeclaredDevice(f)
	}
	return devices
}
