package grub

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// seen is what a test compares of a stanza.
type seen struct {
	Title             string
	Number, From, To  int
	Xen, Recovery     bool
	Hypervisor, Dom0  string
	Arguments, Initrd string
}

func look(m *MenuList) (stanzas []seen) {
	for _, s := range m.Stanzas {
		x, ok := s.Xen()
		stanzas = append(stanzas, seen{
			Title: s.Title, Number: s.Number, From: s.Line, To: s.LastLine, Xen: ok, Recovery: s.Recovery(),
			Hypervisor: x.Hypervisor.File, Dom0: x.Dom0.File, Arguments: x.Dom0.Arguments.String(), Initrd: strings.Join(x.Initrds(), " "),
		})
	}
	return stanzas
}

func TestParseMenuList(t *testing.T) {
	for _, test := range []struct {
		name  string
		menu  []byte
		want  []seen
		start MenuDefault
		at    int // DefaultStanza; -1 where it is not known
		dom0  []int
	}{
		{
			name: "Debian lenny", menu: sample(t, "lenny-menu.lst"), dom0: []int{0},
			want: []seen{
				{Title: "Xen 3.2-1-amd64 / Debian GNU/Linux, kernel 2.6.26-2-xen-amd64", From: 32, To: 36, Xen: true,
					Hypervisor: "/xen-3.2-1-amd64.gz", Dom0: "/vmlinuz-2.6.26-2-xen-amd64",
					Arguments: " root=/dev/mapper/vg0-root ro console=tty0", Initrd: "/initrd.img-2.6.26-2-xen-amd64"},
				{Title: "Debian GNU/Linux, kernel 2.6.26-2-amd64", Number: 1, From: 38, To: 41},
				{Title: "Debian GNU/Linux, kernel 2.6.26-2-amd64 (single-user mode)", Number: 2, From: 43, To: 46, Recovery: true},
				{Title: "Xen, to mend things", Number: 3, From: 50, To: 54, Xen: true, Recovery: true,
					Hypervisor: "/xen-3.2-1-amd64.gz", Dom0: "/vmlinuz-2.6.26-2-xen-amd64",
					Arguments: " root=/dev/mapper/vg0-root ro single", Initrd: "/initrd.img-2.6.26-2-xen-amd64"},
			},
		},
		{
			name: "RHEL 5", menu: sample(t, "rhel5-grub.conf"), start: MenuDefault{Number: 1}, at: 1, dom0: []int{1},
			want: []seen{
				{Title: "Red Hat Enterprise Linux Server (2.6.18-164.el5)", From: 8, To: 11},
				{Title: "Red Hat Enterprise Linux Server (2.6.18-164.el5xen)", Number: 1, From: 12, To: 16, Xen: true,
					Hypervisor: "/xen.gz-2.6.18-164.el5", Dom0: "/vmlinuz-2.6.18-164.el5xen",
					Arguments: " ro root=/dev/VolGroup00/LogVol00 rhgb quiet pciback.hide=(00:09.0) (00:04.0)", Initrd: "/initrd-2.6.18-164.el5xen.img"},
			},
		},
		{
			name: "odd but read by GRUB", start: MenuDefault{Saved: true}, at: -1, dom0: []int{1},
			menu: []byte("default saved\r\n# a comment \\\ntitle not a title\ntitle=empty\n\n\ttitle\tOdd \\\r\n  title\r\n nonsense here\n" +
				"kernel=--no-mem-option --type=multiboot (hd0,0)/xen.gz a=b\\\n  c\nmodule\t(hd0,0)/vmlinuz ro \\\n\tquiet  \nmodulenounzip /initrd\n"),
			want: []seen{
				{Title: "empty", Number: -1, From: 4, To: 4},
				{Title: "Odd    title", From: 6, To: 13, Xen: true, Hypervisor: "(hd0,0)/xen.gz",
					Dom0: "(hd0,0)/vmlinuz", Arguments: " ro   quiet", Initrd: "/initrd"},
			},
		},
		{
			name: "the last kernel counts", at: 1, dom0: nil, start: MenuDefault{Number: 1},
			menu: []byte("default 0\ndefault 1\ntitle a\nkernel /xen.gz\nmodule /vmlinuz\nkernel /vmlinuz2 1\ntitle xen without dom0\nkernel /xen.gz"),
			want: []seen{
				{Title: "a", From: 3, To: 6, Recovery: true},
				{Title: "xen without dom0", Number: 1, From: 7, To: 8},
			},
		},
		{name: "out of range", menu: []byte("default 2\ntitle a\nboot\n"), start: MenuDefault{Number: 2}, at: -1, want: []seen{{Title: "a", From: 2, To: 3}}},
		{name: "nothing", at: -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := ParseMenuList(test.menu)
			if diff := cmp.Diff(test.want, look(m)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got := m.Default(); got != test.start {
				t.Errorf("default %+v", got)
			}
			if at, ok := m.DefaultStanza(); ok != (test.at >= 0) || ok && at != test.at {
				t.Errorf("boots stanza %d (%v)", at, ok)
			}
			if diff := cmp.Diff(test.dom0, m.Dom0Stanzas()); diff != "" {
				t.Errorf("dom0: -want +got\n%s", diff)
			}
		})
	}
}

