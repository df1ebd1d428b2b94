//go:build xen

package xenboot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// everything prints what hiding a device at boot may change, beside what a trial may change.
const everything = tree + `all() { tree; (cd / && find etc/xenpci etc/modprobe.d etc/initramfs-tools -type f -exec sha256sum {} + 2>/dev/null | sort -k 2); }
`

// card prints which driver has the card, and whether e1000 has had it in this boot.
const card = `echo "card: $(basename "$(readlink /sys/bus/pci/devices/` + declared + `/driver)"), e1000 had it: $(dmesg | grep -q 'e1000 ` + declared + `' && echo yes || echo no)"
`

// TestHideTryConfirmed hides a card in one boot, and confirms it there: it is declared, and the
// next boots hide it.
func TestHideTryConfirmed(t *testing.T) {
	l := fresh(t, root.Debian, tried())
	t.Log(l.run(t, host.Order{Entry: host.Bare, Script: everything + "all >/root/before; xenpci hide --boot --try " + declared + " --minutes 30 && sync"}))
	running := l.run(t, host.Order{Script: everything + card + `
xenpci status | grep ^trial | sed 's/trial [0-9T]*/trial ID/; s/in [0-9]* min [0-9]* s/in time/'
ls /etc/xenpci 2>/dev/null | sed 's/^/list: /'
xenpci verify >&2; xenpci apply >&2
` + card + `xenpci host confirm >&2; echo "confirm: status $?"
ls /boot/grub /etc/grub.d /var/lib/xenpci 2>/dev/null | grep -e trial -e 42 | sed 's/^/left: /'
ls /etc/xenpci | sed 's/^/list: /'
dmesg | grep xenpci >&2
`})
	t.Log(running)
	want := []string{
		"card: pciback, e1000 had it: no", "trial ID (hide " + declared + ") runs; the machine restarts in time unless 'xenpci host confirm' is run",
		"card: pciback, e1000 had it: no", "confirm: status 0", "list: devices.toml", "list: initramfs",
	}
	if diff := cmp.Diff(want, said(running, "card: ", "trial ID", "confirm: ", "left: ", "list: ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	after := l.run(t, host.Order{Script: card + "xenpci verify >&2; echo \"verify: status $?\"; xenpci status | grep ^trial; true"})
	t.Log(after)
	if diff := cmp.Diff([]string{"card: pciback, e1000 had it: no", "verify: status 0"}, said(after, "card: ", "trial", "verify: ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHideTryUnconfirmed hides a card by force in one boot, which has an address of dom0. Nobody can
// confirm that. The machine comes back by itself, and dom0 has the card.
func TestHideTryUnconfirmed(t *testing.T) {
	l := fresh(t, root.Debian, tried())
	prepared := l.run(t, host.Order{Entry: host.Bare, Script: everything + `
modprobe e1000
interface=$(ls /sys/bus/pci/devices/` + declared + `/net)
ip link set "$interface" up
ip addr add 192.0.2.9/24 dev "$interface"
ip addr show dev "$interface" >&2
all >/root/before
xenpci hide --boot --try ` + declared + ` >&2; echo "refused: status $?"
xenpci hide --boot --try --force ` + declared + ` --dry-run >&2; echo "dry run: status $?"
all >/root/dry; cmp /root/before /root/dry && echo "dry run: all as before"
xenpci hide --boot --try --force ` + declared + ` --minutes 7 >&2 && sync`})
	t.Log(prepared)
	if diff := cmp.Diff([]string{"refused: status 3", "dry run: status 0", "dry run: all as before"}, said(prepared, "refused: ", "dry run: ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	answers := l.run(t, host.Order{Script: everything + card + `
if grep -q xenpci.trial= /proc/cmdline; then echo "the trial is up"; dmesg | grep xenpci >&2; sync; sleep 1800; fi
xenpci status | grep ^trial | sed 's/trial [0-9T]*/trial ID/; s/; .var.lib.*of it//'
xenpci host undo >&2 || echo "undo: status $?"
all >/root/after
cmp /root/before /root/after && echo "all as before"
diff /root/before /root/after >&2
`})
	t.Log(answers)
	want := []string{
		"card: pciback, e1000 had it: no", "the trial is up",
		"card: e1000, e1000 had it: yes",
		"trial ID (hide " + declared + ") was not confirmed, and the machine has booted as before; 'xenpci host undo' removes its entry", "all as before",
	}
	if diff := cmp.Diff(want, said(answers, "card: ", "the trial is up", "trial ID", "all as", "undo: ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHideTryDracut hides a card in one boot whose initramfs dracut made, and takes that back there.
func TestHideTryDracut(t *testing.T) {
	l := fresh(t, root.Variant{Init: "systemd", Loader: "grub2", Initramfs: "dracut"}, tried())
	t.Log(l.run(t, host.Order{Entry: host.Bare, Script: everything + "all >/root/before; xenpci hide --boot --try " + declared + " --minutes 60 && sync"}))
	running := l.run(t, host.Order{Script: everything + card + `
xenpci host undo >&2; echo "undo: status $?"
all >/root/after
cmp /root/before /root/after && echo "all as before"
diff /root/before /root/after >&2
dmesg | grep xenpci >&2
true`})
	t.Log(running)
	if diff := cmp.Diff([]string{"card: pciback, e1000 had it: no", "undo: status 0", "all as before"}, said(running, "card: ", "undo: ", "all as")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
