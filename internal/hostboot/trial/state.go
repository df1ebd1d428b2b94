package trial

import (
	"encoding/json"
	"errors"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// State is how far a trial is.
type State string

// The states.
const (
	Prepared    State = "prepared"    // it boots next
	Running     State = "running"     // this boot is the trial, and is not confirmed yet
	Unconfirmed State = "unconfirmed" // it was booted or could not be, and the old line is back
	Confirmed   State = "confirmed"   // somebody confirmed it, and writing its words was interrupted
	TakenBack   State = "taken_back"  // this boot is the trial, which was taken back: its watchdog restarts the machine
	Incomplete  State = "incomplete"  // preparing it, or taking it back, was interrupted
)

// Trial is a trial that there is.
type Trial struct {
	Record
	State State
	Left  time.Duration // while it runs: until the machine restarts; 0 where that is not known
	Log   bool          // Xen's log of it was kept
}

// Look returns the trial that there is; false if there is none.
func Look(f sysfs.FS) (Trial, bool, error) {
	record, recorded, err := ReadRecord(f)
	if err != nil {
		return Trial{}, false, err
	}
	t := Trial{Record: record, Log: f.Exists(LogFile)}
	switch {
	case !recorded && (f.Exists(Script) || leftImage(f) != ""):
		t.State = Incomplete
		return t, true, nil
	case !recorded:
		armed, err := ReadArmed(f)
		if err != nil || RunningID(f) != armed.ID {
			return Trial{}, false, nil
		}
		t.ID, t.Minutes, t.State, t.Left = armed.ID, armed.Minutes, TakenBack, left(f)
		return t, true, nil
	case record.Confirmed:
		t.State = Confirmed
		return t, true, nil
	case RunningID(f) == record.ID:
		t.State = Running
		t.Left = left(f)
		return t, true, nil
	}
	e, err := readEnv(f, record.Config)
	next, set := e.next()
	switch {
	case err != nil && !errors.As(err, new(*RefusedError)):
		return t, true, err
	case next == EntryID:
		t.State = Prepared
	case bootID(f) == record.Boot, err == nil && !set && !record.NextSet:
		// GRUB leaves next_entry empty behind what it has booted once.
		t.State = Incomplete
	default:
		t.State = Unconfirmed
	}
	return t, true, nil
}

// leftImage returns the initramfs of a trial that has no record, or what there is of one; "" if there is
// none.
func leftImage(f sysfs.FS) string {
	for _, folder := range boot.GRUBFolders(f) {
		if image := path.Join(folder, imageName); f.Exists(image) || f.Exists(etc.Unfinished(image)) {
			return image
		}
	}
	return ""
}

// Armed is what the initramfs of a trial notes in /run.
type Armed struct {
	ID       string `json:"id"`
	Watchdog string `json:"watchdog"` // Xen's number of it
	Minutes  int    `json:"minutes"`
	Uptime   int64  `json:"uptime"` // when it was armed, in seconds since the boot
}

// ReadArmed returns what the initramfs noted. The error has fs.ErrNotExist in its chain if it
// noted nothing.
func ReadArmed(f sysfs.FS) (Armed, error) {
	const limit = 4096
	text, err := f.Read(runFile, limit)
	if err != nil {
		return Armed{}, err
	}
	var a Armed
	if err := json.Unmarshal(text, &a); err != nil {
		return Armed{}, &sysfs.AttrError{Op: "read", Path: runFile, Err: err}
	}
	return a, nil
}

// left returns how long it is until the watchdog restarts the machine; 0 if that is not known.
func left(f sysfs.FS) time.Duration {
	a, err := ReadArmed(f)
	now, nowErr := uptime(f)
	if err != nil || nowErr != nil {
		return 0
	}
	return max(0, time.Duration(a.Minutes)*time.Minute-time.Duration(now-a.Uptime)*time.Second)
}

// uptime returns how long the kernel has run, in seconds.
func uptime(f sysfs.FS) (int64, error) {
	text, err := f.Attribute("/proc/uptime")
	if err != nil {
		return 0, err
	}
	whole, _, _ := strings.Cut(text, ".")
	return strconv.ParseInt(whole, 10, 64)
}
