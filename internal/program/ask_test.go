package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAsk(t *testing.T) {
	needShell(t)
	script := filepath.Join(t.TempDir(), "answer")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$1\"\necho noise >&2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		args      []string
		want, err string
	}{
		{"by its path", []string{script, "hide=(00:09.0)"}, "hide=(00:09.0)\n", ""},
		{"it fails", []string{"sh", "-c", "echo a; echo why >&2; exit 3"}, "a\n", "why: exit status 3"},
		{"it is not there", []string{script + "x"}, "", "no such file"},
		{"it says much", []string{"sh", "-c", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done"}, strings.Repeat(strings.Repeat("a", 63)+"\n", maxOutput/64), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Ask(t.Context(), time.Minute, test.args...)
			if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("%.80q, %v", got, err)
			}
		})
	}
}
