package passthrough

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/hostboot/trial"
	"github.com/xenpci/xenpci/pkg/pci"
)

// HostConfirm is what is done to keep what was tried.
type HostConfirm struct {
	Trial    HostTrial         `json:"trial"`             // as it was
	Words    []HostWordsChange `json:"words"`             // of each line that was tried
	List     *ListChange       `json:"list,omitempty"`    // of devices that were tried: what was done for the next boots
	Devices  []Outcome         `json:"devices,omitempty"` // these devices; absent where the trial does not run any more
	Files    []FileChange      `json:"files"`             // of the trial
	Commands []string          `json:"commands"`          // that ran after these
}

// ConfirmHost keeps what the trial that the machine runs has tried: it disarms the watchdog, writes
// the words to the settings of the boot loader as ChangeHostWords does, or declares the devices as
// HideAtBoot does, and takes the trial's entry back. If that was interrupted, it is completed in any
// boot. The error is CodeNoTrial if the machine does not run a trial, CodeTrialStale if settings or
// the declared list were changed since it was prepared, and CodeNotHidden if the trial does not hide
// a device that it should. If the words cannot be written, or the devices not be declared, the watchdog is
// disarmed nevertheless. announce, which may be nil, gets each change of words before it is made,
// and report gets events about devices.
func (v *View) ConfirmHost(ctx context.Context, announce func(HostWordsChange), report func(Event)) (done HostConfirm, err error) {
	r := newReporter(report)
	var hidden []pci.Address
	err = v.inTurn(ctx, r, false, func(held *os.File) error {
		h, err := v.trialHost(ctx, held)
		if err != nil {
			return err
		}
		t, err := trial.Confirmable(v.fs, h.Loader)
		if err != nil {
			return err
		}
		if h.Run == nil {
			return &Error{Code: CodeNoTrial, Reason: "a trial is confirmed on the machine that runs it"}
		}
		done = HostConfirm{Trial: newHostTrial(t), Words: []HostWordsChange{}}
		tried, err := v.whereTried(t.Hide)
		if err == nil && t.State == trial.Running {
			err = v.allHidden(ctx, tried)
		}
		if err != nil {
			return err
		}
		if err := trial.Confirm(v.fs, t, engine.Watchdogs(ctx)); err != nil {
			return err
		}
		for _, o := range wordsTried(t.Record) {
			change, err := v.changeHostWords(ctx, o, held, announce)
			if err != nil {
				return within(fmt.Sprintf("the watchdog is disarmed, and the machine stays up, but the words of the line %s could not be written", o.Line), err)
			}
			done.Words = append(done.Words, change)
		}
		if t.Hide != nil {
			if done.List, err = v.declareTried(ctx, held, tried, t.Hide.Force, r); err != nil {
				return within("the watchdog is disarmed, and the machine stays up, but the devices could not be declared", err)
			}
		}
		if t.State == trial.Running {
			hidden = addressesTried(tried)
		}
		return within("what was tried is kept, but the entry of the trial could not be removed; 'xenpci host' says how to go on", done.takeBack(ctx, h))
	})
	if err == nil && len(hidden) > 0 { // what could not be done before xenstored ran
		applied, applyErr := v.Apply(ctx, ApplyOptions{Only: hidden}, report)
		done.Devices, err = applied.Devices, later(declaredNotHidden, applyErr)
	}
	return done, wrapped(err)
}

// takeBack removes the entry of a trial that was confirmed, and its initramfs.
func (c *HostConfirm) takeBack(ctx context.Context, h *boot.Host) error {
	undo, err := trial.PrepareUndo(h)
	if err != nil {
		return err
	}
	c.Files, c.Commands, _ = planned(&undo.Plan, false)
	return undo.CarryOut(ctx)
}

// wordsTried returns how the words of a trial are set for good. What the check says of them does
// not matter any more: they were tried.
func wordsTried(r trial.Record) (all []HostWordsOptions) {
	for _, line := range []struct {
		name  HostLine
		words []string
	}{{HostXenLine, r.Xen}, {HostDom0Line, r.Dom0}} {
		if len(line.words) > 0 {
			all = append(all, HostWordsOptions{Line: line.name, Set: line.words, Repeat: HostRepeat(r.Repeat), Recovery: r.Recovery, Force: true})
		}
	}
	return all
}

// whereTried returns the devices of a trial by where they are now.
func (v *View) whereTried(hide *trial.Hide) (map[pci.Address]config.Device, error) {
	if hide == nil {
		return nil, nil
	}
	devices, err := v.allDevices()
	if err != nil && len(devices) == 0 {
		return nil, err
	}
	list := make([]config.Declared, len(hide.Devices))
	for i, d := range hide.Devices {
		list[i].Device = d
	}
	all := map[pci.Address]config.Device{}
	for _, f := range config.Match(list, config.NewPresent(v.host.root, devices, list)) {
		if !f.Found() {
			return nil, &Error{Code: CodeNotFound, Device: &f.Address, Reason: f.Reason(), Advice: f.Advice()}
		}
		all[f.Now] = f.Device
	}
	return all, nil
}

func addressesTried(devices map[pci.Address]config.Device) []pci.Address {
	var all []pci.Address
	for a := range devices {
		all = append(all, a)
	}
	slices.SortFunc(all, pci.Address.Compare)
	return all
}

// allHidden returns an error if a device is not hidden: then the boot does not show what becomes of
// dom0 without it.
func (v *View) allHidden(ctx context.Context, devices map[pci.Address]config.Device) error {
	if len(devices) == 0 {
		return nil
	}
	in, err := v.held(ctx, v.engine(reporter{}), addressesTried(devices), func(s engine.DeviceStatus) bool { return !s.State.Hidden() })
	if err != nil || len(in) == 0 {
		return err
	}
	return &Error{Code: CodeNotHidden, Device: &in[0], Reason: "is not hidden in this boot, so that nothing was tried",
		Advice: "let the machine restart, or run 'xenpci host undo' and reboot; 'dmesg | grep xenpci' says what failed"}
}

// declareTried declares the devices of a trial as they were when it was prepared.
func (v *View) declareTried(ctx context.Context, held *os.File, devices map[pci.Address]config.Device, force bool, r reporter) (*ListChange, error) {
	d := declaring{change: newListChange()}
	all := addressesTried(devices)
	err := v.declareInTurn(ctx, held, &d, all, devices, DeclareOptions{Force: force, Together: [][]pci.Address{all}}, r)
	if err == nil && len(d.refused) > 0 {
		err = d.refused[0].Err
	}
	if err != nil {
		return nil, err
	}
	r.event(Event{Kind: EventList, List: &d.change})
	return &d.change, nil
}