// An argument as xenpci writes it, and its name in kernels of Xen 3.
const (
	hideKey    = "xen-pciback.hide"
	oldHideKey = "pciback.hide"
	twoDevices = "(0000:00:09.0)(0000:00:04.0)"
)

func TestEditDom0(t *testing.T) {
	for _, test := range []struct {
		name, menu, want string
		stanza           int
		operation        Operation
	}{
		{
			name:      "at the end of the line, tabs and CRLF kept",
			menu:      "title\tX\r\nkernel\t/xen.gz\r\nmodule\t/vmlinuz\tro  quiet \t\r\nmodule /initrd\r\n",
			want:      "title\tX\r\nkernel\t/xen.gz\r\nmodule\t/vmlinuz\tro  quiet xen-pciback.hide=(0000:00:09.0)(0000:00:04.0) \t\r\nmodule /initrd\r\n",
			operation: SetKey(hideKey, twoDevices),
		},
		{
			name:      "no arguments and no end of line",
			menu:      "title X\nkernel /xen.gz\nmodule /vmlinuz",
			want:      "title X\nkernel /xen.gz\nmodule /vmlinuz xen-pciback.hide=(0000:00:09.0)(0000:00:04.0)",
			operation: SetKey(hideKey, twoDevices),
		},
		{
			name:      "a line that goes on",
			menu:      "title X\nkernel /xen.gz\nmodule /vmlinuz ro \\\n  pciback.hide=(00:09.0) \\\r\n  (00:04.0) \\\n quiet\nmodule /initrd\n",
			want:      "title X\nkernel /xen.gz\nmodule /vmlinuz ro \\\n  pciback.hide=(00:05.0) \\\r\n  (00:04.0) \\\n quiet\nmodule /initrd\n",
			operation: SetKey(oldHideKey, "(00:05.0)"),
		},
		{
			name:      "taken out behind a joined line",
			menu:      "title X\nkernel /xen.gz\nmodule /vmlinuz ro\\\npciback.hide=(00:09.0)\nmodule /initrd\n",
			want:      "title X\nkernel /xen.gz\nmodule /vmlinuz ro\nmodule /initrd\n",
			operation: RemoveKey(oldHideKey),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := ParseMenuList([]byte(test.menu))
			change, err := m.EditDom0(test.stanza, test.operation)
			if err != nil {
				t.Fatal(err)
			}
			got, err := change.Apply(m.Bytes())
			if err != nil || string(got) != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
			if back, err := change.Inverse().Apply(got); err != nil || string(back) != test.menu {
				t.Errorf("came back as %q (%v)", back, err)
			}
			if _, err := change.Apply(got[:len(got)/3]); err == nil && !change.Empty() {
				t.Error("a change of a file that is another by now")
			}
		})
	}
	m := ParseMenuList(sample(t, "lenny-menu.lst"))
	for _, stanza := range []int{-1, 1, 4} {
		if _, err := m.EditDom0(stanza, RemoveKey(hideKey)); err == nil {
			t.Errorf("stanza %d has no dom0", stanza)
		}
	}
	if _, err := m.EditDom0(0, SetKey(hideKey, "a b")); err == nil {
		t.Error("a value with a blank was written")
	}
}

