package xencfg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

const (
	hideKey = "xen-pciback.hide"
	list    = "(0000:00:09.0)"
)

// qubes is as Qubes OS 4.0 has it.
const qubes = `[global]
default=5.4.88-1.qubes.x86_64

[4.19.155-1.pvops.qubes.x86_64]
options=loglvl=all dom0_mem=min:1024M dom0_mem=max:4096M iommu=no-igfx ucode=scan smt=off
kernel=vmlinuz-4.19.155-1.pvops.qubes.x86_64 root=/dev/mapper/qubes_dom0-root rd.lvm.lv=qubes_dom0/root rhgb quiet
ramdisk=initramfs-4.19.155-1.pvops.qubes.x86_64.img

[5.4.88-1.qubes.x86_64]
options=loglvl=all
kernel=vmlinuz-5.4.88-1.qubes.x86_64 root=/dev/mapper/qubes_dom0-root quiet rd.qubes.hide_pci=00:14.0
ramdisk=initramfs-5.4.88-1.qubes.x86_64.img
`

// shown is a Boot as one line.
func shown(boots []Boot) (lines []string) {
	for _, b := range boots {
		line := fmt.Sprintf("%d %q %s|%s|%s|%s", b.Dom0.Line, b.Section, b.Dom0.File, b.Dom0.Arguments, b.Ramdisk, b.Xen)
		for _, is := range []struct {
			so   bool
			word string
		}{{b.Default, "default"}, {b.Recovery(), "recovery"}, {b.Unended, "unended"}} {
			if is.so {
				line += " " + is.word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestBoots(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"Qubes", qubes, []string{
			`6 "4.19.155-1.pvops.qubes.x86_64" vmlinuz-4.19.155-1.pvops.qubes.x86_64| root=/dev/mapper/qubes_dom0-root rd.lvm.lv=qubes_dom0/root rhgb quiet|initramfs-4.19.155-1.pvops.qubes.x86_64.img|` +
				"loglvl=all dom0_mem=min:1024M dom0_mem=max:4096M iommu=no-igfx ucode=scan smt=off",
			`11 "5.4.88-1.qubes.x86_64" vmlinuz-5.4.88-1.qubes.x86_64| root=/dev/mapper/qubes_dom0-root quiet rd.qubes.hide_pci=00:14.0|initramfs-5.4.88-1.qubes.x86_64.img|loglvl=all default`,
		}},
		{"recovery", "[global]\ndefault=a\n[a]\nkernel=v ro\n[rescue]\nkernel=v\n[b]\nkernel=v single\n", []string{
			`4 "a" v| ro|| default`, `6 "rescue" v||| recovery`, `8 "b" v| single|| recovery`,
		}},
		{"no default", "[a]\noptions=x\n[b]\nkernel=v\nramdisk=i\n[c]\nkernel=w\n", []string{`4 "b" v||i|x default`, `7 "c" w|||`}},
		{"no section", "kernel=v root=/dev/sda1\n", []string{`1 "" v| root=/dev/sda1|| default`}},
		{"an empty default", "[global]\ndefault=\n[a]\nkernel=v\n", []string{`4 "a" v||| default`}},
		{"a default that is not there", "[global]\ndefault=x\n[a]\nkernel=v\n", []string{`4 "a" v|||`}},
		{"a default with a blank behind it", "[global]\ndefault=a \n[a]\nkernel=v\n", []string{`4 "a" v|||`}},
		{"a second section of one name", "[a]\nkernel=v\n[a]\nkernel=w\n", []string{`2 "a" v||| default`}},
		{"a kernel without a file", "[a]\nkernel=\n[b]\nkernel=v\n", []string{`4 "b" v|||`}},
		{"no end", "[a]\nkernel=v", []string{`2 "a" v||| default unended`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Parse([]byte(test.text))
			if diff := cmp.Diff(test.want, shown(c.Boots(c.Default()))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// applied makes the edits of all boots that are not for recovery.
func applied(t *testing.T, text string, o grub.Operation) string {
	t.Helper()
	c := Parse([]byte(text))
	boots := c.Boots(c.Default())
	out := []byte(text)
	for i := len(boots) - 1; i >= 0; i-- {
		if boots[i].Recovery() {
			continue
		}
		e, err := c.EditDom0(boots[i], o)
		if err != nil {
			t.Fatal(err)
		}
		if out, err = e.Apply(out); err != nil {
			t.Fatal(err)
		}
	}
	return string(out)
}

func TestEditDom0(t *testing.T) {
	const argument = hideKey + "=" + list
	for _, test := range []struct{ name, text, want string }{
		{"Qubes", qubes, strings.NewReplacer("rhgb quiet\n", "rhgb quiet "+argument+"\n", "00:14.0\n", "00:14.0 "+argument+"\n").Replace(qubes)},
		{"no arguments", "kernel=v\n", "kernel=v " + argument + "\n"},
		{"a blank alone", "kernel=v \n", "kernel=v " + argument + " \n"},
		{"a comment", "kernel=v ro # x\n", "kernel=v ro " + argument + " # x\n"},
		{"carriage returns", "[a]\r\nkernel=v ro\r\n", "[a]\r\nkernel=v ro " + argument + "\r\n"},
		{"recovery", "[a]\nkernel=v\n[rescue]\nkernel=v ro\n", "[a]\nkernel=v " + argument + "\n[rescue]\nkernel=v ro\n"},
		{"in place", "kernel=v ro xen_pciback.hide=(00:04.0) quiet\n", "kernel=v ro " + argument + " quiet\n"},
		{"as it is", "kernel=v  " + argument + "\n", "kernel=v  " + argument + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, applied(t, test.text, grub.SetKey(hideKey, list))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNotEdited(t *testing.T) {
	for _, test := range []struct{ name, text, value, want string }{
		{"no end", "[a]\nkernel=v", list, "line 2: the file does not end in a newline, and xen.efi may ignore its last line"},
		{"a comment in the value", "kernel=v\n", "(#)", `line 1: xen-pciback.hide: the value "(#)" has blanks, quotes or other characters that cannot be on a command line`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Parse([]byte(test.text))
			e, err := c.EditDom0(c.Boots("")[0], grub.SetKey(hideKey, test.value))
			if err == nil || err.Error() != test.want || e != (edit.Edit{}) {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}

func FuzzEditDom0(f *testing.F) {
	for _, seed := range []string{
		"", qubes, "kernel=v", "[a]\r\n\tkernel=v ro # x\r\n;\n[a]\nkernel=w\n", "[]\nkernel= \xa0v\xa0x\n[a]b]\nkernel=v a=\"b c\n", "[global]\ndefault=a\n[a]\nkernel=v -- xen-pciback.hide=(a)\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Parse([]byte(text))
		boots := c.Boots(c.Default())
		for i, b := range boots {
			e, err := c.EditDom0(b, grub.SetKey(hideKey, list))
			if b.Unended {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			edited, err := e.Apply([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			again := Parse(edited)
			after := again.Boots(c.Default())
			if len(after) != len(boots) || len(after[i].Dom0.Arguments.All(hideKey)) != 1 {
				t.Fatalf("%q became %q", text, edited)
			}
			if value, _ := after[i].Dom0.Arguments.Value(hideKey); value != list || after[i].Dom0.File != b.Dom0.File {
				t.Errorf("%q became %q", text, edited)
			}
			before, now := shown(boots), shown(after)
			before[i], now[i] = "", ""
			if diff := cmp.Diff(before, now); diff != "" {
				t.Errorf("%q became %q:\n%s", text, edited, diff)
			}
			if back, err := e.Inverse().Apply(edited); err != nil || string(back) != text {
				t.Errorf("%q came back as %q: %v", text, back, err)
			}
			if len(b.Dom0.Arguments.All(hideKey)) > 0 {
				continue
			}
			e, err = again.EditDom0(after[i], grub.RemoveKey(hideKey))
			if err != nil {
				t.Fatal(err)
			}
			if bare, err := e.Apply(edited); err != nil || string(bare) != text {
				t.Errorf("%q without the argument became %q: %v", text, bare, err)
			}
		}
	})
}

// TestEditXen edits the hypervisor's options, or adds the line for them.
func TestEditXen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"options", "[xen]\noptions=loglvl=all # x\nkernel=vmlinuz ro\n", "[xen]\noptions=loglvl=all smt=off # x\nkernel=vmlinuz ro\n"},
		{"no options", "[xen]\nkernel=vmlinuz ro\nramdisk=initrd\n", "[xen]\noptions=smt=off\nkernel=vmlinuz ro\nramdisk=initrd\n"},
		{"the last line has no end", "[xen]\nkernel=vmlinuz ro\noptions=a", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := Parse([]byte(test.text))
			e, err := c.EditXen(c.Boots("xen")[0], grub.Rewrite(func(words []string) ([]string, error) { return append(words, "smt=off"), nil }))
			if test.want == "" {
				if err == nil {
					t.Error("it was edited")
				}
				return
			}
			got, applied := e.Apply([]byte(test.text))
			if err != nil || applied != nil || string(got) != test.want {
				t.Errorf("%q, %v, %v", got, err, applied)
			}
		})
	}
}
