package initramfs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/systemd"
)

// TestMkinitcpioBuild runs the build hook with functions that print what mkinitcpio's
// would add.
func TestMkinitcpioBuild(t *testing.T) {
	const stubs = `for name in add_file add_binary add_module add_runscript add_symlink warning; do
	eval "$name() { echo $name \"\$@\"; }"
done
`
	const everything = "add_file /etc/xenpci/devices.toml\nadd_binary /usr/sbin/xenpci\nadd_module xen-pciback?\n"
	for _, test := range []struct {
		name  string
		files []string
		more  string // of mkinitcpio
		want  string
	}{
		{"the list is refused", []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml"}, "refuse=3\n", "warning %s xenpci: the initramfs will hide no device: xenpci: hook image: / is on sda\n"},
		{"the list cannot be judged", []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml"}, "refuse=1\n", everything + "add_runscript\n"},
		{"nothing", nil, "", ""},
		{"the program alone", []string{"usr/sbin/xenpci"}, "", ""},
		{"a list alone", []string{"etc/xenpci/devices.toml"}, "",
			"add_file /etc/xenpci/devices.toml\nwarning %s xenpci: /usr/sbin/xenpci could not be copied into the initramfs, which will hide no device\n"},
		{"both", []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml"}, "", everything + "add_runscript\n"},
		{"several lists", []string{"usr/sbin/xenpci", "etc/xenpci/devices.d/b.toml", "etc/xenpci/devices.d/a.toml", "etc/xenpci/devices.d/README"}, "",
			strings.Replace(everything, "devices.toml", "devices.d/a.toml\nadd_file /etc/xenpci/devices.d/b.toml", 1) + "add_runscript\n"},
		{"other layers", []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml", "etc/modprobe.d/xenpci.conf", "etc/udev/rules.d/40-xenpci.rules"}, "",
			everything + "add_file /etc/modprobe.d/xenpci.conf\nadd_file /etc/udev/rules.d/40-xenpci.rules\nadd_runscript\n"},
		{"an image with systemd", []string{"usr/sbin/xenpci", "etc/xenpci/devices.toml"}, "add_systemd_unit() { :; }\n", everything +
			"add_file /etc/initcpio/xenpci-initramfs.service /usr/lib/systemd/system/xenpci-initramfs.service\n" +
			"add_symlink /usr/lib/systemd/system/sysinit.target.wants/xenpci-initramfs.service ../xenpci-initramfs.service\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			for _, name := range test.files {
				name = filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				content := ""
				if filepath.Base(name) == "xenpci" {
					content = "#!/bin/sh\necho \"xenpci: $*: / is on sda\" >&2\nexit ${refuse:-0}\n"
				}
				if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			hook := strings.NewReplacer("/etc/xenpci", root+"/etc/xenpci", "/etc/modprobe.d", root+"/etc/modprobe.d", "/etc/udev", root+"/etc/udev", "program=/usr", "program="+root+"/usr").Replace(buildHook)
			out, err := exec.Command("bash", "-c", "export refuse; "+stubs+test.more+hook+"\nbuild; echo $?").CombinedOutput()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want+"0\n", strings.ReplaceAll(string(out), root, "")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnitsAgree wants the conditions of the early unit from the one in the initramfs, except
// for what the image always has.
func TestUnitsAgree(t *testing.T) {
	conditions := func(text string) (lines []string) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "Condition") && !strings.HasPrefix(line, "ConditionDirectoryNotEmpty=") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	units, err := systemd.Files("/usr/sbin/xenpci")
	if err != nil {
		t.Fatal(err)
	}
	early := conditions(units[0].Text)
	if diff := cmp.Diff(early, conditions(unit)); diff != "" || len(early) < 10 {
		t.Errorf("(-early +initramfs):\n%s", diff)
	}
}
