package grub

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSections(t *testing.T) {
	entry := func(title string) string {
		return "menuentry '" + title + "' {\nmultiboot2 /xen.gz\nmodule2 /vmlinuz\n}\n"
	}
	text := entry("before") + "### BEGIN /etc/grub.d/20_linux_xen ###\n" + entry("a") + "submenu more {\n" + entry("b") + "}\n### END /etc/grub.d/20_linux_xen ###\n" +
		entry("between") + "### BEGIN /etc/grub.d/40_custom ###\r\n" + entry("c") + "### BEGIN /etc/grub.d/41_custom ###\n" + entry("d") +
		"source ${config_directory}/custom.cfg\nsource $prefix/custom.cfg\nconfigfile $prefix/grub.cfg\nsource /boot/x.cfg\n" + entry("e")
	c, err := ParseConfig([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range c.XenEntries() {
		got[e.Title] = e.Script
	}
	want := map[string]string{"before": "", "a": "/etc/grub.d/20_linux_xen", "b": "/etc/grub.d/20_linux_xen", "between": "",
		"c": "/etc/grub.d/40_custom", "d": "/etc/grub.d/41_custom", "e": "/etc/grub.d/41_custom"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"custom.cfg"}, c.Beside()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for text, want := range map[string]bool{
		text: true, "": false, entry("x"): false, "# ### BEGIN /etc/grub.d/a ###\n": false, "### BEGIN a ###\n": false, "### BEGIN /etc/grub.d/a\n": false,
	} {
		if Generated([]byte(text)) != want {
			t.Errorf("%q: generated: %v", text, !want)
		}
	}
}

func TestGenerator(t *testing.T) {
	const word = "(00:09.0)"
	for _, test := range []struct {
		name, path, text   string
		settings, mayWrite bool
	}{
		{"GRUB's own", "/etc/grub.d/20_linux_xen", "#!/bin/sh\nset -e\nprefix=/usr\n", true, true},
		{"under another number", "/etc/grub.d/09_linux_xen", "", true, true},
		{"a copy of it", "/etc/grub.d/08_xen", "#!/bin/sh\nargs=$GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT\n", true, true},
		{"40_custom", "/etc/grub.d/40_custom", "#!/bin/sh\nexec tail -n +3 $0\n# comment\nmodule2 xen-pciback.hide=(00:09.0)\n", false, true},
		{"in quotes", "/etc/grub.d/40_custom", "#!/bin/sh\nexec tail -n +3 $0\nmodule2 xen-pciback.hide='\\(00:09.0)'\n", false, true},
		{"without it", "/etc/grub.d/40_custom", "#!/bin/sh\nexec tail -n +3 $0\nmodule2 xen-pciback.hide=(00:0a.0)\n", false, false},
		{"a text", "/etc/grub.d/45_mine", "#! /bin/sh\n# mine\nset -e\ncat << EOF\nmodule2 xen-pciback.hide=(00:0a.0)\nEOF\n", false, false},
		{"a text with a variable", "/etc/grub.d/45_mine", "#! /bin/sh\ncat <<EOF\nmodule2 xen-pciback.hide=$cards\nEOF\n", false, true},
		{"a program", "/etc/grub.d/45_mine", "#! /bin/sh\nmy-menu\n", false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := ParseGenerator(test.path, []byte(test.text))
			if g.FromSettings() != test.settings || g.MayWrite(word) != test.mayWrite {
				t.Errorf("from settings %v, may write it %v", g.FromSettings(), g.MayWrite(word))
			}
		})
	}
}
