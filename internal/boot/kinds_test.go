package boot

import (
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/change"
)

// TestOtherKind has other settings of ours in menu.lst and mkinitfs.conf. The layers
// leave them and the backup, and take nothing for theirs that was not written by
// them.
func TestOtherKind(t *testing.T) {
	const other change.Kind = "other"
	for _, test := range []struct {
		name, file string
		machine    func() map[string]string
		layer      Name
		old, new   string // what the other kind replaces
		admins     func(content string) string
	}{
		{
			"menu.lst", "/boot/grub/grub.conf", legacy, KernelArgument, "dom0_mem=1G", "dom0_mem=2G",
			func(content string) string {
				return strings.Replace(content, "sda1 ro\n", "sda1 ro xen-pciback.hide=(0000:00:1f.0)\n", 2)
			},
		},
		{
			"mkinitfs.conf", mkinitfsConf, alpine, Modprobe, "ata base", "ata xen base",
			func(content string) string { return strings.Replace(content, "keymap", "keymap pciback", 1) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine())
			before := m.read(test.file)
			edit := func(on bool, old, new string) {
				t.Helper()
				c, err := change.Now(m.fs).Edit(other, test.file, on, func(content []byte) ([]byte, error) {
					return []byte(strings.Replace(string(content), old, new, 1)), nil
				})
				if err != nil {
					t.Fatal(err)
				}
				plan := change.Plan{}
				if err := plan.Add(c); err != nil {
					t.Fatal(err)
				}
				if err := plan.CarryOut(t.Context(), change.Host{FS: m.fs}); err != nil {
					t.Fatal(err)
				}
			}
			edit(true, test.old, test.new)
			want := m.tree()
			m.mustSet(nil, 2, test.layer)
			m.mustSet(nil, 2)
			m.isAs(want)

			m.write(test.file, test.admins(m.read(test.file)))
			want = m.tree()
			m.mustSet(nil, 2)
			m.isAs(want)
			edit(false, test.new, test.old)
			if got := m.read(test.file); got != test.admins(before) || m.fs.Exists("/var/lib/xenpci") {
				t.Errorf("%q, %v", got, m.tree())
			}
		})
	}
}
