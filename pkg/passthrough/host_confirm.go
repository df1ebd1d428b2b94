package passthrough

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/hostboot/trial"
)

// HostConfirm is what is done to keep the lines of a trial.
type HostConfirm struct {
	Trial    HostTrial         `json:"trial"`    // as it was
	Words    []HostWordsChange `json:"words"`    // of each line that was tried
	Files    []FileChange      `json:"files"`    // of the trial
	Commands []string          `json:"commands"` // that ran after these
}

// ConfirmHost keeps the lines of the trial that the machine runs: it disarms the watchdog, writes
// the words to the settings of the boot loader as ChangeHostWords does, and takes the trial's
// entry back. If that was interrupted, it is completed in any boot. The error is CodeNoTrial if
// the machine does not run a trial, and CodeTrialStale if settings were changed since it was
// prepared. If the words cannot be written, the watchdog is disarmed nevertheless. announce, which
// may be nil, gets each change before it is made.
func (v *View) ConfirmHost(ctx context.Context, announce func(HostWordsChange)) (done HostConfirm, err error) {
	err = v.inTurn(ctx, reporter{}, false, func(held *os.File) error {
		h, err := v.trialHost(held)
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
		if err := trial.Confirm(v.fs, t, trial.Open); err != nil {
			return err
		}
		for _, o := range wordsTried(t.Record) {
			change, err := v.changeHostWords(ctx, o, held, announce)
			if err != nil {
				return within("the watchdog is disarmed, and the machine stays up, but the words could not be written", err)
			}
			done.Words = append(done.Words, change)
		}
		undo, err := trial.PrepareUndo(h)
		if err != nil {
			return err
		}
		done.Files, done.Commands, _ = planned(&undo.Plan, false)
		return undo.CarryOut(ctx)
	})
	return done, wrapped(err)
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
