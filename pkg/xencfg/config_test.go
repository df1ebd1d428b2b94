package xencfg

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// anywhere compares settings wherever they are in their files.
var anywhere = cmp.Options{cmpopts.IgnoreUnexported(Section{}), cmpopts.IgnoreFields(Setting{}, "start")}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []Section
	}{
		{"nothing", "", nil},
		{"the documented one", "[global]\ndefault=sle11sp2\n\n[sle11sp2]\noptions=console=vga,com1 com1=57600\nkernel=vmlinuz-3.0.31-0.4-xen root=/dev/sda1\nramdisk=initrd-3.0.31-0.4-xen\n", []Section{
			{Name: "global", Line: 1, Settings: []Setting{{Key: "default", Value: "sle11sp2", Line: 2}}},
			{Name: "sle11sp2", Line: 4, Settings: []Setting{
				{Key: "options", Value: "console=vga,com1 com1=57600", Line: 5},
				{Key: "kernel", Value: "vmlinuz-3.0.31-0.4-xen root=/dev/sda1", Line: 6},
				{Key: "ramdisk", Value: "initrd-3.0.31-0.4-xen", Line: 7},
			}},
		}},
		{"settings without a section", "kernel=a\n", []Section{{Settings: []Setting{{Key: "kernel", Value: "a", Line: 1}}}}},
		{"a comment ends a value", "[a]\nkernel=v x # y=z\n", []Section{{Name: "a", Line: 1, Settings: []Setting{{Key: "kernel", Value: "v x ", Line: 2}}}}},
		{"a semicolon only begins one", "[a]\n ;kernel=v\noptions=a;b\n", []Section{{Name: "a", Line: 1, Settings: []Setting{{Key: "options", Value: "a;b", Line: 3}}}}},
		{"a tab ends a line", "[a]\nkernel=v\troot=/dev/sda1\n", []Section{{Name: "a", Line: 1, Settings: []Setting{
			{Key: "kernel", Value: "v", Line: 2}, {Key: "root", Value: "/dev/sda1", Line: 2},
		}}}},
		{"and a comment", "#\tkernel=v\n", []Section{{Settings: []Setting{{Key: "kernel", Value: "v", Line: 1}}}}},
		{"blanks", " [a]\n  kernel= \xa0v \n", []Section{{Name: "a", Line: 1, Settings: []Setting{{Key: "kernel", Value: "v ", Line: 2}}}}},
		{"a blank before the equals sign", "[a]\nkernel =v\n", []Section{{Name: "a", Line: 1, Settings: []Setting{{Key: "kernel ", Value: "v", Line: 2}}}}},
		{"carriage returns", "[a]\r\nkernel=v\r\n", []Section{{Name: "a", Line: 1, Settings: []Setting{{Key: "kernel", Value: "v", Line: 2}}}}},
		{"no end", "[a]\nkernel=v", []Section{{Name: "a", Line: 1, Settings: []Setting{{Key: "kernel", Value: "v", Line: 2, Unended: true}}}}},
		{"a comment without an end", "[a]\nkernel=v#", []Section{{Name: "a", Line: 1, Settings: []Setting{{Key: "kernel", Value: "v", Line: 2}}}}},
		{"headers", "[a]b\n[c\n[]\n", []Section{{Name: "a", Line: 1}, {Line: 2}, {Line: 3}}},
		{"what is no setting", "[a]\nhello\n=x\n", []Section{{Name: "a", Line: 1, Settings: []Setting{{Value: "x", Line: 3}}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Parse([]byte(test.text))
			if diff := cmp.Diff(test.want, c.Sections, anywhere, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, s := range c.Sections {
				for _, have := range s.Settings {
					if got := test.text[have.start : have.start+len(have.Value)]; got != have.Value {
						t.Errorf("%q is where %+v should be", got, have)
					}
				}
			}
		})
	}
}

func TestSetting(t *testing.T) {
	const text = "[global]\ndefault=b\nchain=more.cfg\n[a]\nkernel=1\n[b]\noptions=2\n[b]\nkernel=3\n[c]d]\nkernel=4\n[c]\nkernel=5\n"
	for _, test := range []struct {
		name, section, key, want string
		ok                       bool
	}{
		{"there", "a", "kernel", "1", true},
		{"only in a second section of that name", "b", "kernel", "", false},
		{"without a section, the first", "", "kernel", "1", true},
		{"without a section, of any", "", "options", "2", true},
		{"no such section", "x", "kernel", "", false},
		{"text behind the name", "c", "kernel", "4", true},
		{"a bracket in the name", "c]d", "kernel", "4", true},
		{"no such setting", "a", "ramdisk", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, ok := Parse([]byte(text)).Setting(test.section, test.key)
			if s.Value != test.want || ok != test.ok {
				t.Errorf("%+v, %v", s, ok)
			}
		})
	}
	c := Parse([]byte(text))
	file, chained := c.Chain()
	if c.Default() != "b" || file != "more.cfg" || !chained {
		t.Errorf("%q, %q, %v", c.Default(), file, chained)
	}
	if empty := Parse(nil); empty.Default() != "" {
		t.Errorf("%q", empty.Default())
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		binary string
		want   []string
	}{
		{"xen.efi", []string{"xen.cfg"}},
		{"xen-4.2-unstable.efi", []string{"xen-4.2-unstable.cfg", "xen-4.2.cfg", "xen-4.cfg", "xen.cfg"}},
		{"BOOTX64.EFI", []string{"BOOTX64.cfg"}},
		{"xen_signed.efi", []string{"xen_signed.cfg", "xen.cfg"}},
		{"xen", nil},
	} {
		if diff := cmp.Diff(test.want, Names(test.binary)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.binary, diff)
		}
	}
}

func TestParseOptions(t *testing.T) {
	for _, test := range []struct {
		line string
		want Options
	}{
		{"", Options{}},
		{"qubes-verbose", Options{}},
		{"placeholder qubes-verbose", Options{Section: "qubes-verbose"}},
		{"xen.efi -cfg=other.cfg  old\t/basevideo", Options{File: "other.cfg", Section: "old"}},
		{"xen.efi /cfg other.cfg", Options{File: "other.cfg"}},
		{"xen.efi -cfg", Options{}},
		{"xen.efi one two -- three -cfg=x", Options{Section: "two"}},
		{"xen.efi - /", Options{}},
	} {
		if diff := cmp.Diff(test.want, ParseOptions(test.line)); diff != "" {
			t.Errorf("%q: (-want +got):\n%s", test.line, diff)
		}
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add("xen.efi -cfg=other.cfg old -- x")
	f.Add("x - / -cfg")
	f.Fuzz(func(t *testing.T, line string) {
		if o := ParseOptions(line); len(o.File)+len(o.Section) > len(line) || strings.ContainsAny(o.File+o.Section, " \t") {
			t.Errorf("%q: %+v", line, o)
		}
	})
}
