package boot

import (
	"errors"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/change"
)

// mine is an entry with Xen that somebody wrote.
func mine(arguments string) string {
	return "menuentry 'Mine' {\n\tmultiboot2 /xen.gz\n\tmodule2 /vmlinuz root=/dev/sda1 " + arguments + "\n}\n"
}

const (
	custom     = "/etc/grub.d/40_custom"
	customMark = "### BEGIN " + custom + " ###\n"
	verbatim   = "#!/bin/sh\nexec tail -n +3 $0\n"
)

// withCustom returns Debian with an entry of 40_custom.
func withCustom(t *testing.T, arguments string) (*machine, *programs) {
	t.Helper()
	m, p := debianWithPrograms(t)
	m.write(custom, verbatim+mine(arguments))
	p.custom = customMark + mine(arguments)
	p.updateGRUB()
	return m, p
}

// TestEntryOfOthers has entries that no setting reaches: they do not keep the layer from
// being written, unless one is the default, and are named until they hide the devices.
func TestEntryOfOthers(t *testing.T) {
	t.Parallel()
	const want = "add xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) to the arguments of dom0's kernel in " + custom + ", and run update-grub"
	for _, test := range []struct{ name, arguments, want string }{
		{"in another form", "xen-pciback.hide=(00:09.0)(00:0a.0)", ""},
		{"in another order", "xen-pciback.hide=(00:0A.0)(0:9.0)", ""},
		{"in quotes", "xen-pciback.hide='(00:09.0) (00:0a.0)'", ""},
		{"with wildcards", "xen-pciback.hide=(00:09.*)(0000:00:0a.*)", ""},
		{"of a whole bus", "xen-pciback.hide=(00:*.*)", ""},
		{"with more", "xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)", ""},
		{"nothing", "quiet", "/boot/grub/grub.cfg:15: | \"Mine\" does not hide (0000:00:09.0)(0000:00:0a.0) | " + custom + " | " + want},
		{"one of them", "xen-pciback.hide=(00:09.0)", "does not hide (0000:00:0a.0) | write xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) in place of xen-pciback.hide=(00:09.0) in " + custom + ", and run update-grub"},
		{"another", "xen-pciback.hide=(00:04.0)", "write xen-pciback.hide=(0000:00:04.0)(0000:00:09.0)(0000:00:0a.0) in place of"},
		{"for recovery", "single", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, p := withCustom(t, test.arguments)
			var wants []string
			if test.want != "" {
				wants = []string{test.want}
			}
			h := m.look(p.run)
			haveFacts(t, h.Conflicts(cards(h), []Name{KernelArgument}), wants)
			m.mustSet(p.run, 2, KernelArgument)
			h = m.look(p.run)
			haveFacts(t, h.Conflicts(cards(h), []Name{KernelArgument}), wants)
			_, wrong := h.Reports(t.Context(), cards(h), []Name{KernelArgument})
			haveFacts(t, wrong, wants)
			calls := len(p.calls)
			m.mustSet(p.run, 2, KernelArgument)
			if len(p.calls) > calls {
				t.Errorf("again: %q", p.calls[calls:])
			}
		})
	}

	t.Run("the default", func(t *testing.T) {
		m, p := withCustom(t, "quiet")
		p.custom += "set default=Mine\n"
		before := m.tree()
		err := m.set(p.run, 2, KernelArgument)
		var taken *change.TakenBackError
		if !errors.As(err, &taken) {
			t.Fatal(err)
		}
		hasFacts(t, err.Error(), "the entry \"Mine\" does not hide (0000:00:09.0)(0000:00:0a.0) | "+want)
		m.isAs(before)

		m.write(custom, verbatim+mine("xen-pciback.hide=(00:09.*)(00:0a.*)")) // as it was told
		p.custom = customMark + mine("xen-pciback.hide=(00:09.*)(00:0a.*)") + "set default=Mine\n"
		m.mustSet(p.run, 2, KernelArgument)
	})

	t.Run("custom.cfg", func(t *testing.T) {
		m, p := debianWithPrograms(t)
		m.write("/boot/grub/custom.cfg", mine("quiet"))
		p.custom = "### BEGIN /etc/grub.d/41_custom ###\nif [ -f ${config_directory}/custom.cfg ]; then\n\tsource ${config_directory}/custom.cfg\nfi\n"
		m.mustSet(p.run, 2, KernelArgument)
		h := m.look(p.run)
		wants := []string{"/boot/grub/custom.cfg:3: | \"Mine\" | no setting of GRUB reaches it | add xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) to the arguments of dom0's kernel there"}
		haveFacts(t, h.Conflicts(cards(h), []Name{KernelArgument}), wants)

		p.custom += "set default=Mine\n"
		p.updateGRUB()
		if err := m.set(p.run, 2, KernelArgument); err == nil {
			t.Error("the default entry hides nothing, and that is no error")
		}
		if wrong := m.look(p.run).Loader.unjudged(m.fs); len(wrong) > 0 {
			t.Error(wrong)
		}
		m.write("/boot/grub/custom.cfg", mine("xen-pciback.hide=(00:09.0)(00:0a.0)"))
		m.mustSet(p.run, 2, KernelArgument)
	})
}

