package trial

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Confirmable returns the trial that the machine runs, or one of which the confirmation was interrupted.
// The error is a *RefusedError if there is neither, or if settings were changed since it was
// prepared: their line is not the one that was tried.
func Confirmable(f sysfs.FS, l boot.Loader) (Trial, error) {
	t, there, err := Look(f)
	switch {
	case err != nil:
		return t, err
	case !there || t.State == TakenBack:
		return t, refused(NoTrial, prepares, "there is no trial")
	case t.State == Confirmed:
		return t, nil
	case t.State == Unconfirmed:
		return t, refused(NotRunning, "'xenpci host undo' removes it; then prepare another", "the machine has restarted since the trial %s, which was not confirmed", t.ID)
	case t.State != Running:
		return t, refused(NotRunning, "reboot first", "the machine does not run the trial, which is %s", t.State)
	}
	changed, err := t.changed(f, l)
	if err != nil {
		return t, err
	}
	if len(changed) > 0 {
		return t, refused(SettingsOther, "let the machine restart, or run 'xenpci host undo' and reboot; then try again",
			"changed since the trial was prepared: %s", strings.Join(changed, ", "))
	}
	return t, nil
}

// Confirm stops the watchdog of a trial, if the machine runs it: from then on it stays up. Then it
// records that the words are going to be written, so that a power cut does not make of it a
// trial that nobody confirmed.
func Confirm(f sysfs.FS, t Trial, open func(sysfs.FS) (hypervisor.Watchdogs, error)) error {
	running := RunningID(f) == t.ID
	if running {
		if err := disarm(f, t.Record.Confirmed, open); err != nil {
			return fmt.Errorf("the watchdog is still armed: %w", err)
		}
	}
	t.Record.Confirmed = true
	text, err := t.Record.text()
	if err == nil {
		err = etc.Replace(f, RecordFile, text, etc.Options{NoBackup: true})
	}
	if err == nil {
		err = etc.Remove(f, runFile) // nothing is armed any more
	}
	if err != nil && running {
		return fmt.Errorf("the watchdog is disarmed, and the machine stays up, but that could not be recorded: %w", err)
	}
	return err
}
