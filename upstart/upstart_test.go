package upstart_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/upstart"
)

// TestScripts runs the jobs' scripts as upstart does, by a shell that ends at the
// first failure. Whatever becomes of the program, the job must not fail.
func TestScripts(t *testing.T) {
	type test struct {
		name    string
		program string // its exit status
		xen     bool
		word    string // on the kernel's command line
		says    string // %: the verb
	}
	tests := []test{
		{"all is hidden", "0", true, "", "called %\n"},
		{"something is not", "3", true, "", "called %\nxenpci: not all declared devices are hidden; 'xenpci verify' shows which\n"},
		{"no Xen", "1", false, "", ""},
		{"stopped in the initramfs", "0", true, "rd.rescue", "called %\n"},
	}
	for _, word := range grub.RecoveryWords() {
		tests = append(tests, test{"recovery with " + strings.ReplaceAll(word, "=", " "), "0", true, word, "xenpci: this is a recovery boot (" + word + "), so nothing is hidden automatically\n"})
	}
	for folder, dialect := range map[string]initscript.Dialect{"event.d": initscript.EventD, "init": initscript.InitConf} {
		for _, test := range tests {
			t.Run(folder+" "+test.name, func(t *testing.T) {
				dir := t.TempDir()
				program := filepath.Join(dir, "program")
				if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"called $*\"\nexit "+test.program+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
				if test.xen {
					if err := os.Mkdir(filepath.Join(dir, "xen"), 0o755); err != nil {
						t.Fatal(err)
					}
				}
				// A command line whose end is missing must not fail the job either.
				if err := os.WriteFile(filepath.Join(dir, "cmdline"), []byte("root=/dev/sda1 "+test.word), 0o644); err != nil {
					t.Fatal(err)
				}
				files, err := upstart.Files(dialect, program)
				if err != nil {
					t.Fatal(err)
				}
				daemon, err := upstart.Daemon(dialect, program)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Link(program, filepath.Join(dir, "xenpcid")); err != nil {
					t.Fatal(err)
				}
				for _, f := range append(files, daemon...) {
					verb, want := "hook pre-xend", test.says
					switch {
					case strings.Contains(f.Path, "early"):
						verb = "apply"
					case strings.Contains(f.Path, "xenpcid") && strings.Contains(want, "called"):
						verb, want = "--syslog", "called %\n"
					case strings.Contains(f.Path, "xenpcid"):
						want = strings.Replace(want, "xenpci:", "xenpcid:", 1)
					}
					out, err := exec.CommandContext(t.Context(), "sh", "-e", "-c", script(t, f.Text, dialect, dir)).CombinedOutput()
					if strings.HasPrefix(verb, "--") && test.program != "0" {
						err = nil // the status is the daemon's, which is started again
					}
					if want := strings.ReplaceAll(want, "%", verb); err != nil || string(out) != want {
						t.Errorf("%s: %v, %q; want %q", f.Path, err, out, want)
					}
				}
			})
		}
	}
}

// script is a job's script, with folders of dir for what tells of Xen.
func script(t *testing.T, text string, dialect initscript.Dialect, dir string) string {
	t.Helper()
	job, err := initscript.ParseJob(text, dialect)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range job.Stanzas {
		if s.Words[0] == "script" {
			return strings.NewReplacer("/proc/xen", filepath.Join(dir, "xen"), "/sys/hypervisor", filepath.Join(dir, "hypervisor"),
				"/proc/cmdline", filepath.Join(dir, "cmdline")).Replace(s.Script)
		}
	}
	t.Fatal("no script")
	return ""
}
