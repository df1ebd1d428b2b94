package passthrough

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/program"
	"github.com/xenpci/xenpci/pkg/pci"
)

// booting is what a boot of this machine does with the devices of a list.
type booting struct {
	declared
	host     *boot.Host
	list     boot.List
	never    []neverHeld // declared and found, and pciback can never hold them: no layer has them
	enabled  []boot.Name
	daemon   bool     // the layer Daemon is enabled
	refresh  bool     // the images are made again in any case
	recovery string   // the word that makes the running boot a recovery boot; "" for a normal boot
	notes    []Remark // what could not be found out
}

// neverHeld is a device that pciback can never hold, and why.
type neverHeld struct {
	device pci.Address
	err    error
}

// bootingNow is booting for the list as it is.
func (v *View) bootingNow(ctx context.Context, held *os.File) (booting, error) {
	d, err := v.declared()
	if err != nil {
		return booting{}, err
	}
	b, err := v.booting(ctx, held, d)
	b.notes = append(d.unreadDevices(), b.notes...)
	return b, err
}

// booting finds out what a boot does with the devices of a list. held is the file
// of this call's turn, which the programs of the system inherit; nil for none.
func (v *View) booting(ctx context.Context, held *os.File, d declared) (booting, error) {
	b := booting{declared: d}
	var texts []string
	b.host, texts = boot.Look(ctx, v.fs)
	b.notes = notes(CodeUnknown, texts...)
	b.list.Declared = len(d.findings)
	b.recovery, _ = boot.Recovery(v.fs)
	b.host.Run = engine.Generators(ctx, v.fs, held)
	if v.fs.Real() {
		b.host.Ask = program.Ask
		if own := program.Own(b.host.Program); own != "" {
			b.host.Program = own
		}
	}
	e := v.engine(reporter{})
	for _, p := range v.devicesAt(d.found()) {
		if err := e.NeverHeld(p.Address); err != nil {
			b.never = append(b.never, neverHeld{p.Address, err})
			continue
		}
		b.list.Devices = append(b.list.Devices, b.host.Device(p))
	}
	enabled, err := boot.Enabled(b.host, b.list.Devices)
	if err == nil {
		b.daemon, err = boot.DaemonEnabled(b.host)
	}
	b.enabled = enabled
	return b, err
}

// layers returns these layers that hide devices, and the daemon if it is enabled.
func (b booting) layers(names []boot.Name) []Layer {
	all := newLayers(names)
	if b.daemon {
		all = append(all, LayerDaemon)
	}
	return all
}

// leftOut is a remark for each declared device that no layer can hide.
func (b booting) leftOut() []Remark {
	var all []Remark
	for _, n := range b.never {
		remark := n.remark()
		remark.Reason = "is declared, but no boot layer can hide it: " + remark.Reason
		all = append(all, remark)
	}
	return all
}

// remark returns why pciback cannot hold the device, and what to do: what can be
// hidden in its place, and how its declaration is removed.
func (n neverHeld) remark() Remark {
	why := asError(n.err)
	advice := "'xenpci unhide --boot " + n.device.String() + "' removes it from the list"
	if why.Advice != "" {
		advice = why.Advice + "; " + advice
	}
	return Remark{Device: &n.device, Code: CodeNeverHeld, Reason: why.Reason, Advice: advice}
}

// nothing is the error that no layer has any device.
func (b booting) nothing() error {
	if len(b.never) > 0 {
		return &Error{Code: CodeNeverHeld, Reason: "pciback can hold none of the declared devices that are there"}
	}
	return b.declared.nothing()
}

// neverHeld returns why pciback can never hold a declared device; nil for others.
func (b booting) neverHeld(a pci.Address) *neverHeld {
	for i := range b.never {
		if b.never[i].device == a {
			return &b.never[i]
		}
	}
	return nil
}

// inTheWay returns what happens at boot before the layers that are enabled, and what
// other tools configured about hidden devices. If no layer is enabled, it judges the
// layers of the choice.
func (b booting) inTheWay(choice boot.Choice) []Remark {
	layers := b.enabled
	if len(layers) == 0 {
		layers = choice.Layers
	}
	all := b.withoutPciback()
	if err := b.refused(layers); err != nil {
		all = append(all, asError(err).remark())
	}
	all = append(all, notes(CodeLate, boot.Keep(b.host, b.list.Devices, b.enabled).Reasons...)...)
	all = append(all, bootWarnings(CodeConflict, b.host.Conflicts(b.list.Devices, layers))...)
	return append(all, bootWarnings(CodeLate, b.host.Unordered(b.enabled))...)
}

// withoutPciback warns that no layer hides anything while a kernel without
// pciback runs. Where it is not known whether the kernel has it, the notes say so.
func (b booting) withoutPciback() []Remark {
	kernel, err := kmod.New(b.host.FS, b.host.Release)
	if err != nil || b.host.Pciback != kmod.Absent {
		return nil
	}
	if _, err := kernel.Module(b.host.Module); err != nil {
		return nil
	}
	return []Remark{{Code: CodeNoPciback, Reason: "the kernel " + b.host.Release + " has no pciback, and no layer hides anything while it runs",
		Advice: "'xenpci status' says what to install"}}
}

func bootWarnings(code Code, warnings []boot.Warning) []Remark {
	var all []Remark
	for _, w := range warnings {
		all = append(all, Remark{Code: code, Reason: w.Reason, Advice: w.Advice})
	}
	return all
}
