//go:build xen

package xenboot

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// tried is a machine that restarts when Xen has it restart, as real ones do.
func tried() machine.Machine {
	return machine.Machine{Board: "q35", Reboots: true, Devices: []machine.Device{machine.E1000("09.0")}}
}

// tree prints everything that a trial may change, in a form that can be compared. Without LANG,
// update-grub writes the same lines in every boot (docs/boot-lab.md).
const tree = `unset LANG
tree() {
	(cd / && find etc/grub.d etc/default boot var/lib/xenpci -type f -exec sha256sum {} + 2>/dev/null | sort -k 2)
}
`

// prepare is the script that prepares a trial of these words.
func prepare(words string) host.Order {
	return host.Order{Entry: host.Bare, Script: tree + "tree >/root/before; xenpci host try " + words + " && sync"}
}

// afterwards tells what runs, takes the trial back, and compares. In the boot of the trial it
// waits for the watchdog.
const afterwards = tree + `
if grep -q xenpci.trial= /proc/cmdline; then echo "the trial is up"; sync; sleep 1800; fi
echo "words: $(grep -o -e 'root=UUID[^ ]*' -e 'rootdelay=[0-9]*' -e 'panic=[0-9]*' /proc/cmdline | xargs) $(xenpci host info | grep -o -e acpi=ht -e loglvl=all | xargs)"
xenpci host | grep ^trial | sed 's/trial [0-9T]*/trial ID/'
xenpci status | grep -o "was not confirmed"
xenpci host undo >&2 || echo "undo: status $?"
tree >/root/after
cmp /root/before /root/after && echo "all as before"
diff /root/before /root/after >&2
`

// TestHostTry tries lines with which the machine does not come up, or nobody can log in. Each
// time it comes back by itself with the old line, says so, and undo leaves every byte as it was.
func TestHostTry(t *testing.T) {
	uuid := "words: root=UUID=" + root.UUID + " "
	for _, test := range []struct {
		name, words, trial string
		up                 bool   // the boot of the trial comes up
		more               string // is done when it is prepared
	}{
		{"Xen panics", "xen acpi=ht --minutes 1", "trial ID (xen acpi=ht)", false, ""},
		{"GRUB cannot load it", "xen loglvl=all", "trial ID (xen loglvl=all)", false, "sed -i 's|multiboot2 /boot/xen|multiboot2 /boot/absent|' /boot/grub/grub.cfg"},
		{"dom0 hangs", "dom0 root=/dev/nowhere rootdelay=3600 panic=3600 --minutes 1", "trial ID (dom0 root=/dev/nowhere rootdelay=3600 panic=3600)", false, ""},
		{"nobody confirms", "xen loglvl=all --minutes 5", "trial ID (xen loglvl=all)", true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := fresh(t, root.Debian, tried())
			order := prepare(test.words)
			order.Script += "\n" + test.more
			t.Log(l.run(t, order))
			answers := l.run(t, host.Order{Script: afterwards})
			t.Log(answers)
			log := ""
			if test.up {
				log = "/var/lib/xenpci/trial/xen.log has Xen's log of it; "
			}
			want := []string{uuid, test.trial + " was not confirmed, and the machine has its old lines again; " + log + "'xenpci host undo' removes its entry", "was not confirmed", "all as before"}
			if diff := cmp.Diff(want, said(answers, "words: ", "trial ID", "was not", "all as", "undo: ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if up := strings.Contains(answers, "the trial is up"); up != test.up {
				t.Errorf("the trial came up: %t", up)
			}
		})
	}
}

// said returns the lines that begin with one of these words.
func said(answers string, begins ...string) (lines []string) {
	for line := range strings.Lines(answers) {
		for _, begin := range begins {
			if strings.HasPrefix(line, begin) {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
				break
			}
		}
	}
	return lines
}

// TestHostTryPowerCut has the power go in the middle of each step of preparing a trial, and right
// after it. The machine comes up with the old line, at once or after the trial, says what there is,
// and undo leaves every byte as it was.
func TestHostTryPowerCut(t *testing.T) {
	for _, test := range []struct {
		name, moment, state string
		up                  bool // the trial is booted
	}{
		{"the image is written", "until [ -e /boot/grub/.xenpci-trial.img.xenpci ] || [ -e /boot/grub/xenpci-trial.img ]; do :; done", "", false},
		{"the menu is made", "until pgrep -x grub-mkconfig >/dev/null; do :; done; sleep 1; sync", "trial ID (xen loglvl=all) is incomplete, since preparing it or taking it back was interrupted; 'xenpci host undo' removes what is left", false},
		{"it is prepared", "until [ -e /run/prepared ]; do :; done", "trial ID (xen loglvl=all) was not confirmed, and the machine has its old lines again; 'xenpci host undo' removes its entry", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := fresh(t, root.Debian, tried())
			ctx, power := context.WithCancel(t.Context())
			defer power()
			answers := &cut{word: "the power goes", power: power}
			order := host.Order{Entry: host.Bare, Deadline: bootDeadline, Console: l.setup.Log(t.Name() + ".console"),
				Script: tree + "tree >/root/before; sync; (" + test.moment + "; echo the power goes) &\nxenpci host try xen loglvl=all --minutes 4; touch /run/prepared; sleep 60"}
			if _, err := l.Boot(ctx, order, answers); !errors.Is(err, machine.ErrNoStatus) {
				t.Fatalf("it ended by itself: %v\n%s", err, answers)
			}
			got := l.run(t, host.Order{Script: afterwards})
			t.Logf("%s\n%s", answers, got)
			up := strings.Contains(got, "the trial is up")
			if up && !test.up {
				t.Error("the trial came up")
			}
			want := []string{"all as before"}
			if up {
				test.state = strings.Replace(test.state, "again; ", "again; /var/lib/xenpci/trial/xen.log has Xen's log of it; ", 1)
			}
			if test.state != "" {
				want = []string{test.state, "all as before"}
			}
			if diff := cmp.Diff(want, said(got, "trial ID", "all as")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(got, "words: root=UUID="+root.UUID+" \n") {
				t.Error("it does not run the old line")
			}
		})
	}
}

