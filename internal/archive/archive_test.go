package archive_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/archive"
)

const sample = `A comment.

-- etc/hostname --
xen
-- run/ --
-- sys/bus/pci/devices/0000:00:09.0 -> ../../../devices/pci0000:00/0000:00:09.0 --
-- sys/bus/pci/rescan (0200) --
-- sys/devices/pci0000:00/0000:00:09.0/config (hex 0644) --
b7 10 55 90 07 00 10 02 30 00 00 02 00 00 00 00
01
-- sys/devices/pci0000:00/0000:00:09.0/vendor --
0x10b7
`

func TestParse(t *testing.T) {
	want := archive.Archive{Comment: "A comment.\n\n", Entries: []archive.Entry{
		{Path: "etc/hostname", Mode: 0o644, Data: []byte("xen\n")},
		{Path: "run", Dir: true},
		{Path: "sys/bus/pci/devices/0000:00:09.0", Target: "../../../devices/pci0000:00/0000:00:09.0"},
		{Path: "sys/bus/pci/rescan", Mode: 0o200, Data: []byte{}},
		{Path: "sys/devices/pci0000:00/0000:00:09.0/config", Mode: 0o644,
			Data: []byte("\xb7\x10\x55\x90\x07\x00\x10\x02\x30\x00\x00\x02\x00\x00\x00\x00\x01")},
		{Path: "sys/devices/pci0000:00/0000:00:09.0/vendor", Mode: 0o444, Data: []byte("0x10b7\n")},
	}}
	got, err := archive.Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text, err := got.Format()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"-- /etc/passwd --\n":                 `archive: "/etc/passwd": not a clean path relative to the root`,
		"-- ../x --\n":                        `archive: "../x": not a clean path relative to the root`,
		"-- a//b --\n":                        `archive: "a//b": not a clean path relative to the root`,
		"-- a -> /etc --\n":                   `archive: "a": its target leaves the tree`,
		"-- a/b -> ../../etc --\n":            `archive: "a/b": its target leaves the tree`,
		"-- a --\n-- a --\n":                  `archive: "a": appears twice`,
		"-- a --\n-- a/b --\n":                `archive: "a/b": is below a, which is not a directory`,
		"-- a -> b --\n-- b/ --\n-- a/c --\n": `archive: "a/c": is below a, which is not a directory`,
		"-- a (hex) --\nzz\n":                 `archive: "a": encoding/hex: invalid byte: U+007A 'z'`,
		"-- a (0999) --\n":                    `archive: "a": neither hex nor a mode: "0999"`,
		"-- a/ --\ntext\n":                    `archive: "a": only a file has a body`,
		"-- a\x01 --\n":                       `archive: "a\x01": cannot be written as a marker line`,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			_, err := archive.Parse([]byte(text))
			if err == nil || err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
			var entry *archive.EntryError
			if !errors.As(err, &entry) {
				t.Errorf("%T", err)
			}
		})
	}
}

// TestWriter wants entry by entry what Format gives at once, and an archive
// that stays good after what it refuses.
func TestWriter(t *testing.T) {
	whole, err := archive.Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	w, err := archive.NewWriter(&text, whole.Comment)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range whole.Entries {
		if err := w.Write(e); err != nil {
			t.Error(err)
		}
		var outside *archive.EntryError
		if err := w.Write(archive.Entry{Path: e.Path + "/../../../../x", Mode: 0o444}); !errors.As(err, &outside) {
			t.Errorf("%v; want an EntryError", err)
		}
	}
	large := archive.Entry{Path: "x", Mode: 0o644, Data: bytes.Repeat([]byte("x\n"), archive.SizeLimit/2)}
	if size := (*archive.SizeError)(nil); !errors.As(w.Write(large), &size) {
		t.Error("an archive larger than Parse takes is written")
	}
	if diff := cmp.Diff(sample, text.String()); diff != "" || w.Size() != len(sample) {
		t.Errorf("%d bytes\n%s", w.Size(), diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("-- a (hex) --\n00\n-- b -> a --"))
	f.Add([]byte("-- a --\n-- x --x\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := archive.Parse(text)
		if err != nil {
			return
		}
		formatted, err := a.Format()
		if err != nil {
			t.Fatalf("what was parsed cannot be written: %v", err)
		}
		again, err := archive.Parse(formatted)
		if err != nil {
			t.Fatalf("what was written cannot be parsed: %v\n%s", err, formatted)
		}
		if a.Comment != "" && !strings.HasSuffix(a.Comment, "\n") {
			t.Fatalf("comment %q", a.Comment)
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzFormat(f *testing.F) {
	f.Add("sys/x", []byte("-- y --\n"), uint16(0o644))
	f.Add("a b", []byte("no newline"), uint16(0))
	f.Fuzz(func(t *testing.T, name string, data []byte, mode uint16) {
		a := archive.Archive{Entries: []archive.Entry{{Path: name, Data: data, Mode: os.FileMode(mode)}}}
		text, err := a.Format()
		if err != nil {
			return
		}
		got, err := archive.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("%s\n%q", diff, text)
		}
	})
}
