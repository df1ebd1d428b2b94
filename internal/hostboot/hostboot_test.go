package hostboot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/grub"
)

// TestOrigin finds the line by which a word came into a setting.
func TestOrigin(t *testing.T) {
	t.Parallel()
	const name = grub.CmdlineXenDefault
	first := name + "=\"dom0_mem=1G loglvl=all\"\n# " + name + " is for Xen\n" + name + "=\"$" + name + " smt=off\"\n"
	s := sources{files: []*grub.Defaults{
		grub.ParseDefaults("/etc/default/grub", []byte(first)),
		grub.ParseDefaults("/etc/default/grub.d/a.cfg", []byte("\n"+name+"=\"$"+name+" com1=115200,8n1\"\n")),
		grub.ParseDefaults("/etc/default/grub.d/b.cfg", []byte("OTHER="+name+"\n")),
	}}
	got := map[string]Place{}
	for _, w := range s.words([]string{"placeholder", "dom0_mem=1G", "smt=off", "com1=115200,8n1", "smt=on"}, Place{File: "/boot/grub/grub.cfg", Line: 7}, []string{name}) {
		got[w.Text] = w.Place
	}
	cfg := Place{File: "/boot/grub/grub.cfg", Line: 7}
	want := map[string]Place{
		"placeholder": cfg, "smt=on": cfg,
		"dom0_mem=1G":     {File: "/etc/default/grub", Line: 1, Setting: name},
		"smt=off":         {File: "/etc/default/grub", Line: 3, Setting: name},
		"com1=115200,8n1": {File: "/etc/default/grub.d/a.cfg", Line: 2, Setting: name},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOriginReplaced has a word that a later line takes out and puts in again: that line is its
// origin.
func TestOriginReplaced(t *testing.T) {
	t.Parallel()
	const name = grub.CmdlineXen
	s := sources{files: []*grub.Defaults{grub.ParseDefaults("/etc/default/grub", []byte(name+"=a\n"+name+"=b\n"+name+"='a c'\n"))}}
	for word, line := range map[string]int{"a": 3, "c": 3} {
		if place, ok := s.history(name).origin(word); !ok || place.Line != line {
			t.Errorf("%s: %+v %t", word, place, ok)
		}
	}
	if place, ok := s.history(name).origin("b"); ok {
		t.Errorf("b: %+v", place)
	}
}

func TestCompareLines(t *testing.T) {
	t.Parallel()
	line := func(words ...string) (l Line) {
		for _, w := range words {
			l.Words = append(l.Words, Word{Text: w})
		}
		return l
	}
	for _, test := range []struct {
		name        string
		now, next   Line
		lost, added []string
	}{
		{"the same", line("placeholder", "ro", "quiet"), line("placeholder", "quiet", "ro"), nil, nil},
		{"another file", line("/vmlinuz-1", "ro"), line("placeholder", "ro"), nil, nil},
		{"lost and added", line("ro", "smt=off"), line("ro", "quiet"), []string{"smt=off"}, []string{"quiet"}},
		{"twice", line("ro", "console=tty0", "console=tty0"), line("ro", "console=tty0"), []string{"console=tty0"}, nil},
		{"a variable of GRUB", line("ro", "edd=off"), Line{Words: []Word{{Text: "ro"}, {Text: "${opts}", Open: true}, {Text: "quiet"}}}, nil, []string{"quiet"}},
		{"a path that is no file", line("ro", "/x"), line("ro"), []string{"/x"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lost, added := Compare(test.now, test.next)
			if diff := cmp.Diff([][]string{test.lost, test.added}, [][]string{lost, added}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzOrigin reads any settings: it ends, and a place is a line of the file.
func FuzzOrigin(f *testing.F) {
	f.Add("GRUB_CMDLINE_XEN=\"a b\"\nGRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN c\"\n", "a")
	f.Add("if x; then\nGRUB_CMDLINE_XEN='a\n b'\nfi\n", "b")
	f.Fuzz(func(t *testing.T, content, word string) {
		if len(content) > 8<<10 {
			return
		}
		s := sources{files: []*grub.Defaults{grub.ParseDefaults("/x", []byte(content))}, xen: []string{grub.CmdlineXen}}
		s.settings()
		if place, ok := s.history(grub.CmdlineXen).origin(word); ok && (place.File != "/x" || place.Line < 1) {
			t.Errorf("%+v", place)
		}
	})
}
