package passthrough

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hostboot/trial"
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/pkg/pci"
)

// How many minutes a trial may wait to be confirmed.
const (
	DefaultTrialMinutes = trial.DefaultMinutes
	MinTrialMinutes     = trial.MinMinutes
	MaxTrialMinutes     = trial.MaxMinutes
)

// HostTrial is a boot that happens once: with other words on the host's command lines, or with
// devices that are hidden.
type HostTrial struct {
	ID      string         `json:"id,omitempty"` // absent where only remains of one are there
	State   HostTrialState `json:"state"`
	Minutes int            `json:"minutes,omitempty"` // how long it waits to be confirmed
	Xen     []string       `json:"xen"`               // the words that are tried on Xen's line
	Dom0    []string       `json:"dom0"`              // and on that of dom0's kernel
	Hide    []pci.Address  `json:"hide,omitempty"`    // the devices that are hidden in it, as they are declared when it is confirmed
	Left    int            `json:"left,omitempty"`    // of a running one: in how many seconds the machine restarts; absent where that is not known
	Log     string         `json:"log,omitempty"`     // the file with Xen's log of it; absent if it was not kept
}

// HostTrialState is how far a trial is.
type HostTrialState string

// The states of a trial.
const (
	HostTrialPrepared    HostTrialState = "prepared"    // it boots next
	HostTrialRunning     HostTrialState = "running"     // this boot is the trial, and it is not confirmed
	HostTrialUnconfirmed HostTrialState = "unconfirmed" // nobody confirmed it, and the machine has the old line again
	HostTrialConfirmed   HostTrialState = "confirmed"   // somebody confirmed it, and writing its words was interrupted
	HostTrialTakenBack   HostTrialState = "taken_back"  // this boot is the trial, which was taken back: its watchdog restarts the machine
	HostTrialIncomplete  HostTrialState = "incomplete"  // preparing it, or taking it back, was interrupted
)

func newHostTrial(t trial.Trial) HostTrial {
	shown := HostTrial{ID: t.ID, State: HostTrialState(t.State), Minutes: t.Minutes, Xen: words(t.Xen), Dom0: words(t.Dom0), Left: int(t.Left / time.Second)}
	if t.Hide != nil {
		for _, d := range t.Hide.Devices {
			shown.Hide = append(shown.Hide, d.Address)
		}
	}
	if t.Log {
		shown.Log = trial.LogFile
	}
	return shown
}

// words returns a list that is empty in a document, and not absent.
func words(list []string) []string { return append([]string{}, list...) }

// HostTrial returns the trial that there is; nil if there is none.
func (v *View) HostTrial() (*HostTrial, error) {
	t, there, err := trial.Look(v.fs)
	if err != nil || !there {
		return nil, wrapped(err)
	}
	shown := newHostTrial(t)
	return &shown, nil
}

// ArmHostTrial has Xen restart the machine after the time of the trial that this boot is. The
// initramfs of a trial calls it; it is of no use elsewhere.
func (v *View) ArmHostTrial() (HostTrial, error) {
	armed, err := trial.Arm(v.fs, hypervisor.OpenWatchdogs)
	if err != nil {
		return HostTrial{}, wrapped(err)
	}
	return HostTrial{ID: armed.ID, State: HostTrialRunning, Minutes: armed.Minutes, Xen: []string{}, Dom0: []string{}}, nil
}

// HideInTrial hides the devices of the trial that this boot is. The initramfs of a trial calls it,
// before udev looks for drivers; it is of no use elsewhere.
func (v *View) HideInTrial(ctx context.Context, report func(Event)) (Applied, error) {
	if !trial.Hides(v.fs) {
		return Applied{Devices: []Outcome{}}, &Error{Code: CodeNoTrial, Reason: "this is not the initramfs of a trial that hides devices"}
	}
	if err := trial.LoadPciback(v.fs); err != nil {
		return Applied{Devices: []Outcome{}}, wrapped(err)
	}
	return v.Apply(ctx, ApplyOptions{NotInRecovery: true}, report)
}

// KeepTrialLog writes what Xen has kept of its log to the file that HostTrial names, in the boot
// of a trial, for the time after it has come back. The error is CodeNoTrial in another boot.
func (v *View) KeepTrialLog(ctx context.Context) error {
	t, there, err := trial.Look(v.fs)
	if err != nil {
		return wrapped(err)
	}
	if !there || t.State != trial.Running {
		return &Error{Code: CodeNoTrial, Reason: "the machine does not run a trial"}
	}
	var text strings.Builder
	err = v.XenLog(ctx, false, func(line XenLogLine) error {
		if text.Len()+len(line.Text) < etc.Limit {
			text.WriteString(line.Text + "\n")
		}
		return nil
	})
	if err == nil {
		err = etc.Replace(v.fs, trial.LogFile, []byte(text.String()), etc.Options{Mode: 0o600, NoBackup: true})
	}
	return wrapped(err)
}

// trialHost returns what a trial is prepared on. held is the file of this call's turn, which the
// programs of the system inherit; nil for none.
func (v *View) trialHost(ctx context.Context, held *os.File) (*boot.Host, error) {
	loader, err := boot.FindLoader(v.fs)
	if err != nil {
		return nil, err
	}
	h := &boot.Host{FS: v.fs, Loader: loader, Program: brand.Program, Init: initscript.Detect(v.fs.Root()), Run: engine.Generators(ctx, v.fs, held)}
	if own, err := os.Executable(); err == nil && v.fs.Real() {
		h.Program = own
	}
	return h, nil
}

// codeOfTrial returns the code of why a trial was refused.
func codeOfTrial(why trial.Why) Code {
	switch why {
	case trial.Unwritable, trial.NoReboot, trial.NoHypercalls:
		return CodeTrialUnsafe
	case trial.AlreadyThere, trial.Chosen:
		return CodeTrialThere
	case trial.SettingsOther, trial.DefaultOther:
		return CodeTrialStale
	case trial.NoTrial, trial.NotRunning:
		return CodeNoTrial
	case trial.BadWord, trial.NothingToTry:
		return CodeBadOption
	case trial.NoPciback:
		return CodeNoPciback
	case trial.Elsewhere, trial.OtherLoader, trial.ByHand, trial.NotXen, trial.OtherEntry, trial.NoNextEntry, trial.NoEnv, trial.OtherImage, trial.NoRoom:
		return CodeTrialUnsupported
	}
	return CodeFailed
}
