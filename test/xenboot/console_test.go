//go:build xen

package xenboot

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// withoutConsole takes the serial console from the disk: GRUB, Xen and dom0 have the screen.
const withoutConsole = `set -e
sed -i -e '/^GRUB_TERMINAL=/d' -e '/^GRUB_SERIAL_COMMAND=/d' \
	-e 's/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="log_buf_len=4M"/' \
	-e 's/^GRUB_CMDLINE_XEN=.*/GRUB_CMDLINE_XEN="console=vga dom0_mem=1536M,max:1536M"/' /etc/default/grub
echo tty1 >/etc/securetty
update-grub 2>/dev/null
mkdir /root/before
for file in etc/default etc/inittab etc/securetty boot/grub/grub.cfg; do
	test ! -e /$file || cp -a /$file /root/before/
done`

// writeConsole sets up the console there. Nothing runs but the agent, and the system's generator.
const writeConsole = withoutConsole + `
xenpci host console | grep '^[a-z]' | xargs
xenpci host console --write --port com1 --baud 115200 >/dev/null
echo status $?
xenpci host console | grep '^[a-z]' | xargs`

// readConsole waits until a login waits, and then takes away what was set up.
const readConsole = `for turn in $(seq 120); do
	test "$(xenpci host console | grep -c 'now: proven')" = 3 && break
	sleep 1
done
sleep 5
xenpci host console >/root/console; echo status $?
sed "s,^,# ," /root/console >/root/shown
grep '^[a-z]' /root/console | xargs
grep -c 'now: proven' /root/console
xenpci host console --remove >/dev/null; echo status $?
for file in etc/default etc/inittab etc/securetty; do
	test ! -e /$file || diff -r /$file /root/before/${file##*/} || exit
done
# update-grub writes these lines, or not, by the locale that it runs in.
for file in /boot/grub/grub.cfg /root/before/grub.cfg; do
	sed -i -e '/set locale_dir=/d' -e '/set lang=/d' -e '/insmod gettext/d' $file
done
diff /boot/grub/grub.cfg /root/before/grub.cfg`

// TestConsole sets up the serial console on a host that has none: the next boot has a login
// prompt there, and every link is proven. Taken away, the files are what they were.
func TestConsole(t *testing.T) {
	for _, v := range []root.Variant{
		root.Debian,
		{Init: "sysvinit", Loader: "grub2", Initramfs: "initramfs-tools"},
		{Init: "openrc", Loader: "grub2", Initramfs: "initramfs-tools"},
	} {
		t.Run(v.String(), func(t *testing.T) {
			l := fresh(t, v, twins())
			getty := "broken"
			if v.Init == "systemd" {
				getty = "holds"
			}
			answers := l.run(t, host.Order{Script: writeConsole, Entry: host.Bare})
			links := func(loader, xen, dom0, getty, securetty string) string {
				return "firmware: unknown boot_loader: " + loader + " xen: " + xen + " dom0: " + dom0 + " getty: " + getty + " securetty: " + securetty
			}
			want := []string{
				"serial console: none " + links("broken", "broken", "unknown", getty, "broken"), "status 0",
				"serial console: com1, 115200 baud " + links("holds", "holds", "holds", "holds", "holds"),
			}
			if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(answers), "\n")); diff != "" {
				t.Errorf("before (-want +got):\n%s", diff)
			}
			answers = l.run(t, host.Order{Script: readConsole})
			want = []string{"status 0", want[2], "3", "status 0"}
			if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(answers), "\n")); diff != "" {
				t.Errorf("after (-want +got):\n%s", diff)
			}
			log := l.setup.Log(t.Name() + ".console")
			for _, said := range []string{"(XEN) Xen version", "dom0 login:"} {
				if !strings.Contains(read(t, log), said) {
					t.Errorf("the serial line has no %q: %s", said, log)
				}
			}
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
