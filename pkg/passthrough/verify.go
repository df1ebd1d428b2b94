package passthrough

import (
	"context"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/foreign"
	"github.com/xenpci/xenpci/internal/kernellog"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// VerifyOptions are what Verify looks at.
type VerifyOptions struct {
	NextOnly bool // the next boot alone, and not this one
}

// Verification is whether what is declared is so, and will be at the next boot.
type Verification struct {
	Layers   []Layer    `json:"layers"` // that are enabled
	Devices  []Verified `json:"devices"`
	Problems []Remark   `json:"problems"` // of the list, and of the layers as a whole
	Notes    []Remark   `json:"notes,omitempty"`
}

// Class returns ClassDone only where everything agrees.
func (v Verification) Class() Class {
	if len(v.Problems) > 0 || slices.ContainsFunc(v.Devices, func(d Verified) bool { return d.Problem != nil }) {
		return ClassFailed
	}
	return ClassDone
}

// Verified is one declared device, column by column.
type Verified struct {
	Declaration
	Written     map[Layer]Answer `json:"written,omitempty"` // the files of each enabled layer have it
	Entry       Answer           `json:"boot_entry"`        // the boot loader's entries have it
	CommandLine Answer           `json:"command_line"`      // the running kernel was started with it
	Initramfs   Answer           `json:"initramfs"`         // the initramfs has it
	Driver      string           `json:"driver"`            // now; "" for none
	First       string           `json:"first,omitempty"`   // the driver that had it first in this boot; "" where the log does not tell
	Guest       *pciback.Guest   `json:"guest,omitempty"`
	Since       bool             `json:"since,omitempty"`     // it was declared, or its layers written, since this boot began
	HiddenBy    []string         `json:"hidden_by,omitempty"` // where no layer is enabled: the settings of others that hide it at the next boot, "FILE:LINE", as Import finds them
	Problem     *Remark          `json:"problem,omitempty"`   // of the first column that disagrees
}

// Answer is what a column of Verified says.
type Answer string

// The answers. AnswerNone is where the column has nothing to do with the device.
const (
	AnswerNone Answer = "none"
	AnswerYes  Answer = "yes"
	AnswerNo   Answer = "no"
)

func newAnswer(a boot.Answer) Answer {
	switch a {
	case boot.Yes:
		return AnswerYes
	case boot.No:
		return AnswerNo
	}
	return AnswerNone
}

// Verify looks for each declared device where it is, which layers have it,
// whether the boot loader's entries, the running kernel's command line and the
// initramfs have it, which driver has it now and which had it first in this
// boot, and which guest has it.
//
// What was declared or enabled since this boot began cannot have taken effect in
// it, so the command line and the first driver are not judged then.
func (v *View) Verify(ctx context.Context, o VerifyOptions) (Verification, error) {
	b, err := v.bootingNow(ctx, nil)
	if err != nil {
		return Verification{}, wrapped(err)
	}
	r := Verification{Layers: b.layers(b.enabled), Devices: []Verified{}, Problems: []Remark{}, Notes: b.notes}
	r.Problems = append(r.Problems, problems(b.declared.list)...)
	r.Problems = append(r.Problems, b.apart(v)...)
	lost := v.livesOn(b.found(), reporter{})
	written := b.written(lost)
	reports, wrong := b.host.Reports(ctx, written, b.enabled)
	if b.daemon {
		wrong = append(wrong, boot.CheckDaemon(ctx, b.host)...)
		r.Notes = append(r.Notes, b.stopped(v, o)...)
	}
	for _, err := range wrong {
		remark := asError(err).remark()
		remark.Code, remark.Reason = CodeNextBoot, "next boot: "+remark.Reason
		r.Problems = append(r.Problems, remark)
	}
	if refused := b.refused(b.enabled); refused != nil {
		remark := asError(refused).remark()
		remark.Code, remark.Reason = CodeNextBoot, "next boot: "+remark.Reason
		r.Problems = append(r.Problems, remark)
	}
	status, log := v.thisBoot(ctx, b, &r)
	v.trace(status.Module.Refused)
	since := boot.ChangedSinceBoot(b.host, b.list.Devices)
	others := v.othersAtBoot(b)
	for _, f := range b.findings {
		one := Verified{Declaration: newDeclaration(f), Entry: AnswerNone, CommandLine: AnswerNone, Initramfs: AnswerNone, Since: since}
		elsewhere := false // entries of others that do not have it
		if at := slices.IndexFunc(written, func(d boot.Device) bool { return isAt(f, d.Address) }); at >= 0 {
			one.report(reports[at])
			elsewhere = reports[at].Others
		}
		one.present(f, status, log)
		if f.Found() {
			one.HiddenBy = placesOf(others.AtBoot(f.Now))
		}
		one.Problem = one.judge(b, f, status.Module, elsewhere, o.NextOnly)
		if why := lost.of(f.Now); f.Found() && why != nil {
			if one.Problem == nil {
				r.Notes = append(r.Notes, *why)
			} else {
				one.Problem = why // what would hide it is no advice
			}
		}
		r.Devices = append(r.Devices, one)
	}
	return r, nil
}

// othersAtBoot returns what others have configured, where no layer of xenpci hides devices.
func (v *View) othersAtBoot(b booting) foreign.Settings {
	if len(b.enabled) > 0 || len(b.list.Devices) == 0 {
		return foreign.Settings{}
	}
	machine, _ := v.machine()
	return foreign.Read(machine)
}

func placesOf(all []foreign.Where) (texts []string) {
	for _, where := range all {
		texts = append(texts, where.String())
	}
	return texts
}

// stopped is a remark if the enabled daemon does not run, although it would run in this
// boot.
func (b booting) stopped(v *View, o VerifyOptions) []Remark {
	if o.NextOnly || b.recovery != "" || !v.underXen() || v.daemonProcess() != 0 {
		return nil
	}
	return []Remark{{Code: CodeDaemonStopped, Reason: "xenpcid is enabled, and does not run", Advice: "'xenpci daemon enable' starts it"}}
}

// thisBoot is what is known of the boot that runs.
func (v *View) thisBoot(ctx context.Context, b booting, r *Verification) (engine.Status, *kernellog.Log) {
	if len(b.found()) == 0 {
		return engine.Status{}, nil
	}
	status, err := v.engine(reporter{}).Status(ctx, b.found()...)
	if err != nil {
		r.Notes = append(r.Notes, asError(err).remark())
	}
	if len(b.list.Devices) == 0 {
		return status, nil
	}
	log, err := kernellog.Read(v.fs)
	if err != nil {
		r.Notes = append(r.Notes, Remark{Code: CodeUnknown, Reason: "cannot tell which driver had a device first: " + err.Error()})
	}
	return status, log
}

func (v *Verified) report(r boot.Report) {
	v.Written = map[Layer]Answer{}
	for name, answer := range r.Written {
		v.Written[newLayer(name)] = newAnswer(answer)
	}
	v.Entry, v.CommandLine, v.Initramfs = newAnswer(r.Entry), newAnswer(r.CommandLine), newAnswer(r.Image)
}

func (v *Verified) present(f config.Finding, status engine.Status, log *kernellog.Log) {
	if !f.Found() {
		return
	}
	for _, d := range status.Devices {
		if d.Device == f.Now {
			v.Driver, v.Guest = d.State.Driver, d.Guest
		}
	}
	if log != nil {
		if first, known := log.First(f.Now); known {
			v.First = first.Driver
		}
	}
}

// judge finds the first column that disagrees, and what to do about it; nil
// where all agree. Entries of others that do not have the device are a problem of their own.
func (v *Verified) judge(b booting, f config.Finding, m pciback.Module, others, next bool) *Remark {
	address := v.Address
	say := func(code Code, reason, advice string) *Remark {
		return &Remark{Device: &address, Code: code, Reason: reason, Advice: advice}
	}
	again := "'xenpci boot enable" + layerFlags(b.enabled) + "' writes it again"
	withdraw := "'xenpci unhide --boot " + v.Address.String() + "' removes it from the list"
	switch {
	case !f.Found():
		return say(CodeNotFound, f.Reason(), withdraw+", 'xenpci hide --boot ID' declares it again")
	case b.neverHeld(f.Now) != nil:
		remark := b.neverHeld(f.Now).remark()
		remark.Device = &address
		return &remark
	case len(b.enabled) == 0 && v.Entry != AnswerYes && len(v.HiddenBy) == 0:
		if err := b.noLayer(); err != nil {
			remark := asError(err).remark()
			remark.Device = &address
			return &remark
		}
		return say(CodeNoLayer, "no layer hides it at the next boot", "'xenpci boot enable' enables the layers that do")
	case v.missing() != "":
		return say(CodeLayerMissing, "the layer "+v.missing()+" does not have it", again)
	case v.Entry == AnswerNo && !others:
		return say(CodeEntryMissing, b.host.Loader.Config+" does not have it in every entry that boots Xen", again)
	case v.Initramfs == AnswerNo:
		return say(CodeImageStale, b.host.Image.File+" does not have it as it is declared now", again)
	case next:
		return nil
	case v.Driver != pciback.Name && !m.Dom0:
		return say(CodeNotXen, "this machine is not running Xen, so nothing is hidden", "choose the Xen entry when booting")
	case !m.Dom0 && m.Presence == pciback.Idle:
		return say(CodeNotXen, "this machine is not running Xen, and pciback, which is built into this kernel, has it nevertheless",
			"choose the Xen entry when booting; 'xenpci unhide "+address.String()+"' gives it back for this boot")
	case b.recovery != "" && v.Driver != pciback.Name:
		remark := inRecovery(b.recovery).remark()
		remark.Device = &address
		return &remark
	case b.recovery != "": // it was hidden by hand, or by a layer that cannot tell a recovery boot
		return nil
	case v.Driver != pciback.Name && m.Refused != nil:
		return say(CodeNoPciback, "pciback is "+string(m.Presence)+": "+m.Problem(), m.Advice())
	case v.CommandLine == AnswerNo && !v.Since:
		return say(CodeOldCommandLine, "the running kernel was started without it", "reboot, and choose the default entry")
	case v.Driver != pciback.Name:
		return say(CodeOtherDriver, driverWord(v.Driver)+" has it now, and not pciback", "'xenpci apply' hides it, or says why it cannot")
	case v.First != "" && v.First != pciback.Name && !v.Since:
		return say(CodeLate, v.First+" had it first in this boot", "'xenpci boot' shows which layers come before "+v.First)
	}
	return nil
}

// missing is the first enabled layer that does not have the device.
func (v *Verified) missing() string {
	for _, layer := range Layers() {
		if v.Written[layer] == AnswerNo {
			return layer.String()
		}
	}
	return ""
}

// layerFlags name layers as boot enable takes them.
func layerFlags(names []boot.Name) string {
	var flags strings.Builder
	for _, name := range names {
		flags.WriteString(" --layer " + string(name))
	}
	return flags.String()
}

func driverWord(driver string) string {
	if driver == "" {
		return "no driver"
	}
	return driver
}
