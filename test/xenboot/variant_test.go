//go:build xen

package xenboot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// lookAtBoot prints what booted: the first process, Xen, the runlevel or target,
// and the cards that work.
const lookAtBoot = `cat /proc/1/comm
cat /sys/hypervisor/type 2>/dev/null || echo none
if grep -qw -e single /proc/cmdline; then echo single; else echo multi; fi
ls /sys/bus/pci/drivers/e1000 | grep 0000: | xargs
xenpci status`

// TestVariants boots each kind of disk, with nothing declared.
func TestVariants(t *testing.T) {
	for _, v := range []root.Variant{
		{Init: "systemd", Loader: "grub2", Initramfs: "dracut"},
		{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"},
		{Init: "openrc", Loader: "grub2", Initramfs: "initramfs-tools"},
	} {
		t.Run(v.String(), func(t *testing.T) {
			first := "init"
			if v.Init == "systemd" {
				first = "systemd"
			}
			answers := fresh(t, v, twins()).run(t, host.Order{Script: lookAtBoot})
			want := []string{first, "xen", "multi", "0000:00:09.0 0000:00:0a.0", "pciback: loadable; 'xenpci hide' loads it, or 'modprobe xen-pciback'"}
			if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(answers), "\n")); diff != "" {
				t.Errorf("the host (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEntries boots the entries of a menu that are not the default.
func TestEntries(t *testing.T) {
	for _, test := range []struct {
		entry     host.Entry
		xen, mode string
	}{
		{host.Linux, "none", "multi"},
		{host.Recovery, "xen", "single"},
	} {
		for _, v := range []root.Variant{root.Debian, {Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"}} {
			t.Run(string(test.entry)+"/"+v.Loader, func(t *testing.T) {
				answers := fresh(t, v, twins()).run(t, host.Order{Script: lookAtBoot, Entry: test.entry})
				if diff := cmp.Diff([]string{test.xen, test.mode, "0000:00:09.0 0000:00:0a.0"}, strings.Split(answers, "\n")[1:4]); diff != "" {
					t.Errorf("the host (-want +got):\n%s", diff)
				}
			})
		}
	}
}
