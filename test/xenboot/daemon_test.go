//go:build xen

package xenboot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// daemonDay is what an administrator does with the daemon on a running host. It ends at
// the first command that fails.
const daemonDay = `set -e
until xenpci daemon status; do sleep 1; done # an init system need not wait for it
test "$(xenpci call List | grep -c '"state": "hidden"')" = 1
basename $(readlink /sys/bus/pci/devices/0000:00:09.0/driver)

# It sees what the guard sees, under its sandbox: the same findings for every device.
ids=$(xenpci list -D | cut -d' ' -f1)
findings() { grep -o '"code": "[a-z_]*"' | sort | uniq -c; }
{ xenpci check --json $ids || test $? = 3; } | findings >/tmp/command
xenpci call Check "{\"ids\": [$(printf '"%s",' $ids | sed 's/,$//')]}" | findings >/tmp/daemon
diff /tmp/command /tmp/daemon
test -s /tmp/daemon

xenpci call Hide '{"ids": ["0000:00:0a.0"]}' >/dev/null
basename $(readlink /sys/bus/pci/devices/0000:00:0a.0/driver)
xenpci call Unhide '{"ids": ["0000:00:0a.0"]}' >/dev/null
basename $(readlink /sys/bus/pci/devices/0000:00:0a.0/driver)

# What dies is started again where something does that, and is started by hand elsewhere.
process() { cat /run/xenpci/daemon.lock; }
first=$(process)
kill -KILL $first
if test "$(cat /proc/1/comm)" = init && ! command -v openrc >/dev/null; then
	sleep 8
	if xenpci daemon status; then exit 1; fi
	xenpci daemon enable
fi
until test "$(process)" != "$first" && xenpci daemon status; do sleep 1; done

# All that was written goes, and comes back the same.
files() { find /etc -name 'xenpcid*' -o -name '*xenpcid' | sort; }
before=$(files)
test -n "$before"
xenpci daemon disable
test -z "$(files)"
if xenpci daemon status; then exit 1; fi
basename $(readlink /sys/bus/pci/devices/0000:00:09.0/driver)
xenpci daemon enable
test "$(files)" = "$before"
xenpci daemon enable | grep 'as it should be already'
xenpci daemon status`

// TestDaemon enables the daemon before a boot, in which it hides what is declared, without
// any layer, and does its day's work. Another boot starts it again.
func TestDaemon(t *testing.T) {
	for _, v := range []root.Variant{
		root.Debian,
		{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"},
		{Init: "openrc", Loader: "grub2", Initramfs: "initramfs-tools"},
	} {
		t.Run(v.String(), func(t *testing.T) {
			h := fresh(t, v, twins())
			program, err := h.setup.Program(t.Context(), "cmd/xenpcid")
			if err == nil {
				err = h.Put(t.Context(), map[string]string{"/usr/sbin/xenpcid": program})
			}
			if err != nil {
				t.Fatal(err)
			}
			h.write(t, "/etc/xenpci/devices.toml", "[[device]]\naddress = \"0000:00:09.0\"\nid = \"8086:100e\"\n")
			// No init system runs in this boot, and the daemon does not start now.
			h.run(t, host.Order{Entry: host.Bare, Script: `xenpci daemon enable; test $? = 5`})
			answers := h.run(t, host.Order{Script: daemonDay})
			var drivers []string
			for line := range strings.Lines(answers) {
				if word := strings.TrimSpace(line); word == "pciback" || word == "e1000" {
					drivers = append(drivers, word)
				}
			}
			if diff := cmp.Diff([]string{"pciback", "pciback", "e1000", "pciback"}, drivers); diff != "" {
				t.Errorf("the drivers (-want +got):\n%s\n%s", diff, answers)
			}
			h.run(t, host.Order{Script: `until xenpci daemon status; do sleep 1; done`})
		})
	}
}
