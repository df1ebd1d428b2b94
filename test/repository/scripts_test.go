package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/upstart"
)

// shipped are the scripts that run at boot, and those within jobs.
func shipped(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, files := range []func(string) ([]initscript.File, error){initd.Files, initd.Daemon, openrc.Files, openrc.Daemon} {
		all, err := files(brand.Program)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			texts[strings.TrimPrefix(f.Text[:strings.IndexByte(f.Text, '\n')], "#!")+" "+filepath.Base(f.Path)] = f.Text
		}
	}
	for _, dialect := range []initscript.Dialect{initscript.EventD, initscript.InitConf} {
		all, err := upstart.Files(dialect, brand.Program)
		if err != nil {
			t.Fatal(err)
		}
		daemon, err := upstart.Daemon(dialect, brand.Program)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range append(all, daemon...) {
			job, err := initscript.ParseJob(f.Text, dialect)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range job.Stanzas {
				if s.Script != "" {
					texts["upstart "+f.Path] = "#!/bin/sh -e\n" + s.Script
				}
			}
		}
	}
	if len(texts) != 11 {
		t.Errorf("%d scripts, want 11: three of the LSB, three of OpenRC, five of upstart", len(texts))
	}
	return texts
}

// TestScripts has dash parse all that is shipped for a shell, and shellcheck find
// nothing. openrc-run reads the variable description.
func TestScripts(t *testing.T) {
	checkers := [][]string{{"dash", "-n"}, {"shellcheck", "--shell=sh", "--exclude=SC2034"}}
	for _, checker := range checkers {
		t.Run(checker[0], func(t *testing.T) {
			program, err := exec.LookPath(checker[0])
			if err != nil {
				t.Skipf("%s is not installed", checker[0])
			}
			for name, text := range shipped(t) {
				file := filepath.Join(t.TempDir(), "script")
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				command := exec.CommandContext(t.Context(), program, append(checker[1:len(checker):len(checker)], file)...)
				if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
					t.Errorf("%s: %v\n%s", name, err, out)
				}
			}
		})
	}
}
