package passthrough

import (
	"context"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Boot is how the machine boots, and what that does with the declared devices.
type Boot struct {
	Kernel    string         `json:"kernel"`  // the running kernel's release
	Pciback   KernelHas      `json:"pciback"` // what that kernel has of pciback
	Init      string         `json:"init"`    // "systemd", "sysvinit", ...; "" where it is not known
	Loader    BootLoader     `json:"boot_loader"`
	Initramfs InitramfsImage `json:"initramfs"`
	Declared  []Declaration  `json:"declared"`
	Drivers   []BootDrivers  `json:"drivers"` // of each declared device that is there
	Layers    []Layer        `json:"layers"`  // that are enabled
	Choice    []Layer        `json:"choice"`  // the layers that change least of the boot and surely hide the devices
	Reasons   []string       `json:"reasons"` // why it is these
	Problems  []Remark       `json:"problems,omitempty"`
	Warnings  []Remark       `json:"warnings,omitempty"` // what comes before the layers, and settings of others
	Notes     []Remark       `json:"notes,omitempty"`
	Nothing   *Error         `json:"nothing,omitempty"` // why no layer has any device
}

// Class returns ClassFailed where a part of the list cannot be read.
func (b Boot) Class() Class {
	if len(b.Problems) > 0 {
		return ClassFailed
	}
	return ClassDone
}

// BootLoader is what starts Xen.
type BootLoader struct {
	Kind      Loader `json:"kind,omitempty"`      // absent where it is not known
	Config    string `json:"config,omitempty"`    // the file with the entries
	ByHand    bool   `json:"by_hand,omitempty"`   // a person wrote it: no program makes it again
	Generator string `json:"generator,omitempty"` // the command that makes it
	Known     bool   `json:"known"`               // its entries can be read
}

// InitramfsImage is the running kernel's initramfs.
type InitramfsImage struct {
	File string `json:"file,omitempty"` // absent for none, and where it is not known
	Tool Tool   `json:"tool,omitempty"` // what made it; absent where that is not known

	// Where the file is not known, and the kernel may have an image:
	Unexplained []string `json:"unexplained,omitempty"` // images of which one may be it
	Unseen      []string `json:"unseen,omitempty"`      // folders that may have it, which are empty or not mounted

	Unread bool `json:"unread,omitempty"` // which drivers are in it is not known; each is assumed to be
}

// BootDrivers are the drivers that would take a device at boot.
type BootDrivers struct {
	Device  pci.Address  `json:"device"`
	Drivers []BootDriver `json:"drivers"`
}

// BootDriver is a driver that would take a device at boot.
type BootDriver struct {
	Module    string    `json:"module"`
	Has       KernelHas `json:"has"`
	Initramfs bool      `json:"initramfs"` // the initramfs has it, or may have it
}

// KernelHas is what a kernel has of a module.
type KernelHas string

// What a kernel can have of a module.
const (
	KernelHasNot      KernelHas = "absent"
	KernelHasBuiltIn  KernelHas = "built_in"
	KernelHasLoadable KernelHas = "loadable"
)

// String returns it in words: "built in".
func (k KernelHas) String() string { return strings.ReplaceAll(string(k), "_", " ") }

func newKernelHas(s kmod.State) KernelHas {
	switch s {
	case kmod.BuiltIn:
		return KernelHasBuiltIn
	case kmod.Loadable:
		return KernelHasLoadable
	}
	return KernelHasNot
}

// Boot returns how the machine boots, which drivers would take the declared
// devices and when, which layers hide them at boot now, and which layers
// change least of the boot and surely do.
func (v *View) Boot(ctx context.Context) (Boot, error) {
	b, err := v.bootingNow(ctx, nil)
	if err != nil {
		return Boot{}, wrapped(err)
	}
	var choice boot.Choice
	shown := b.shown()
	if err := b.noLayer(); err != nil && len(b.enabled) == 0 {
		shown.Nothing = asError(err)
	} else if len(b.list.Devices) > 0 {
		choice = boot.Choose(b.host, b.list.Devices)
		shown.Choice, shown.Reasons = newLayers(choice.Layers), append(shown.Reasons, choice.Reasons...)
	} else {
		shown.Nothing = asError(b.nothing())
	}
	shown.Warnings = append(b.inTheWay(choice), v.ineffective()...)
	shown.Notes = append(shown.Notes, b.leftOut()...)
	shown.Notes = append(shown.Notes, b.apart(v)...)
	shown.Notes = append(shown.Notes, v.livesOn(b.found(), reporter{}).remarks()...)
	shown.Notes = append(shown.Notes, b.places()...)
	return shown, nil
}

func (b booting) shown() Boot {
	h := b.host
	shown := Boot{
		Kernel: h.Release, Pciback: newKernelHas(h.Pciback), Init: string(h.Init.Kind),
		Loader: BootLoader{
			Kind: newLoader(h.Loader.Kind), Config: h.Loader.Config, Generator: strings.Join(h.Loader.Generate, " "),
			ByHand: h.Loader.ByHand(), Known: h.Loader.Known(),
		},
		Initramfs: InitramfsImage{File: h.Image.File, Tool: newTool(h.Image.Tool), Unexplained: h.Image.Unexplained, Unseen: h.Image.Unseen, Unread: h.Image.Unread()},
		Declared:  newDeclarations(b.findings), Drivers: []BootDrivers{},
		Layers: b.layers(b.enabled), Choice: []Layer{}, Reasons: []string{},
		Problems: problems(b.declared.list), Notes: b.notes,
	}
	for _, d := range b.list.Devices {
		drivers := BootDrivers{Device: d.Address, Drivers: []BootDriver{}}
		for _, driver := range d.Drivers {
			drivers.Drivers = append(drivers.Drivers, BootDriver{driver.Module, newKernelHas(driver.Has), driver.InImage})
		}
		shown.Drivers = append(shown.Drivers, drivers)
	}
	return shown
}
