package passthrough

import (
	"context"
	"os"

	"github.com/xenpci/xenpci/internal/hostboot/trial"
)

// HostUndo is what is done to take a trial back.
type HostUndo struct {
	Trial     HostTrial    `json:"trial"` // as it was
	Image     string       `json:"image,omitempty"`
	Files     []FileChange `json:"files"`               // that changed, or would
	Commands  []string     `json:"commands"`            // that ran, or would
	Elsewhere bool         `json:"elsewhere,omitempty"` // the commands have to be run on the machine that the root belongs to
	DryRun    bool         `json:"dry_run,omitempty"`
	Diff      string       `json:"diff,omitempty"` // of a dry run: all changes of files
}

// UndoHost takes a trial back, however far it is: its entry, the choice of what boots once, and
// its initramfs. In the boot of the trial the watchdog stays armed, and the machine restarts as
// it would without: that is the way back to the old line. The error is CodeNoTrial if there is
// none.
func (v *View) UndoHost(ctx context.Context, dryRun bool, report func(Event)) (done HostUndo, err error) {
	err = v.inTurn(ctx, newReporter(report), dryRun, func(held *os.File) error {
		h, err := v.trialHost(ctx, held)
		if err != nil {
			return err
		}
		undo, err := trial.PrepareUndo(h)
		if err != nil {
			return err
		}
		done = HostUndo{Trial: newHostTrial(undo.Trial), Image: undo.Image, DryRun: dryRun, Elsewhere: h.Run == nil}
		done.Files, done.Commands, done.Diff = planned(&undo.Plan, dryRun)
		if dryRun {
			return nil
		}
		return undo.CarryOut(ctx)
	})
	return done, wrapped(err)
}
