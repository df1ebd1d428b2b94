//go:build xen

package xenboot

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xen/setup"
	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// tenant is the configuration of a guest that starts with the host and has the
// declared card.
const tenant = `name = "tenant"
type = "pv"
memory = 256
kernel = "/guest/vmlinuz"
ramdisk = "/guest/initramfs"
extra = "console=hvc0 loglevel=4"
pci = [ "` + declared + `" ]
`

// lookAtGuest waits until the guest says on its console that it has done what it
// was to do, and prints what came of it: the guest's words, then verify's.
const lookAtGuest = `console=/var/log/xen/console/guest-tenant.log
for turn in $(seq 120); do
	grep -qs "guest: done" $console && break
	sleep 1
done
grep -os 'has the address 10.0.2.15' $console
basename "$(readlink /sys/bus/pci/devices/` + twin + `/driver)"
xenpci verify
echo "status $?"
xl list >&2
tail -n 30 $console >&2
journalctl -b -u 'xenpci*' -u 'xen*' --no-pager >&2
true`

// TestGuest boots hosts that start a guest by themselves, one for each init: the
// card that is declared is there in time, and the guest works with it.
func TestGuest(t *testing.T) {
	for _, v := range []root.Variant{
		root.Debian,
		{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"},
		{Init: "openrc", Loader: "grub2", Initramfs: "initramfs-tools"},
	} {
		t.Run(v.Init, func(t *testing.T) {
			l := fresh(t, v, twins())
			s, err := setup.Prepare(t.Context(), os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Put(t.Context(), map[string]string{"/guest/vmlinuz": s.Image.Kernel, "/guest/initramfs": s.Image.Guest}); err != nil {
				t.Fatal(err)
			}
			l.write(t, "/etc/xen/auto/tenant.cfg", tenant)
			l.write(t, "/etc/default/xen", "XENCONSOLED_ARGS=--log=guest\n")
			l.write(t, "/var/log/xen/console/made", "") // Debian does not make that folder
			t.Log(l.run(t, host.Order{Entry: host.Bare, Script: "xenpci hide --boot " + declared + "; test $? = 5 && xenpci verify --next"}))
			answers := l.run(t, host.Order{Script: lookAtGuest})
			t.Log(answers)
			said, rest, _ := strings.Cut(answers, "DEVICE ")
			if diff := cmp.Diff("has the address 10.0.2.15\ne1000\n", said); diff != "" {
				t.Errorf("the guest and the twin (-want +got):\n%s", diff)
			}
			if !strings.Contains(rest, "tenant") || !strings.Contains(rest, "\nstatus 0\n") {
				t.Error("verify does not say that the guest has the card, and that all is so")
			}
		})
	}
}