// TestRecoveryOfOthers has settings by which recovery entries hide the devices already.
func TestRecoveryOfOthers(t *testing.T) {
	t.Parallel()
	m, p := debianWithPrograms(t)
	const theirs = "xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0)"
	m.write("/etc/default/grub", "GRUB_CMDLINE_LINUX=\""+theirs+"\"\n")
	p.custom = "### BEGIN /etc/grub.d/20_linux_xen ###\n" + strings.Replace(mine("single "+theirs), "Mine", "Debian (recovery mode)", 1)
	m.mustSet(p.run, 2, KernelArgument)

	m.write("/etc/default/grub", "")
	if err := m.set(p.run, 2, KernelArgument); err == nil {
		t.Error("a recovery entry has our argument, and that is no error")
	}
}

// TestLostByGenerating names what is in grub.cfg alone, before the file is generated.
func TestLostByGenerating(t *testing.T) {
	t.Parallel()
	const four = "xen-pciback.hide=(00:09.0)(00:04.0)"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"by hand, in what the settings become", map[string]string{"/boot/grub/grub.cfg": grubCfg(four)},
			"/boot/grub/grub.cfg:4: the entry \"Debian, with Xen\" hides (0000:00:04.0), which is lost when update-grub generates the file: no setting has it | xenpci import"},
		{"ours alone", map[string]string{"/boot/grub/grub.cfg": grubCfg("xen-pciback.hide=(00:09.0)")}, ""},
		{"twice", map[string]string{"/boot/grub/grub.cfg": grubCfg(four) + grubCfg(four)}, "\"Debian, with Xen\" and 1 other hide (0000:00:04.0)"},
		{"a setting has it", map[string]string{"/boot/grub/grub.cfg": grubCfg(four), "/etc/default/grub": "GRUB_CMDLINE_LINUX='xen-pciback.hide=(00:04.0)'\n"},
			"/etc/default/grub:1: GRUB_CMDLINE_LINUX: xen-pciback.hide=(00:04.0) | does not hide (0000:00:04.0)"},
		{"a setting that is not understood", map[string]string{"/boot/grub/grub.cfg": grubCfg(four), "/etc/default/grub.d/a.cfg": ". /etc/more\nGRUB_CMDLINE_LINUX=x\nGRUB_CMDLINE_LINUX_DEFAULT=x\nGRUB_CMDLINE_LINUX_XEN_REPLACE=x\n"},
			"cannot tell whether GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT hides devices | \n hides (0000:00:04.0), which is lost | as far as they are understood (/etc/default/grub.d/a.cfg:1: not understood: . /etc/more may set anything)"},
		{"a script that stays", map[string]string{"/boot/grub/grub.cfg": grubCfg("") + customMark + mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)"), custom: verbatim + mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)")}, ""},
		{"edited in what a script wrote", map[string]string{"/boot/grub/grub.cfg": grubCfg("") + customMark + mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)"), custom: verbatim + mine("quiet")},
			"\"Mine\" hides (0000:00:04.0), which is lost | " + custom + " does not have it"},
		{"a program that stays", map[string]string{"/boot/grub/grub.cfg": grubCfg("") + "### BEGIN /etc/grub.d/15_x ###\n" + mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)"), "/etc/grub.d/15_x": "#!/bin/sh\nmy-menu\n"}, ""},
		{"a script that is gone", map[string]string{"/boot/grub/grub.cfg": grubCfg("") + "### BEGIN /etc/grub.d/15_x ###\n" + mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)")},
			"\"Mine\" hides (0000:00:04.0), which is lost | does not run /etc/grub.d/15_x any more"},
		{"a script that is not executable", map[string]string{"/boot/grub/grub.cfg": grubCfg("") + "### BEGIN /etc/grub.d/15_x ###\n" + mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)"), "/etc/grub.d/15_x": "x\n"},
			"\"Mine\" hides (0000:00:04.0), which is lost | does not run /etc/grub.d/15_x any more"},
		{"a script by a link", map[string]string{"/boot/grub/grub.cfg": grubCfg("") + "### BEGIN /etc/grub.d/15_x ###\n" + mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)"), "/etc/grub.d/15_x": "-> ../x", "/etc/x": "#!/bin/sh\nmy-menu\n"}, ""},
		{"outside the marks", map[string]string{"/boot/grub/grub.cfg": mine("xen-pciback.hide=(00:04.0)(00:09.0)(00:0a.0)") + grubCfg("")}, "\"Mine\" hides (0000:00:04.0), which is lost | outside the marks"},
		{"in quotes and with wildcards", map[string]string{"/boot/grub/grub.cfg": grubCfg("xen-pciback.hide='(00:04.*) (00:09.0)'"), "/sys/bus/pci/devices/0000:00:04.1/": ""}, "hides (0000:00:04.1), which is lost"},
		{"a list that pciback rejects", map[string]string{"/boot/grub/grub.cfg": grubCfg("xen-pciback.hide=(00:04.0),")}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, joined(debian12(), test.files))
			h := m.look(nil)
			var wants []string
			if test.want != "" {
				wants = strings.Split(test.want, " | \n ")
			}
			haveFacts(t, h.Conflicts(cards(h), []Name{KernelArgument}), wants)
		})
	}
}

// TestLostByRemoving names what is in grub.cfg alone, before the file is generated without
// the layer.
func TestLostByRemoving(t *testing.T) {
	t.Parallel()
	m, p := debianWithPrograms(t)
	m.mustSet(p.run, 2, KernelArgument)
	removing := func() []Warning {
		h := m.look(p.run)
		setup, err := Prepare(t.Context(), h, listed(cards(h)), nil)
		if err != nil {
			t.Fatal(err)
		}
		return setup.Lost()
	}
	haveFacts(t, removing(), nil)
	m.write("/boot/grub/grub.cfg", grubCfg("xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0)(00:04.0)"))
	haveFacts(t, removing(), []string{"hides (0000:00:04.0), which is lost"})
}
