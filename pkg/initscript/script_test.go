package initscript_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

const header = "#!/bin/sh\n### BEGIN INIT INFO\n" +
	"# Provides:          a b\n" +
	"#Required-Start: $local_fs\n" +
	"# Description:  one\n" +
	"#\ttwo\n" +
	"#   three: four\n" +
	"#   Default-Start: 2 3\n" +
	"# X-Own-Thing: x\n" +
	"#\n" +
	"### END INIT INFO  \n" +
	"# Provides: not here\n:\n"

func TestParseScript(t *testing.T) {
	s, err := initscript.ParseScript(header)
	if err != nil {
		t.Fatal(err)
	}
	want := initscript.Script{
		Before: "#!/bin/sh\n### BEGIN INIT INFO\n",
		Fields: []initscript.Field{
			{Key: "Provides", Value: "a b", Raw: "# Provides:          a b\n"},
			{Key: "Required-Start", Value: "$local_fs", Raw: "#Required-Start: $local_fs\n"},
			{Key: "Description", Value: "one\ntwo\nthree: four", Raw: "# Description:  one\n#\ttwo\n#   three: four\n"},
			{Key: "Default-Start", Value: "2 3", Raw: "#   Default-Start: 2 3\n"},
			{Key: "X-Own-Thing", Value: "x", Raw: "# X-Own-Thing: x\n"},
			{Raw: "#\n"},
		},
		After: "### END INIT INFO  \n# Provides: not here\n:\n",
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("ParseScript (-want +got):\n%s", diff)
	}
	if s.String() != header {
		t.Errorf("it comes back as\n%s", s)
	}
	if diff := cmp.Diff([]string{"a", "b"}, s.Words("provides")); diff != "" {
		t.Errorf("Words, in any case of letters (-want +got):\n%s", diff)
	}
}

func TestParseScriptOdd(t *testing.T) {
	tests := []struct {
		name, text string
		line       int // of the error; 0: none
		fields     int
	}{
		{"empty", "", 0, 0},
		{"no header", "#!/bin/sh\necho\n", 0, 0},
		{"no end", "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: a\n", 2, 0},
		{"no newline at the end", "### BEGIN INIT INFO\n### END INIT INFO", 0, 0},
		{"lines of DOS", "### BEGIN INIT INFO\r\n# Provides: a\r\n### END INIT INFO\r\n", 0, 1},
		{"end alone", "### END INIT INFO\n", 0, 0},
		{"two headers: the first counts", "### BEGIN INIT INFO\n# Provides: a\n### END INIT INFO\n### BEGIN INIT INFO\n", 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := initscript.ParseScript(test.text)
			var bad *initscript.ScriptError
			if errors.As(err, &bad) != (test.line > 0) || bad != nil && bad.Line != test.line {
				t.Errorf("error %v, want one of line %d", err, test.line)
			}
			if len(s.Fields) != test.fields || s.String() != test.text {
				t.Errorf("%d fields, want %d; the text comes back as %q", len(s.Fields), test.fields, s)
			}
		})
	}
}

// FuzzScript: parse and print are inverse.
func FuzzScript(f *testing.F) {
	f.Add(header)
	files, err := initd.Files(brand.Program)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(file.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := initscript.ParseScript(text)
		if s.String() != text {
			t.Errorf("%q comes back as %q (%v)", text, s, err)
		}
		for _, field := range s.Fields {
			if !strings.HasSuffix(field.Raw, "\n") {
				t.Errorf("a field without the end of its line: %q", field.Raw)
			}
		}
	})
}
