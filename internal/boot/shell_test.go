package boot

import (
	"os/exec"
	"strings"
	"testing"
)

// TestScripts has the shells parse every script.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, test := range undoCases {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine())
			before := m.tree()
			m.mustSet(nil, 2, test.layers...)
			for name, content := range written(before, m.tree()) {
				_, content, _ = strings.Cut(content, " ")
				if !strings.HasPrefix(content, "#!/bin/") {
					continue
				}
				reads := [][]string{{"shellcheck", "--exclude=SC1091,SC2034,SC2154", m.fs.Path(name)}}
				if strings.HasPrefix(content, "#!/bin/sh") {
					reads = append(reads, []string{"dash", "-n", m.fs.Path(name)})
				}
				for _, args := range reads {
					if _, err := exec.LookPath(args[0]); err != nil {
						t.Skip(err)
					}
					if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
						t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
					}
				}
			}
		})
	}
}

// TestSourced has the shells source what dracut, mkinitfs and grub-mkconfig source.
func TestSourced(t *testing.T) {
	t.Parallel()
	const list = "(0000:00:09.0)(0000:00:0a.0)"
	for _, test := range []struct {
		name    string
		machine map[string]string
		layers  []Name
		shell   string
		files   []string
		shows   string
		want    string
	}{
		{"dracut", fedora(), []Name{Modprobe, Udev}, "bash", []string{dracutModprobe, dracutConf}, "$add_drivers$install_items",
			"before xen-pciback before /etc/modprobe.d/00-xenpci.conf /etc/modprobe.d/xenpci.conf /etc/udev/rules.d/40-xenpci.rules "},
		{"mkinitfs", alpine(), []Name{Modprobe}, "dash", []string{mkinitfsConf}, "$features", "ata base ext4 keymap pciback"},
		{"a drop-in", debian12(), []Name{KernelArgument}, "dash", []string{grubDefaults, "/etc/default/grub.d/xen.cfg", "/etc/default/grub.d/xenpci.cfg"},
			"$GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT", "quiet xen-pciback.hide=" + list},
		{"a block", fedora(), []Name{KernelArgument}, "dash", []string{grubDefaults}, "$GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT", "quiet xen-pciback.hide=" + list},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := exec.LookPath(test.shell); err != nil {
				t.Skip(err)
			}
			m := newMachine(t, test.machine)
			m.mustSet(nil, 2, test.layers...)
			script := "set -eu\nadd_drivers=before install_items=' before'\n"
			for _, name := range test.files {
				script += ". " + m.fs.Path(name) + "\n"
			}
			out, err := exec.Command(test.shell, "-c", script+"echo \""+test.shows+"\"").CombinedOutput()
			if err != nil || strings.Join(strings.Fields(string(out)), " ") != strings.TrimSpace(test.want) {
				t.Errorf("%v: %q", err, out)
			}
		})
	}
}
