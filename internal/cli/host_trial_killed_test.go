package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// trialWalk is a verb of a trial that goes wrong, and what has happened before.
type trialWalk struct {
	name    string
	prepare []string // arguments of calls, and "restart"
	verb    string
	written string // for a verb that confirms: the one that takes back what it has written
}

func trialWalks() []trialWalk {
	const words, devices = "host try xen smt=off", "hide --boot --try 00:09.0"
	return []trialWalk{
		{"try", nil, words, ""},
		{"try devices", nil, devices, ""},
		{"undo before its boot", []string{words}, "host undo", ""},
		{"undo in its boot", []string{words, "restart"}, "host undo", ""},
		{"undo afterwards", []string{devices, "restart", "restart"}, "host undo", ""},
		{"confirm", []string{words, "restart"}, "host confirm", "host unset xen smt=off"},
		{"confirm devices", []string{devices, "restart"}, "host confirm", "unhide --boot 00:09.0"},
	}
}

// TestTrialKilled kills each verb of a trial at each change of names and of grubenv, and has each write
// fail. A kill at the write of a new file leaves what one at its rename does, and an error there what one
// at its write does: these are left out. Then status tells what is there, and 'host undo', or the same
// verb, leaves the machine as it was, or with all that was confirmed.
func TestTrialKilled(t *testing.T) {
	t.Parallel()
	program := oneThread(t)
	for _, w := range trialWalks() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			before := trialFilesOf(t, w.unpack(t, nil))
			root := w.unpack(t, w.prepare)
			if status, out := called(t, root, w.verb); status != 0 {
				t.Fatalf("%s: status %d: %s", w.verb, status, out)
			}
			after := trialFilesOf(t, root)
			for _, at := range faultsOf(t, program, w.unpack(t, w.prepare), strings.Fields(w.verb)) {
				if at.call == "write" && at.fault == "signal=KILL" || strings.HasPrefix(at.call, "rename") && at.fault == "error=EIO" {
					continue
				}
				w.wrong(t, program, at, before, after)
			}
		})
	}
}

// wrong has the verb go wrong, and looks at what is left and what comes of it.
func (w trialWalk) wrong(t *testing.T, program string, at faultAt, before, after map[string]string) {
	t.Helper()
	for _, then := range w.thens(before, after) {
		root := w.unpack(t, w.prepare)
		status, injected := traced(t, program, root, at, strings.Fields(w.verb))
		if !injected {
			t.Errorf("%s: it did not come to that", at)
		}
		state := trialState(t, root)
		if why := w.untrue(root, state, status, trialFilesOf(t, root), before, after); why != "" {
			t.Errorf("%s: status %d, the trial is %q: %s", at, status, state, why)
		}
		var said string
		for _, args := range then.args {
			_, out := called(t, root, args) // nothing to do is an error of some
			said += out
		}
		if now := trialState(t, root); now != "" && now != passthrough.HostTrialTakenBack {
			t.Errorf("%s (it was %q), and then %q: it is %q: %s", at, state, then.args, now, said)
		}
		if diff := cmp.Diff(then.want, trialFilesOf(t, root)); diff != "" {
			t.Errorf("%s (it was %q), and then %q: %s(-want +got):\n%s", at, state, then.args, said, diff)
		}
	}
}

// then is what is called after a fault, and the files that are there afterwards.
type then struct {
	args []string
	want map[string]string
}

// thens returns the ways on after a fault.
func (w trialWalk) thens(before, after map[string]string) []then {
	if w.written == "" {
		return []then{{[]string{"host undo"}, before}}
	}
	return []then{{[]string{"host undo", w.written}, before}, {[]string{w.verb}, after}}
}

// untrue returns what status does not tell of a trial.
func (w trialWalk) untrue(root string, state passthrough.HostTrialState, status int, left, before, after map[string]string) string {
	chosen := strings.Contains(left["/boot/grub/grubenv"], "next_entry=xenpci-trial")
	bootable := strings.Contains(left["/boot/grub/grub.cfg"], "--id xenpci-trial") && left["/boot/grub/xenpci-trial.img"] != "" && left["/var/lib/xenpci/trial/record.json"] != ""
	_, err := os.Stat(filepath.Join(root, ".xen/watchdog"))
	switch {
	case chosen && state != passthrough.HostTrialPrepared:
		return "it boots next"
	case !chosen && state == passthrough.HostTrialPrepared:
		return "it does not boot next"
	case chosen && !bootable:
		return "it boots next, and something of it is missing"
	case state == passthrough.HostTrialConfirmed && err == nil:
		return "the watchdog is armed"
	case status == 0:
		return cmp.Diff(after, left)
	case state == "" && w.written == "":
		return cmp.Diff(before, left)
	}
	return ""
}

// trialFilesOf returns the files of a machine that last, without those that a killed process was
// writing, what is remembered of devices, and the times that trials are called by. Which folders were made
// is left out too: an empty one that stays does no harm.
func trialFilesOf(t *testing.T, root string) map[string]string {
	t.Helper()
	id, folder := regexp.MustCompile(`\d{8}T\d{6}`), regexp.MustCompile(`(?m)^folder .* made.*\n`)
	files := map[string]string{}
	for name, content := range hostFiles(t, root) {
		switch content = id.ReplaceAllString(content, "ID"); {
		case strings.HasSuffix(name, ".xenpci"), name == "/boot/grub/grub.cfg.new", strings.HasPrefix(name, "/var/lib/xenpci/seen/"):
		case name != "/var/lib/xenpci/notes":
			files[name] = content
		case folder.ReplaceAllString(content, "") != "":
			files[name] = folder.ReplaceAllString(content, "")
		}
	}
	return files
}

// unpack makes the machine, and lets happen what has happened before.
func (w trialWalk) unpack(t *testing.T, prepare []string) (root string) {
	t.Helper()
	root = fakekernel.Unpack(t, "qemu").Root
	writeFiles(t, root, trialFiles(t))
	for i, call := range prepare {
		if call == "restart" {
			restart(t, root, fmt.Sprint(i))
		} else if status, out := called(t, root, call); status != 0 {
			t.Fatalf("%s: status %d: %s", call, status, out)
		}
	}
	return root
}
