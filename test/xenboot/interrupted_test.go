//go:build xen

package xenboot

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// state prints what 'boot enable' may change, in a form that can be compared.
const state = `state() {
	(cd / && find etc boot var/lib/xenpci \( -name initrd.img-\* -o -name grubenv \) -prune -o -print0 2>/dev/null |
		sort -z | tar --create --null --no-recursion --mtime=@0 --files-from=- --numeric-owner 2>/dev/null | sha256sum)
	for image in /boot/initrd.img-*; do lsinitramfs "$image" | sort | sha256sum; done
	ls /boot
}
`

// TestInterrupted sends boot enable signals at moments of its way. After SIGINT
// and SIGTERM all is as it was before. After SIGKILL the next command waits for
// the generator that is left, or says that it still runs; then disable leaves all
// as it was, and enable makes all of it so.
func TestInterrupted(t *testing.T) {
	l := fresh(t, root.Debian, twins())
	l.write(t, "/etc/xenpci/devices.toml", "[[device]]\naddress = \""+declared+"\"\nid = \"8086:100e\"\n")
	answers := l.run(t, host.Order{Entry: host.Bare, Script: state + `
state >/run/before
interrupt() { # SIGNAL, and the program in whose midst it is sent
	xenpci boot enable --layer kernel-argument --layer initramfs >/run/said 2>&1 &
	process=$!
	until pgrep -x "$2" >/dev/null || ! kill -0 $process 2>/dev/null; do sleep 0.05; done
	kill -"$1" $process
	wait $process
	echo "$1 within $2: status $?"
	pgrep -x "$2" >/dev/null && echo "$2 still runs"
}
same() {
	state >/run/after
	if cmp -s /run/before /run/after; then echo "all as before"; else echo "something else"; diff /run/before /run/after >&2; fi
}
interrupt INT grub-mkconfig; tail -n 1 /run/said; same
interrupt TERM mkinitramfs; tail -n 1 /run/said | sed "s/-k [^:]*/-k RELEASE/"; same
interrupt KILL mkinitramfs
xenpci --timeout 1s boot disable 2>&1 | grep -o "is still at work"
while pgrep -x mkinitramfs >/dev/null; do sleep 1; done
xenpci boot disable >/run/said 2>&1; echo "disable: status $?"; same
interrupt KILL grub-mkconfig
while pgrep -x grub-mkconfig >/dev/null; do sleep 1; done
xenpci boot enable >&2; echo "enable: status $?"
xenpci verify --next >&2; echo "verify: status $?"
`})
	t.Log(answers)
	var said []string
	for line := range strings.Lines(answers) {
		for _, begin := range []string{"xenpci: update-", "INT ", "TERM ", "KILL ", "all as", "something", "is still", "mkinitramfs still", "grub-mkconfig still", "disable: ", "enable: ", "verify: "} {
			if strings.HasPrefix(line, begin) {
				said = append(said, strings.TrimSuffix(line, "\n"))
			}
		}
	}
	want := []string{
		"INT within grub-mkconfig: status 1",
		"xenpci: update-grub: interrupt signal received; what was written is taken back", "all as before",
		"TERM within mkinitramfs: status 1",
		"xenpci: update-initramfs -u -k RELEASE: terminated signal received; what was written is taken back", "all as before",
		"KILL within mkinitramfs: status 137", "mkinitramfs still runs", "is still at work",
		"disable: status 0", "all as before",
		"KILL within grub-mkconfig: status 137", "grub-mkconfig still runs",
		"enable: status 0", "verify: status 0",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// cut ends a boot as a power cut does, when the host prints the word.
type cut struct {
	bytes.Buffer
	word  string
	power context.CancelFunc
}

func (c *cut) Write(p []byte) (int, error) {
	n, err := c.Buffer.Write(p)
	if strings.Contains(c.String(), c.word) {
		c.power()
	}
	return n, err
}

// TestPowerCut has the power go while layers are written and images and menus
// made of them. The next boot comes up, every file is old or new, and boot
// enable makes all of it so.
func TestPowerCut(t *testing.T) {
	for _, test := range []struct{ name, moment string }{
		{"files are written", "until [ -e /etc/initramfs-tools/hooks/xenpci ]; do :; done"},
		{"the menu is made", "until pgrep -x grub-mkconfig >/dev/null; do :; done; sleep 1"},
		{"an image is put in its place", "until [ -e /boot/initrd.img-$(uname -r).new ]; do :; done"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := fresh(t, root.Debian, twins())
			l.write(t, "/etc/xenpci/devices.toml", "[[device]]\naddress = \""+declared+"\"\nid = \"8086:100e\"\n")
			ctx, power := context.WithCancel(t.Context())
			defer power()
			answers := &cut{word: "the power goes", power: power}
			order := host.Order{Entry: host.Bare, Deadline: bootDeadline, Console: l.setup.Log(t.Name() + ".console"),
				Script: "(" + test.moment + "; echo the power goes) &\nxenpci boot enable --layer kernel-argument --layer initramfs\nsleep 60"}
			begun := time.Now()
			if _, err := l.Boot(ctx, order, answers); !errors.Is(err, machine.ErrNoStatus) {
				t.Fatalf("it ended by itself: %v\n%s", err, answers)
			}
			t.Logf("the power went after %v\n%s", time.Since(begun).Round(time.Second), answers)
			// Whatever is hidden in that boot, it comes up, and says what is true.
			t.Log(l.run(t, host.Order{Script: "xenpci boot 2>&1; xenpci verify 2>&1; echo status $?; systemctl --failed --no-legend --plain >&2"}))
			t.Log(l.run(t, host.Order{Entry: host.Bare, Script: "xenpci boot enable && xenpci verify --next"}))
			if diff := cmp.Diff(hidden, parseBooted(t, l.run(t, host.Order{Script: lookAfter}))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
