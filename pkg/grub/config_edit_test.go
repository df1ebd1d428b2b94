package grub

import (
	"strings"
	"testing"
)

// TestConfigEditDom0 changes the arguments of dom0 in a grub.cfg, and no other byte.
func TestConfigEditDom0(t *testing.T) {
	const entry = "menuentry 'Xen' {\n\tmultiboot2 /xen.gz dom0_mem=1G\n\tMODULE\n\tmodule2 /initrd\n}\n"
	const hide = "xen-pciback.hide=(0000:00:09.0)"
	set, remove := SetKey("xen-pciback.hide", "(0000:00:09.0)"), RemoveKey("xen-pciback.hide")
	for _, test := range []struct {
		name, module string
		operation    Operation
		want         string
	}{
		{"at the end", "module2 /vmlinuz  root=a\t ro", set, "module2 /vmlinuz  root=a\t ro " + hide},
		{"no argument", "module2 --nounzip /vmlinuz", set, "module2 --nounzip /vmlinuz " + hide},
		{"before two dashes", "module2 /vmlinuz ro -- x", set, "module2 /vmlinuz ro " + hide + " -- x"},
		{"quotes and variables", `module2 "/vm linuz" 'a b' "c $d" \` + "\n  e${f}g # hide", set, `module2 "/vm linuz" 'a b' "c $d" \` + "\n  e${f}g " + hide + " # hide"},
		{"followed by a command", "module2 /vmlinuz ro; echo a", set, "module2 /vmlinuz ro " + hide + "; echo a"},
		{"in the place of the last", "module2 /vmlinuz xen_pciback.hide=(1) a xen-pciback.hide=(2)  b", set, "module2 /vmlinuz a " + hide + "  b"},
		{"in quotes", `module2 /vmlinuz "xen-pciback.hide=(00:09.0) (00:0a.0)" b`, set, "module2 /vmlinuz " + hide + " b"},
		{"removed", "module2 /vmlinuz  a " + hide + "  b", remove, "module2 /vmlinuz  a  b"},
		{"removed from the end", "module2 /vmlinuz " + hide, remove, "module2 /vmlinuz"},
		{"nothing to remove", "module2 /vmlinuz a", remove, "module2 /vmlinuz a"},
		{"xen_module", "xen_module /vmlinuz a", set, "xen_module /vmlinuz a " + hide},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(entry, "MODULE", test.module, 1)
			if strings.HasPrefix(test.module, "xen_module") {
				text = strings.Replace(text, "multiboot2", "xen_hypervisor", 1)
			}
			c, err := ParseConfig([]byte(text), nil)
			if err != nil {
				t.Fatal(err)
			}
			e, err := c.EditDom0(c.XenEntries()[0], test.operation)
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.Apply([]byte(text))
			if want := strings.Replace(text, test.module, test.want, 1); err != nil || string(got) != want {
				t.Errorf("%q, want %q; %v", got, want, err)
			}
		})
	}
}

func TestConfigEditDom0Refused(t *testing.T) {
	c, err := ParseConfig([]byte("menuentry 'Linux' {\n\tlinux /vmlinuz\n}\nmenuentry 'Xen' {\n\tmultiboot2 /xen.gz\n\tmodule2 /vmlinuz\n}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := c.EditDom0(c.Entries[0], SetKey("a", "b")); err == nil || !strings.HasPrefix(err.Error(), "line 1: ") {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := c.EditDom0(c.Entries[1], SetKey("a", "b c")); err == nil || !strings.HasPrefix(err.Error(), "line 6: ") {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestXenServerRecovery has the entries of XenServer that are for recovery.
func TestXenServerRecovery(t *testing.T) {
	for title, want := range map[string]bool{"XCP-ng": false, "XCP-ng (Serial)": false, "XenServer in Safe Mode": true} {
		c, err := ParseConfig([]byte("menuentry '"+title+"' {\n\tmultiboot2 /boot/xen.gz\n\tmodule2 /boot/vmlinuz-4.19-xen ro\n}\n"), nil)
		if err != nil || c.Entries[0].Recovery() != want {
			t.Errorf("%s: %v, %v", title, c.Entries[0].Recovery(), err)
		}
	}
	for _, files := range [][2]string{{"/boot/xen-fallback.gz", "/boot/vmlinuz-4.19-xen"}, {"/boot/xen.gz", "/boot/vmlinuz-fallback"}} {
		c, err := ParseConfig([]byte("menuentry 'XCP-ng (Xen 4.17.5 / Linux 4.19.0+1)' {\n\tmultiboot2 "+files[0]+"\n\tmodule2 "+files[1]+" ro\n}\n"), nil)
		if err != nil || !c.Entries[0].Recovery() {
			t.Errorf("%q: %v", files, err)
		}
	}
}
