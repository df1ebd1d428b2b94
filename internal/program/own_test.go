package program_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/program"
)

func TestOwn(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	merged := filepath.Join(t.TempDir(), "sbin")
	if err := os.Symlink(filepath.Dir(own), merged); err != nil {
		t.Fatal(err)
	}
	installed := filepath.Join(merged, filepath.Base(own))
	for _, tt := range []struct{ name, installed, want string }{
		{"by a link", installed, installed},
		{"another program", "/bin/sh", own},
		{"not installed", filepath.Join(merged, "none"), own},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := program.Own(tt.installed); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
