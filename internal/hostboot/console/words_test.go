package console

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/uart"
)

func TestXenWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, words, want string }{
		{"none", "placeholder", "placeholder com1=115200,8n1 console=com1,vga"},
		{"all", "com1=115200,8n1 console=com1,vga", "com1=115200,8n1 console=com1,vga"},
		{"in another order", "console=vga,com1 com1=115200", "console=vga,com1 com1=115200"},
		{"another speed", "com1=9600,8n1,amt,0 loglvl=all console=com1", "com1=115200,8n1,amt,0 loglvl=all console=com1"},
		{"named fields", "com1=baud=9600,parity=e,dev=pci,irq=0", "com1=115200,8n1,dev=pci,irq=0 console=com1,vga"},
		{"a bad format", "com1=115200,n81 console=com1", "com1=115200,8n1 console=com1"},
		{"the screen", "console=vga", "console=com1,vga com1=115200,8n1"},
		{"the other port", "com2=9600,8n1 console=com2,vga", "com2=9600,8n1 console=com1,vga com1=115200,8n1"},
		{"hvc0", "console=com1 console=hvc0", "console=com1 console=com1 com1=115200,8n1"},
		{"seven bits", "console=com1H,vga com1=115200,8n1", "console=com1H,vga com1=115200,8n1"},
		{"what Xen hands on", "com1=115200,8n1 -- console=hvc0", "com1=115200,8n1 console=com1,vga -- console=hvc0"},
		{"several", "com1=9600 console=vga com1=19200", "com1=9600 console=com1,vga com1=115200,8n1"},
	} {
		got := Wanted{"com1", 115200}.xenWords(strings.Fields(test.words))
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestDom0Words(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, words, want string }{
		{"none", "ro quiet", "ro quiet console=tty0 console=hvc0"},
		{"all", "ro console=tty0 console=hvc0 quiet", "ro console=tty0 console=hvc0 quiet"},
		{"the screen", "ro console=tty0 quiet", "ro console=tty0 console=hvc0 quiet"},
		{"not the last", "console=hvc0 console=tty0 quiet", "console=tty0 console=hvc0 quiet"},
		{"a port that Xen has", "console=tty0 console=ttyS0,115200n8", "console=tty0 console=hvc0"},
		{"only that", "console=ttyS0 ro", "ro console=tty0 console=hvc0"},
		{"the other port", "console=ttyS1,9600 ro", "console=ttyS1,9600 console=hvc0 ro"},
		{"what is for init", "ro -- console=ttyS0", "ro console=tty0 console=hvc0 -- console=ttyS0"},
	} {
		got := dom0Words(strings.Fields(test.words), "hvc0", []string{"ttyS0"})
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// FuzzWords sets up any two lines: a second time changes nothing, the other words keep their order,
// the reader finds what was wanted, and the old words come back.
func FuzzWords(f *testing.F) {
	f.Add("placeholder com1=9600,8n1,amt console=hvc0 -- x", "console=ttyS0 ro", true, 115200)
	f.Add("com2=baud=9600,dev=pci console=com2H,vga,com1 console", "console=hvc0 console=\"tty0\" console", false, 9600)
	f.Fuzz(func(t *testing.T, xenLine, dom0Line string, first bool, speed int) {
		w := Wanted{Port: "com2", Speed: speed}
		if first {
			w.Port = "com1"
		}
		if speed < 1200 || speed > 115200 {
			return
		}
		xen, dom0 := strings.Fields(xenLine), strings.Fields(dom0Line)
		one, two := w.xenWords(xen), dom0Words(dom0, hvc0, []string{"ttyS0"})
		if again := w.xenWords(one); !slices.Equal(one, again) {
			t.Errorf("%q, then %q", one, again)
		}
		if again := dom0Words(two, hvc0, []string{"ttyS0"}); !slices.Equal(two, again) {
			t.Errorf("%q, then %q", two, again)
		}
		others := func(words []string) []string {
			return slices.DeleteFunc(slices.Clone(words), func(word string) bool { return slices.Contains([]string{"com1", "com2", "console"}, keyOf(word)) })
		}
		if !slices.Equal(others(xen), others(one)) || !slices.Equal(others(dom0), others(two)) {
			t.Errorf("%q became %q, and %q became %q", xen, one, dom0, two)
		}
		var words []hostboot.Word
		own, _ := splitOwn(one)
		for _, word := range own {
			words = append(words, hostboot.Word{Text: word})
		}
		if o := outputOf(words); o.port == nil || o.port.Name != w.Port || o.port.Speed != speed || o.port.Fault != uart.NoFault {
			t.Errorf("%q: %+v", one, o.port)
		}
		if back := restored(two, dom0, []string{"console"}); len(back) != len(dom0) {
			t.Errorf("%q became %q and then %q", dom0, two, back)
		}
		if back := restored(one, xen, []string{"com1", "com2", "console"}); len(back) != len(xen) {
			t.Errorf("%q became %q and then %q", xen, one, back)
		}
	})
}

func TestRestored(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"", "ro", "console=tty0", "ro console=tty0 quiet console=ttyS0", "console=ttyS0 a b -- console=x"} {
		before := strings.Fields(words)
		if got := restored(dom0Words(before, hvc0, []string{"ttyS0"}), before, []string{"console"}); !slices.Equal(got, before) {
			t.Errorf("%q became %q", before, got)
		}
	}
}
