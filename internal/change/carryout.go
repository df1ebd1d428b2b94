package change

import (
	"context"
	"errors"
	"slices"

	"github.com/xenpci/xenpci/internal/etc"
)

// TakenBackError reports a plan that failed. Every file is as it was before, and
// the system's programs have run again, unless Undo is an error.
type TakenBackError struct {
	Err  error // why it failed
	Undo error // what could not be taken back; nil where everything was
}

// Error returns the reason and the advice.
func (e *TakenBackError) Error() string {
	if advice := e.Advice(); advice != "" {
		return e.Reason() + "; " + advice
	}
	return e.Reason()
}

// Reason says why it failed, and whether everything was taken back.
func (e *TakenBackError) Reason() string {
	reason, _ := Explain(e.Err)
	if e.Undo != nil {
		undo, _ := Explain(e.Undo)
		return reason + "; not everything could be taken back: " + undo
	}
	return reason + "; all changes were taken back"
}

// Advice says what to do about Err.
func (e *TakenBackError) Advice() string {
	_, advice := Explain(e.Err)
	return advice
}

// Unwrap returns both errors.
func (e *TakenBackError) Unwrap() []error {
	return slices.DeleteFunc([]error{e.Err, e.Undo}, func(err error) bool { return err == nil })
}

// CarryOut changes the files, runs the commands, and reads back what came of it.
// If anything fails it is taken back, and the error is a *TakenBackError. Where
// there was Nothing to do, the error is what ReadBack returned.
//
// A file that somebody else changed after it was planned stays as it is, and is a
// *ChangedError.
func (p *Plan) CarryOut(ctx context.Context, h Host) error {
	before, err := readNotes(h.FS)
	if err != nil {
		return err
	}
	r := carrying{Plan: p, host: h, before: before}
	err = r.forward(ctx)
	if err == nil && h.ReadBack != nil {
		err = h.ReadBack(ctx)
	}
	if err == nil {
		err = r.settle()
	}
	if err == nil || p.Nothing() {
		return err
	}
	return &TakenBackError{Err: err, Undo: r.takeBack(ctx)}
}

// carrying is a plan that is being carried out.
type carrying struct {
	*Plan
	host   Host
	before notes // as they were when it began
	begun  int   // how many changes have to be taken back if it fails
}

func (r *carrying) forward(ctx context.Context) error {
	if err := r.run(ctx, r.Commands, true); err != nil {
		return err
	}
	if err := r.note(); err != nil {
		return err
	}
	for _, c := range r.Changes {
		err := c.apply(r.host.FS)
		if changed := (*ChangedError)(nil); !errors.As(err, &changed) {
			r.begun++ // it may be half done
		}
		if err != nil {
			return err
		}
	}
	return r.run(ctx, r.Commands, false)
}

// note notes what is going to be made and edited. It comes before the changes: a
// power cut leaves a note too many rather than one too few.
func (r *carrying) note() error {
	f, all, backup := r.host.FS, r.before, false
	for _, c := range r.Changes {
		backup = backup || !c.Ours
		if c.New.Exists && !c.Old.Exists {
			all = all.withFolders(f, c.Path)
		}
		for _, kind := range c.With {
			file, err := etc.Resolve(f, c.Path)
			if err != nil {
				return err
			}
			all = all.with(note{file: file, kind: kind})
		}
	}
	if backup || len(all) > 0 {
		all = all.withFolders(f, notesFile)
	}
	return all.write(f, r.before)
}

// run runs the commands that come before the changes, or those that come after.
// Where no program can run, it does nothing.
func (r *carrying) run(ctx context.Context, commands []Command, before bool) error {
	for _, c := range commands {
		if c.Before != before || r.host.Run == nil {
			continue
		}
		if err := r.host.Run(ctx, c.Deadline, c.Args...); err != nil {
			return err
		}
	}
	return nil
}

// settle removes what an earlier process left that was killed, and forgets what is not needed any
// more: the notes and backups of files in which none of our lines are left, and the folders that are
// empty.
func (r *carrying) settle() error {
	f := r.host.FS
	old, err := readNotes(f)
	if err != nil {
		return err
	}
	all := old
	for _, c := range slices.Concat(r.Changes, r.unchanged) {
		if err := etc.Sweep(f, c.Path); err != nil {
			return err
		}
		if len(c.Without) == 0 {
			continue
		}
		file, err := etc.Resolve(f, c.Path)
		if err != nil {
			return err
		}
		all = all.without(func(n note) bool { return n.file == file && slices.Contains(c.Without, n.kind) })
		if all.edited(file, "") {
			continue // the backup is still needed
		}
		if err := etc.Forget(f, file); err != nil {
			return err
		}
	}
	return all.withoutFolders(f).finish(f, old)
}

// takeBack makes every file what it was. It goes on where one fails, and is not
// interrupted when ctx ends.
func (r *carrying) takeBack(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	errs := []error{r.runAll(ctx, true)}
	kept := map[string]bool{} // files that could not be taken back
	for _, c := range slices.Backward(r.Changes[:r.begun]) {
		err := c.Undo().apply(r.host.FS)
		errs = append(errs, err)
		kept[c.Path] = err != nil
	}
	errs = append(errs, r.runAll(ctx, false), r.takeNotesBack(kept))
	return errors.Join(errs...)
}

// runAll runs the commands that take the plan back. It goes on where one fails.
func (r *carrying) runAll(ctx context.Context, before bool) error {
	var errs []error
	for _, c := range r.Back {
		errs = append(errs, r.run(ctx, []Command{c}, before))
	}
	return errors.Join(errs...)
}

// takeNotesBack makes the notes what they were, but for those of files that could
// not be taken back.
func (r *carrying) takeNotesBack(kept map[string]bool) error {
	f := r.host.FS
	old, err := readNotes(f)
	if err != nil {
		return err
	}
	var stay []string
	for name, failed := range kept {
		if file, err := etc.Resolve(f, name); failed && err == nil {
			stay = append(stay, file)
		}
	}
	all := old.without(func(n note) bool {
		return n.kind != "" && !slices.Contains(r.before, n) && !slices.Contains(stay, n.file)
	})
	for _, n := range r.before {
		if n.kind != "" {
			all = all.with(n)
		}
	}
	return all.withoutFolders(f).finish(f, old)
}