// TestMenuNumbers wants GRUB legacy's numbers.
func TestMenuNumbers(t *testing.T) {
	for text, want := range map[string]MenuDefault{
		"1": {Number: 1}, "010": {Number: 10}, "0x1f": {Number: 31}, "0Xfg": {Number: 15}, "2 # first": {Number: 2}, "3nd": {Number: 3},
		"saved": {Saved: true}, "saved ": {}, "savedx": {}, "0b1": {}, "1_0": {Number: 1}, "": {}, "-1": {}, "9999999999": {}, "x": {}, "=5": {Number: 5},
	} {
		if got := ParseMenuList([]byte("default " + text + "\ntitle a\nboot\n")).Default(); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// TestMenuLineTooLong writes nothing that GRUB would drop.
func TestMenuLineTooLong(t *testing.T) {
	menu := func(length int) *MenuList {
		line := "module /vmlinuz "
		return ParseMenuList([]byte("title a\nkernel /xen.gz\n" + line + strings.Repeat("x", length-len(line)) + "\n"))
	}
	argument := len(" " + hideKey + "=" + twoDevices)
	if _, err := menu(maxMenuLine-argument).EditDom0(0, SetKey(hideKey, twoDevices)); err != nil {
		t.Error(err)
	}
	if change, err := menu(maxMenuLine-argument+1).EditDom0(0, SetKey(hideKey, twoDevices)); err == nil {
		t.Errorf("%+v", change)
	}
	if _, err := menu(maxMenuLine+100).EditDom0(0, RemoveKey(hideKey)); err != nil {
		t.Error(err)
	}
}

func TestMenuOptions(t *testing.T) {
	data := sample(t, "lenny-menu.lst")
	m := ParseMenuList(data)
	if value, line, ok := m.Option(OptionXenKernel); !ok || value != "console=tty0" || line != 23 {
		t.Errorf("%q in line %d (%v)", value, line, ok)
	}
	if !m.Automagic() || ParseMenuList([]byte("title a\n")).Automagic() {
		t.Error("a menu that update-grub writes is not told from one that it does not")
	}
	change, err := m.EditOption(OptionXenKernel, SetKey(oldHideKey, "(00:09.0)"))
	if err != nil {
		t.Fatal(err)
	}
	edited, err := change.Apply(data)
	want := bytes.Replace(data, []byte("# xenkopt=console=tty0\n"), []byte("# xenkopt=console=tty0 pciback.hide=(00:09.0)\n"), 1)
	if diff := cmp.Diff(string(want), string(edited)); diff != "" || err != nil {
		t.Errorf("%v -want +got\n%s", err, diff)
	}

	m = ParseMenuList([]byte("# xenkopt=outside\n" + automagicBegin + "\n# xenkopt=before\n" + optionsBegin + "\n# xenkopt=\r\n#xenkopt=no\n# xenkopt=b\n" + optionsEnd + "\n# xenkopt=after\n"))
	if value, line, ok := m.Option(OptionXenKernel); !ok || value != " b" || line != 7 {
		t.Errorf("%q in line %d (%v)", value, line, ok)
	}
	m = ParseMenuList([]byte(automagicBegin + "\n" + optionsBegin + "\n# xenkopt=\r\n"))
	change, err = m.EditOption(OptionXenKernel, SetKey(hideKey, "(00:09.0)"))
	if err != nil || change.New != hideKey+"=(00:09.0)" {
		t.Errorf("%+v, %v", change, err)
	}
	if _, err := m.EditOption("kopt", RemoveKey(hideKey)); err == nil {
		t.Error("an option that is not there was edited")
	}
}

func FuzzMenuList(f *testing.F) {
	for _, name := range []string{"lenny-menu.lst", "rhel5-grub.conf"} {
		f.Add(sample(f, name))
	}
	for _, seed := range []string{
		"title a\nkernel /xen.gz\nmodule /v a\\\r\n b\\\n\nmodule c", "title=x\\", "# \\\n title\ntitle\nmodule\nkernel --x\n", "title a\nkernel\txen\nmodule v \"q -- \\\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := ParseMenuList(data)
		if !bytes.Equal(m.Bytes(), data) {
			t.Fatal("the menu has other bytes")
		}
		line := 0
		for i, s := range m.Stanzas {
			if s.Line < line || s.LastLine < s.Line || s.LastLine > bytes.Count(data, []byte("\n"))+1 {
				t.Errorf("stanza %d is in lines %d to %d", i, s.Line, s.LastLine)
			}
			line = s.LastLine
			x, ok := s.Xen()
			if !ok || i > 20 {
				continue
			}
			change, err := m.EditDom0(i, SetKey(hideKey, twoDevices))
			if err != nil && len(data) > maxMenuLine/2 {
				continue // the line would be too long
			}
			if err != nil {
				t.Fatal(err)
			}
			edited, err := change.Apply(data)
			if err != nil {
				t.Fatal(err)
			}
			again := ParseMenuList(edited)
			y, ok := again.Stanzas[i].Xen()
			if value, _ := y.Dom0.Arguments.Value(hideKey); !ok || value != twoDevices || y.Dom0.File != x.Dom0.File {
				t.Errorf("%q became %q: %+v", data, edited, y.Dom0)
			}
			if len(again.Stanzas) != len(m.Stanzas) {
				t.Errorf("%q became %q", data, edited)
			}
			if len(x.Dom0.Arguments.All(hideKey)) > 0 {
				continue
			}
			change, err = again.EditDom0(i, RemoveKey(hideKey))
			if err != nil {
				t.Fatal(err)
			}
			if back, err := change.Apply(edited); err != nil || !bytes.Equal(back, data) {
				t.Errorf("%q became %q and came back as %q (%v)", data, edited, back, err)
			}
		}
		optionAndBack(t, m)
	})
}

// optionAndBack edits update-grub's option, and wants the file back.
func optionAndBack(t *testing.T, m *MenuList) {
	t.Helper()
	value, line, ok := m.Option(OptionXenKernel)
	if !ok || len(ParseCommandLine(value).All(hideKey)) > 0 {
		return
	}
	change, err := m.EditOption(OptionXenKernel, SetKey(hideKey, twoDevices))
	if err != nil {
		t.Fatal(err)
	}
	edited, err := change.Apply(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	again := ParseMenuList(edited)
	if value, now, ok := again.Option(OptionXenKernel); !ok || now != line || len(ParseCommandLine(value).All(hideKey)) != 1 && !strings.Contains(value, `"`) {
		t.Errorf("%q became %q", m.Bytes(), edited)
	}
	if change, err = again.EditOption(OptionXenKernel, RemoveKey(hideKey)); err != nil {
		t.Fatal(err)
	}
	if back, err := change.Apply(edited); err != nil || !bytes.Equal(back, m.Bytes()) {
		t.Errorf("%q became %q and came back as %q (%v)", m.Bytes(), edited, back, err)
	}
}
