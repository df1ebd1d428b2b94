//go:build xen

package xenboot

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// bootFiles defines files, which prints a sum of each file of the boot loader. Without LANG, update-grub
// writes the same lines in every boot (docs/boot-lab.md).
const bootFiles = `set -e
unset LANG
files() { find /etc/default /etc/grub.d /boot -type f '(' -path '/etc/*' -o -name 'grub.cfg' -o -name menu.lst -o -iname '*.cfg' ')' 2>/dev/null | sort | xargs sha256sum; }
`

// loseWords has a later file of settings replace xenpci's: everything is taken back, and the file is
// named.
const loseWords = `
echo 'GRUB_CMDLINE_XEN_DEFAULT="loglvl=info"' >/etc/default/grub.d/zz.cfg
update-grub 2>&1
files >/root/lost
if xenpci host set xen watchdog_timeout=7 2>/root/said; then exit 1; fi
cat /root/said >&2
grep -q 'does not have watchdog_timeout=7; all changes were taken back; /etc/default/grub.d/zz.cfg:1 sets GRUB_CMDLINE_XEN_DEFAULT' /root/said
files | diff /root/lost - >&2
rm /etc/default/grub.d/zz.cfg
update-grub 2>&1
files | diff /root/before - >&2`

// setWords sets a word of each line. A word of Xen's that no entry is to have is refused.
const setWords = `
xenpci host set xen loglvl=all watchdog_timeout=7 >&2
xenpci host set dom0 panic=17 >&2
if xenpci host set xen noht >&2; then exit 1; fi
files >/root/set
if cmp -s /root/before /root/set; then exit 1; fi`

// readLines prints the command lines that are active, and takes the words back. The files are as
// they were, byte for byte.
const readLines = bootFiles + `xenpci host info | sed -n '/^command line/,/^[^ ]/s/^    //p' | xargs
cat /proc/cmdline
files | cmp - /root/set
xenpci host unset xen loglvl watchdog_timeout >&2
xenpci host unset dom0 panic >&2
files | diff /root/before - >&2
test ! -e /var/lib/xenpci/notes
test ! -e /etc/default/grub.d/xenpci-arguments.cfg`

// TestHostSet sets words of both lines, boots, reads the active lines and takes the words back: where
// GRUB 2 makes its entries from settings, and where the entries themselves are edited.
func TestHostSet(t *testing.T) {
	for _, test := range []struct {
		variant root.Variant
		first   string // is done before
	}{
		{root.Debian, loseWords},
		{root.Variant{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"}, ""},
		{root.Variant{Init: "systemd", Loader: "xen.efi", Initramfs: "initramfs-tools"}, ""},
	} {
		t.Run(test.variant.Loader, func(t *testing.T) {
			l := fresh(t, test.variant, twins())
			l.run(t, host.Order{Script: bootFiles + "files >/root/before\n" + test.first + setWords, Entry: host.Bare})
			answers := l.run(t, host.Order{Script: readLines})
			lines := strings.SplitN(answers, "\n", 3)
			if len(lines) < 2 {
				t.Fatalf("answers: %s", answers)
			}
			got := map[string]bool{"panic=17": slices.Contains(strings.Fields(lines[1]), "panic=17")}
			for _, word := range []string{"loglvl=all", "watchdog_timeout=7"} {
				got[word] = slices.Contains(strings.Fields(lines[0]), word)
			}
			if diff := cmp.Diff(map[string]bool{"loglvl=all": true, "watchdog_timeout=7": true, "panic=17": true}, got); diff != "" {
				t.Errorf("the active lines (-want +got):\n%s\n%s", diff, answers)
			}
		})
	}
}
