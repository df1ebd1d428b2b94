package fakekernel

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// FaultVariable is the environment variable from which Open reads faults. They have the
// form CONDITIONS:ACTION and are separated by ';'. Conditions are separated by ',' and must
// all hold:
//
//	write=3          the third matching write of this Host, counted from 1
//	tree=3           the third matching write to this tree by any process that
//	                 has a tree= fault, since it was unpacked
//	name=*/unbind    the file as the caller names it, a path.Match pattern in
//	                 which '*' does match '/'
//	value=0000:00:*  the written value without its newline, as a pattern
//
// Without write= and tree= the fault hits every matching write. Actions:
//
//	errno=EIO        fails, without effect
//	fail-after=EIO   has its effect, and fails
//	hang             waits until Release, then has its effect
//	hang-after       has its effect, then waits until Release
//	delay=50ms       waits, then has its effect
//	kill-before      SIGKILL to this process, without effect
//	kill-after       SIGKILL to this process, after the effect
//	give-up=50ms     has its effect, and the driver lets go of the device after that
//	                 time, as one does whose asynchronous probe fails
//	lose             the device is removed between open and write, as in hot unplug
const FaultVariable = "XENPCI_FAKE_FAULT"

// Fault makes writes fail in some way. Zero conditions match every write.
type Fault struct {
	Write  int           // hits only the Nth matching write of this Host
	Tree   int           // hits only the Nth matching write to the tree
	Name   string        // pattern of the file's name
	Value  string        // pattern of the value
	Action Action        // what happens
	Errno  syscall.Errno // of Fail and FailAfter
	Delay  time.Duration // of Delay and GiveUp
}

// Action is what a fault does.
type Action string

// The actions, with their names in FaultVariable.
const (
	Fail       Action = "errno"
	FailAfter  Action = "fail-after"
	Hang       Action = "hang"
	HangAfter  Action = "hang-after"
	Delay      Action = "delay"
	KillBefore Action = "kill-before"
	KillAfter  Action = "kill-after"
	Lose       Action = "lose"
	GiveUp     Action = "give-up"
)

// armed is a fault and the number of matching writes so far.
type armed struct {
	Fault
	seen int
}

// ParseFaults reads the text form.
func ParseFaults(text string) ([]Fault, error) {
	var faults []Fault
	for one := range strings.SplitSeq(text, ";") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		f, err := parseFault(one)
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", one, err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func parseFault(text string) (Fault, error) {
	var f Fault
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return f, fmt.Errorf("no action")
	}
	for condition := range strings.SplitSeq(text[:at], ",") {
		if err := f.condition(condition); err != nil {
			return f, err
		}
	}
	return f, f.action(text[at+1:])
}

func (f *Fault) condition(text string) (err error) {
	key, value, _ := strings.Cut(strings.TrimSpace(text), "=")
	switch key {
	case "write":
		f.Write, err = strconv.Atoi(value)
	case "tree":
		f.Tree, err = strconv.Atoi(value)
	case "name":
		f.Name = value
		_, err = path.Match(value, "")
	case "value":
		f.Value = value
		_, err = path.Match(value, "")
	default:
		err = fmt.Errorf("unknown condition %q", key)
	}
	if err == nil && (f.Write < 0 || f.Tree < 0) {
		err = fmt.Errorf("%s: must be at least 1", key)
	}
	return err
}

func (f *Fault) action(text string) (err error) {
	word, value, given := strings.Cut(text, "=")
	f.Action = Action(word)
	switch f.Action {
	case Fail, FailAfter:
		f.Errno, err = parseErrno(value)
		return err
	case Delay, GiveUp:
		f.Delay, err = time.ParseDuration(value)
		return err
	case Hang, HangAfter, KillBefore, KillAfter, Lose:
		if given {
			return fmt.Errorf("%s takes no value", word)
		}
		return nil
	}
	return fmt.Errorf("unknown action %q", word)
}

// parseErrno returns the errno with a name such as EIO.
func parseErrno(name string) (syscall.Errno, error) {
	const last = 133 // EHWPOISON, the highest errno of Linux
	for errno := syscall.Errno(1); errno <= last; errno++ {
		if unix.ErrnoName(errno) == name {
			return errno, nil
		}
	}
	return 0, fmt.Errorf("unknown errno %q", name)
}
