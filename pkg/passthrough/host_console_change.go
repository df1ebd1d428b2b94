package passthrough

import (
	"context"
	"fmt"
	"os"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/hostboot/console"
)

// HostConsoleOptions are the serial port that the console is set up on, and how.
type HostConsoleOptions struct {
	Port   string // "com1" or "com2"
	Speed  int    // in baud: 1200 to 115200
	Remove bool   // take away what was set up, in place of setting it up
	DryRun bool   // return what would be done, and do nothing
}

// HostConsoleChange is what is done about the serial console.
type HostConsoleChange struct {
	Xen       HostLineChange    `json:"xen"`  // of Xen's command line
	Dom0      HostLineChange    `json:"dom0"` // of dom0's
	Left      []HostConsoleLink `json:"left"` // links that do not hold, and that xenpci does not mend
	Files     []FileChange      `json:"files"`
	Commands  []string          `json:"commands"`
	Elsewhere bool              `json:"elsewhere,omitempty"` // the commands have to be run on the machine that the root belongs to
	DryRun    bool              `json:"dry_run,omitempty"`
	Diff      string            `json:"diff,omitempty"` // of a dry run: all changes of files
}

// HostLineChange is how the words of a command line change.
type HostLineChange struct {
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

// Nothing reports whether everything was as it should be.
func (c HostConsoleChange) Nothing() bool { return len(c.Files)+len(c.Commands) == 0 }

// ChangeHostConsole sets up the serial console from the next boot on: the words of Xen's command line
// and of dom0's, those of the recovery entries too, the menu of GRUB, a login where the init system
// needs one, and securetty where it exists. Or it takes away what was set up, and the words of both
// lines are what they were. Links that hold already stay as they are.
//
// It runs the system's generator and reads back every link. If one of them does not hold then,
// everything is taken back, and the error's code is CodeTakenBack. Lines that xenpci does not write
// are refused with CodeByHand. announce, which may be nil, gets the change before anything is done.
func (v *View) ChangeHostConsole(ctx context.Context, o HostConsoleOptions, announce func(HostConsoleChange)) (c HostConsole, err error) {
	const slowest, fastest = 1200, 115200 // of Xen's driver
	switch {
	case o.Remove:
	case o.Port != "com1" && o.Port != "com2":
		return c, &Error{Code: CodeBadOption, Reason: fmt.Sprintf("there is no serial port %q", o.Port), Advice: "Xen has com1 and com2"}
	case o.Speed < slowest || o.Speed > fastest:
		return c, &Error{Code: CodeBadOption, Reason: fmt.Sprintf("Xen does not take %d baud", o.Speed), Advice: fmt.Sprintf("it takes %d to %d", slowest, fastest)}
	case fastest%o.Speed != 0: // the port divides its clock by a whole number
		return c, &Error{Code: CodeBadOption, Reason: fmt.Sprintf("a serial port cannot have %d baud", o.Speed), Advice: "usual speeds are 9600, 19200, 38400, 57600 and 115200"}
	}
	var change HostConsoleChange
	err = v.inTurn(ctx, reporter{}, o.DryRun, func(held *os.File) error {
		change, err = v.changeHostConsole(ctx, o, held, announce)
		return err
	})
	if err != nil {
		return c, wrapped(err)
	}
	c = v.HostConsole()
	c.Change = &change
	return c, nil
}

func (v *View) changeHostConsole(ctx context.Context, o HostConsoleOptions, held *os.File, announce func(HostConsoleChange)) (HostConsoleChange, error) {
	v.next.forget()
	h, err := v.bootLoader(ctx, held)
	if err != nil {
		return HostConsoleChange{}, err
	}
	setup, err := prepareConsole(ctx, h, o)
	if err != nil {
		return HostConsoleChange{}, err
	}
	c := HostConsoleChange{
		Xen: newHostLineChange(setup.Xen.Now, setup.Xen.Want), Dom0: newHostLineChange(setup.Dom0.Now, setup.Dom0.Want),
		Left: newHostConsoleLinks(setup.Left), Elsewhere: h.Run == nil, DryRun: o.DryRun,
	}
	c.Files, c.Commands, c.Diff = planned(&setup.Plan, o.DryRun)
	if announce != nil {
		announce(c)
	}
	if o.DryRun {
		return c, nil
	}
	defer v.next.forget()
	return c, setup.CarryOut(ctx, func(xen bool, err error) error {
		if xen {
			return v.whereLost(HostXenLine, err)
		}
		return v.whereLost(HostDom0Line, err)
	})
}

func prepareConsole(ctx context.Context, h *boot.Host, o HostConsoleOptions) (console.Setup, error) {
	if o.Remove {
		return console.Remove(ctx, h)
	}
	return console.Prepare(ctx, h, console.Wanted{Port: o.Port, Speed: o.Speed})
}

func newHostLineChange(now, want []string) HostLineChange {
	lost, added := compareWords(now, want)
	return HostLineChange{Added: words(added), Removed: words(lost)}
}
