package modprobe_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

func TestBlock(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"in an empty file", "", "# BEGIN xenpci\noptions a b=1\nblacklist c\n# END xenpci\n"},
		{"behind whole lines", "x\n", "x\n# BEGIN xenpci\noptions a b=1\nblacklist c\n# END xenpci\n"},
		{"behind a line without an end", "x", "x\n# BEGIN xenpci (the newline above is xenpci's)\noptions a b=1\nblacklist c\n# END xenpci\n"},
		{"behind a line that goes on", "x\\\n", "x\\\n\n# BEGIN xenpci (the newline above is xenpci's)\noptions a b=1\nblacklist c\n# END xenpci\n"},
		{"behind a backslash", "x\\", "x\\\n\n# BEGIN xenpci (the two newlines above are xenpci's)\noptions a b=1\nblacklist c\n# END xenpci\n"},
	}
	own := []string{"options a b=1", "blacklist c"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := modprobe.Parse([]byte(tt.text))
			if _, found, err := f.Block(); found || err != nil {
				t.Fatalf("there is a block: %v", err)
			}
			with := setBlock(t, f, own)
			if diff := cmp.Diff(tt.want, with.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			lines, found, err := with.Block()
			if !found || err != nil || len(lines) != 2 || lines[1].Directive.Module != "c" {
				t.Errorf("block %+v, %v, %v", lines, found, err)
			}
			other := setBlock(t, with, []string{"blacklist d"})
			if diff := cmp.Diff(tt.text, removeBlock(t, other).String()); diff != "" {
				t.Errorf("written, written anew and removed: -want +got:\n%s", diff)
			}
		})
	}
}

func setBlock(t *testing.T, f *modprobe.File, own []string) *modprobe.File {
	t.Helper()
	e, err := f.SetBlock(own)
	if err != nil {
		t.Fatal(err)
	}
	return apply(t, f, e)
}

func removeBlock(t *testing.T, f *modprobe.File) *modprobe.File {
	t.Helper()
	e, err := f.RemoveBlock()
	if err != nil {
		t.Fatal(err)
	}
	return apply(t, f, e)
}

// TestBlockWithLinesBehind keeps the lines that somebody added apart.
func TestBlockWithLinesBehind(t *testing.T) {
	f := setBlock(t, modprobe.Parse([]byte("blacklist a")), []string{"blacklist b"})
	f = modprobe.Parse([]byte(f.String() + "blacklist c\n"))
	if got := removeBlock(t, f).String(); got != "blacklist a\nblacklist c\n" {
		t.Errorf("got %q", got)
	}
}

func TestBlockThatIsDamaged(t *testing.T) {
	for _, text := range []string{
		"# BEGIN xenpci\n", "# END xenpci\n", "# BEGIN xenpci\n# BEGIN xenpci\n# END xenpci\n",
		"# BEGIN xenpci\n# END xenpci\n# BEGIN xenpci\n# END xenpci\n", "# BEGIN xenpci\n# END xenpci\r\n# END xenpci\n",
	} {
		f := modprobe.Parse([]byte(text))
		var damaged *modprobe.BlockError
		if _, err := f.SetBlock(nil); !errors.As(err, &damaged) {
			t.Errorf("%q is written to: %v", text, err)
		}
		if _, err := f.RemoveBlock(); !errors.As(err, &damaged) {
			t.Errorf("%q is removed from: %v", text, err)
		}
		if _, _, err := f.Block(); !errors.As(err, &damaged) {
			t.Errorf("%q is read: %v", text, err)
		}
	}
	var name *modprobe.NameError
	for _, line := range []string{"# BEGIN xenpci", " # END xenpci", "a\n", ""} {
		if _, err := modprobe.Parse(nil).SetBlock([]string{line}); !errors.As(err, &name) {
			t.Errorf("%q is put into a block: %v", line, err)
		}
	}
}
