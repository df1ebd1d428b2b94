package passthrough

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/boot"
)

// TestWhereLost names the setting by which an entry does not have its words; none where the
// generator did not write what the settings have.
func TestWhereLost(t *testing.T) {
	t.Parallel()
	const later = "/etc/default/grub.d/zz.cfg"
	for _, test := range []struct {
		name, later string
		lost        boot.LostError
		want        string
	}{
		{"another value", "GRUB_CMDLINE_XEN_DEFAULT=loglvl=all\n", boot.LostError{Lacks: []string{"smt=off"}}, later + ":1 sets GRUB_CMDLINE_XEN_DEFAULT after xenpci's words; append to the variable there, or move the line"},
		{"a word that comes after", "GRUB_CMDLINE_XEN_DEFAULT=\"$GRUB_CMDLINE_XEN_DEFAULT loglvl=all\"\n", boot.LostError{Has: []string{"loglvl=all"}}, later + ":1 sets GRUB_CMDLINE_XEN_DEFAULT; change it there"},
		{"the generator", "", boot.LostError{Lacks: []string{"smt=off"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for name, content := range map[string]string{
				"/usr/sbin/grub-mkconfig":                  "#!/bin/sh\nfor x in ${sysconfdir}/default/grub.d/*.cfg; do . $x; done\n",
				"/etc/default/grub":                        "GRUB_CMDLINE_XEN=dom0_mem=1G\n",
				"/etc/default/grub.d/xenpci-arguments.cfg": "GRUB_CMDLINE_XEN_DEFAULT=\"$GRUB_CMDLINE_XEN_DEFAULT smt=off\"\n",
				later:                      test.later,
				"/etc/grub.d/20_linux_xen": "#!/bin/sh\n",
				"/boot/grub/grub.cfg":      "menuentry 'Linux' {\n\tlinux /boot/vmlinuz-6 ro\n}\n### BEGIN /etc/grub.d/20_linux_xen ###\nmenuentry 'Xen' {\n\tmultiboot2 /boot/xen.gz placeholder dom0_mem=1G loglvl=all\n\tmodule2 /boot/vmlinuz-6 ro\n}\n### END /etc/grub.d/20_linux_xen ###\n",
			} {
				file := filepath.Join(root, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o755)); err != nil {
					t.Fatal(err)
				}
			}
			host, err := Open(root, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var lost *boot.LostError
			if err := host.Look().whereLost(HostXenLine, &test.lost); !errors.As(err, &lost) || lost.Remedy != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
