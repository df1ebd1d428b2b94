package passthrough

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/trial"
	"github.com/xenpci/xenpci/internal/program"
)

// TryOptions are what is tried.
type TryOptions struct {
	Xen, Dom0 []string // words for Xen's line and for that of dom0's kernel
	Minutes   int      // how long the trial waits to be confirmed, from when dom0 starts; DefaultTrialMinutes if 0
	Repeat    HostRepeat
	Recovery  bool // the recovery entries get the words too, when the trial is confirmed
	DryRun    bool // return what would be done, and do nothing
}

// HostTry is what is done to try a line, or hiding devices.
type HostTry struct {
	Trial    HostTrial    `json:"trial"`
	Entry    string       `json:"entry"` // the title of the default entry, from which that of the trial is made
	XenLine  []string     `json:"xen_line"`
	Dom0Line []string     `json:"dom0_line"`
	Image    string       `json:"image"`              // the initramfs that is written for it
	Warnings []Remark     `json:"warnings,omitempty"` // what the check finds wrong with the words, or settings of others about hidden devices
	Files    []FileChange `json:"files"`              // that changed, or would
	Commands []string     `json:"commands"`           // that ran, or would
	Confirm  *ListChange  `json:"confirm,omitempty"`  // of devices: what ConfirmHost will do for the next boots
	DryRun   bool         `json:"dry_run,omitempty"`
	Diff     string       `json:"diff,omitempty"` // of a dry run: all changes of files
}

// TryHost boots changed command lines once: the default entry of GRUB 2 with other words, in
// an entry of its own, whose initramfs arms a watchdog in Xen before anything else. Unless
// ConfirmHost is called in that boot in time, the machine restarts and boots the default entry
// again, which is not touched. Whether the machine restarts now is left to the caller.
//
// It is refused, with CodeTrialUnsafe or CodeTrialUnsupported, where the machine would not come
// back by itself. Not covered is a Xen that hangs before it starts dom0. If preparing it fails,
// everything is taken back. report gets an EventTry before anything is written.
func (v *View) TryHost(ctx context.Context, o TryOptions, report func(Event)) (try HostTry, err error) {
	if err := o.check(); err != nil {
		return try, err
	}
	request := trial.Request{Xen: o.Xen, Dom0: o.Dom0, Repeat: hostboot.Repeat(o.Repeat), Recovery: o.Recovery}
	if request.Minutes, err = trialMinutes(o.Minutes); err != nil {
		return try, err
	}
	r := newReporter(report)
	err = v.inTurn(ctx, r, o.DryRun, func(held *os.File) error {
		setup, err := v.prepareTrial(ctx, held, request)
		if err != nil {
			return err
		}
		warnings, err := v.settable(ctx, setup.Record, held)
		if err != nil {
			return err
		}
		try = newHostTry(setup, o.DryRun)
		try.Warnings = warnings
		r.event(Event{Kind: EventTry, Try: &try})
		if o.DryRun {
			return nil
		}
		return setup.CarryOut(ctx)
	})
	return try, wrapped(err)
}

// trialMinutes returns how long a trial waits: the default for 0.
func trialMinutes(n int) (int, error) {
	switch {
	case n == 0:
		return DefaultTrialMinutes, nil
	case n < MinTrialMinutes || n > MaxTrialMinutes:
		return 0, &Error{Code: CodeBadOption, Reason: fmt.Sprintf("a trial waits from %d to %d minutes, not %d", MinTrialMinutes, MaxTrialMinutes, n)}
	}
	return n, nil
}

// prepareTrial plans a trial, to which it gives an ID.
func (v *View) prepareTrial(ctx context.Context, held *os.File, request trial.Request) (*trial.Setup, error) {
	h, err := v.trialHost(ctx, held)
	if err != nil {
		return nil, err
	}
	if v.fs.Real() {
		if err := program.Lasting(h.Program); err != nil {
			return nil, err
		}
	}
	request.ID = time.Now().UTC().Format("20060102T150405")
	return trial.Prepare(ctx, h, request)
}

func newHostTry(setup *trial.Setup, dryRun bool) HostTry {
	try := HostTry{
		Trial: newHostTrial(trial.Trial{Record: setup.Record, State: trial.Prepared}),
		Entry: setup.Title, XenLine: setup.Xen, Dom0Line: setup.Dom0, Image: setup.Image, DryRun: dryRun,
	}
	try.Files, try.Commands, try.Diff = planned(&setup.Plan, dryRun)
	return try
}

// check returns why the words are not understood.
func (o TryOptions) check() error {
	record := trial.Record{Xen: o.Xen, Dom0: o.Dom0}
	for _, words := range wordsTried(record) {
		if err := words.check(); err != nil {
			return err
		}
	}
	if len(o.Xen)+len(o.Dom0) == 0 {
		return &Error{Code: CodeBadOption, Reason: "no word was given"}
	}
	return nil
}

// settable returns why the words of a trial could not be set for good when it is confirmed, and
// what the check finds wrong with them.
func (v *View) settable(ctx context.Context, r trial.Record, held *os.File) (warnings []Remark, err error) {
	for _, o := range wordsTried(r) {
		o.DryRun = true
		change, err := v.changeHostWords(ctx, o, held, nil)
		if err != nil {
			return nil, within("the words could not be set when the trial is confirmed", err)
		}
		warnings = append(warnings, change.Warnings...)
	}
	return warnings, nil
}

// planned returns what a plan changes and runs, and of a dry run the lines.
func planned(p *change.Plan, dryRun bool) (files []FileChange, commands []string, diff string) {
	files, commands = []FileChange{}, []string{}
	for _, c := range p.Shown() {
		files = append(files, newFileChange(c))
	}
	for _, c := range p.Commands {
		commands = append(commands, c.String())
	}
	if dryRun {
		diff = p.Diff()
	}
	return files, commands, diff
}

// restartTime is how long the program may take that has the machine restart. It returns before
// the machine does so.
const restartTime = time.Minute

// Restart has the machine restart in order, as "shutdown -r now" does.
func (h *Host) Restart(ctx context.Context) error {
	if !h.ThisMachine() {
		return &Error{Code: CodeBadOption, Reason: "only the machine that this program runs on can be restarted"}
	}
	return wrapped(program.Run(ctx, restartTime, "shutdown", "-r", "now"))
}
