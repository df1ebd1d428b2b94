package boot

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/test/scratch"
)

// TestGRUBHook runs the script as grub-mkconfig does.
func TestGRUBHook(t *testing.T) {
	t.Parallel()
	const list = "(0000:00:09.0)(0000:00:0a.0)"
	for _, test := range []struct{ name, setting, want string }{
		{"as it was written", "quiet xen-pciback.hide=" + list, ""},
		{"the last takes effect", "xen-pciback.hide=(0000:00:04.0) xen-pciback.hide=" + list + " *", ""},
		{"somebody's comes after", "xen-pciback.hide=" + list + " xen-pciback.hide=(0000:00:04.0)", "hide (0000:00:04.0) | " + list + " | xenpci boot enable"},
		{"gone", "quiet", "hide nothing | " + list + " | xenpci boot enable"},
		{"no setting", "", "hide nothing | " + list + " | xenpci boot enable"},
	} {
		for _, shell := range [][]string{{"dash"}, {"busybox", "sh"}, {"bash", "--posix"}} {
			t.Run(test.name+"/"+shell[0], func(t *testing.T) {
				if _, err := exec.LookPath(shell[0]); err != nil {
					t.Skipf("%s is not installed", shell[0])
				}
				script := filepath.Join(scratch.Dir(t), "99_xenpci")
				if err := os.WriteFile(script, grubHookText(list), 0o755); err != nil {
					t.Fatal(err)
				}
				command := exec.Command(shell[0], append(shell[1:], script)...)
				command.Env = []string{"PATH=/usr/bin:/bin", "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=" + test.setting}
				var menu, said bytes.Buffer
				command.Stdout, command.Stderr = &menu, &said
				if err := command.Run(); err != nil || menu.Len() > 0 || (said.Len() == 0) != (test.want == "") {
					t.Errorf("%v, in the menu %q, said %q", err, &menu, &said)
				}
				hasFacts(t, said.String(), test.want)
			})
		}
	}
}

// TestGRUBHookComesAndGoes checks that only the layer kernel-argument has the script.
func TestGRUBHookComesAndGoes(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12())
	before := m.tree()
	m.mustSet(nil, 2, KernelArgument)
	if got, want := m.tree()[grubHook], "-rwxr-xr-x "+string(marked(grubHookText("(0000:00:09.0)(0000:00:0a.0)"))); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	m.mustSet(nil, 2, Modprobe)
	if got, there := m.tree()[grubHook]; there {
		t.Errorf("it is left: %q", got)
	}
	m.mustSet(nil, 2)
	m.isAs(before)
}