// TestHostTryConfirmed confirms a good line: the machine stays up, and boots with it from then on.
func TestHostTryConfirmed(t *testing.T) {
	for _, v := range []root.Variant{root.Debian, {Init: "systemd", Loader: "grub2", Initramfs: "dracut"}} {
		t.Run(v.Initramfs, func(t *testing.T) { confirmed(t, v) })
	}
}

func confirmed(t *testing.T, v root.Variant) {
	l := fresh(t, v, tried())
	t.Log(l.run(t, prepare("xen loglvl=all dom0 loglevel=6 --minutes 30")))
	const words = `echo "words: $(grep -o -e 'xenpci.trial' -e 'loglevel=[0-9]*' /proc/cmdline | xargs) $(xenpci host info | grep -o -m 1 loglvl=all)"
`
	running := l.run(t, host.Order{Script: words + `
xenpci host | grep ^trial | sed 's/trial [0-9T]*/trial ID/; s/in [0-9]* min [0-9]* s/in time/'
grep -c "Xen version" /var/lib/xenpci/trial/xen.log | sed 's/^/log: /'
xenpci host confirm >&2; echo "confirm: status $?"
ls /boot/grub /etc/grub.d /var/lib/xenpci 2>/dev/null | grep -e trial -e 42 | sed 's/^/left: /'
xenpci host confirm 2>&1 | sed 's/^xenpci: //; s/;.*//'
xenpci host undo 2>&1 | sed 's/^xenpci: //; s/;.*//'
`})
	t.Log(running)
	want := []string{
		"words: loglevel=6 xenpci.trial loglvl=all", "trial ID (xen loglvl=all dom0 loglevel=6) runs; the machine restarts in time unless 'xenpci host confirm' is run",
		"log: 1", "confirm: status 0", "there is no trial", "there is no trial",
	}
	if diff := cmp.Diff(want, said(running, "words: ", "trial ID", "log: ", "confirm: ", "left: ", "there is")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	after := l.run(t, host.Order{Script: words + "xenpci host | grep ^trial; xenpci host unset xen loglvl >&2 && xenpci host unset dom0 loglevel >&2; " + tree + "tree >/root/after; cmp /root/before /root/after && echo 'all as before'; diff /root/before /root/after >&2"})
	t.Log(after)
	if diff := cmp.Diff([]string{"words: loglevel=6 loglvl=all", "all as before"}, said(after, "words: ", "trial", "all as")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHostConfirmPowerCut has the power go while a trial is confirmed. The machine comes up, says what
// was interrupted, and confirm or undo completes it in any boot.
func TestHostConfirmPowerCut(t *testing.T) {
	for _, test := range []struct{ name, moment, state, verb, word string }{
		{"the words are written", "until pgrep -x grub-mkconfig >/dev/null; do :; done", "trial ID (xen loglvl=all) was confirmed, and writing its words was interrupted; 'xenpci host confirm' completes it", "confirm", "loglvl=all"},
		{"the entry is removed", "until [ ! -e /etc/grub.d/42_xenpci ]; do :; done; sleep 1; sync", "trial is incomplete, since preparing it or taking it back was interrupted; 'xenpci host undo' removes what is left", "undo", "loglvl=all"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := fresh(t, root.Debian, tried())
			t.Log(l.run(t, prepare("xen loglvl=all --minutes 60")))
			ctx, power := context.WithCancel(t.Context())
			defer power()
			answers := &cut{word: "the power goes", power: power}
			order := host.Order{Deadline: bootDeadline, Console: l.setup.Log(t.Name() + ".console"),
				Script: "(" + test.moment + "; echo the power goes) &\nxenpci host confirm; sleep 60"}
			if _, err := l.Boot(ctx, order, answers); !errors.Is(err, machine.ErrNoStatus) {
				t.Fatalf("it ended by itself: %v\n%s", err, answers)
			}
			got := l.run(t, host.Order{Script: tree + `
xenpci host | grep ^trial | sed 's/trial [0-9][0-9T]*/trial ID/'
xenpci host ` + test.verb + ` >&2; echo "completed: status $?"
xenpci host | grep ^trial
ls /boot/grub /etc/grub.d /var/lib/xenpci | grep -e trial -e 42 | sed 's/^/left: /'
grep -c -m 1 '^\smultiboot2.*` + test.word + `' /boot/grub/grub.cfg | sed 's/^/written: /'
xenpci host unset xen loglvl >&2; tree >/root/after; cmp /root/before /root/after && echo "all as before"
diff /root/before /root/after >&2
`})
			t.Logf("%s\n%s", answers, got)
			want := []string{test.state, "completed: status 0", "written: 1", "all as before"}
			if diff := cmp.Diff(want, said(got, "trial", "completed: ", "left: ", "written: ", "all as")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
