//go:build xen

package xenboot

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// TestUpdates has dpkg configure the kernel's package again, which is what it does
// at the end of an update, kernel-install be told of a kernel, and the menu be
// made. Each looks whether the next boot hides the card, and says so where
// somebody has broken that, and none of them fails for it.
func TestUpdates(t *testing.T) {
	l := fresh(t, root.Debian, twins())
	l.write(t, "/etc/xenpci/devices.toml", "[[device]]\naddress = \""+declared+"\"\nid = \"8086:100e\"\n")
	answers := l.run(t, host.Order{Entry: host.Bare, Script: `
release=$(uname -r)
update() {
	"$@" >/run/said 2>&1
	echo "updated: status $?"
	cat /run/said
}
xenpci boot enable --layer kernel-argument --layer initramfs || exit 1
update dpkg-reconfigure "linux-image-$release"
update kernel-install add "$release" "/boot/vmlinuz-$release"
update update-grub
chmod -x /etc/initramfs-tools/hooks/xenpci
rm /etc/default/grub.d/xenpci.cfg
update dpkg-reconfigure "linux-image-$release"
update update-grub
true`})
	t.Log(answers)
	const (
		inPlace = declared + "  in place  kernel-argument,initramfs  yes    yes\n"
		entries = "xenpci: the entries with Xen hide nothing instead of (" + declared + ")"
		image   = ": /usr/sbin/xenpci is not in it\n"
		hook    = "xenpci: next boot: /etc/initramfs-tools/hooks/xenpci is not executable\n"
	)
	updates := strings.Split(answers, "updated: ")[1:]
	wanted := []struct {
		name      string
		says, not []string
	}{
		{"kernel", []string{inPlace}, []string{"next boot", entries}},
		{"kernel-install", []string{inPlace}, []string{"next boot", entries}},
		{"menu", nil, []string{"xenpci: "}},
		{"kernel, broken", []string{entries, image, hook}, []string{inPlace}},
		{"menu, broken", []string{entries}, nil},
	}
	if len(updates) != len(wanted) {
		t.Fatalf("%d updates, want %d", len(updates), len(wanted))
	}
	for i, want := range wanted {
		if !strings.HasPrefix(updates[i], "status 0\n") {
			t.Errorf("%s: it failed: %s", want.name, updates[i])
		}
		for _, text := range want.says {
			if !strings.Contains(updates[i], text) {
				t.Errorf("%s: it does not say %q", want.name, text)
			}
		}
		for _, text := range want.not {
			if strings.Contains(updates[i], text) {
				t.Errorf("%s: it says %q", want.name, text)
			}
		}
	}
}
