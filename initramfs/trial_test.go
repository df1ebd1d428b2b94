package initramfs

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
)

// TestArm runs the script with a program in the place of xenpci. It arms nothing in a boot that is
// no trial, and restarts the machine where the program fails.
func TestArm(t *testing.T) {
	for _, test := range []struct {
		name, commandLine, program, want string
		hides                            bool
	}{
		{"no trial", "root=/dev/vda1 ro xenpci.trials=1 axenpci.trial=1", "echo ran", "", false},
		{"a trial", "root=/dev/vda1 xenpci.trial=one panic=10", "echo ran $*", "kmsg: ran hook trial\n", false},
		{"the last word", "ro xenpci.trial=one", "echo ran", "kmsg: ran\n", false},
		{"it fails", "xenpci.trial=one", "echo no Xen >&2; exit 1", "kmsg: no Xen\nkmsg: <2>xenpci: the trial ends here, since the watchdog could not be armed\nsysrq: b\n", false},
		{"it is not there", "xenpci.trial=one", "", "kmsg: <2>xenpci: the trial ends here, since the watchdog could not be armed\nsysrq: b\n", false},
		{"it hides a device", "xenpci.trial=one", "echo $*; [ \"$3\" != --hide ] || echo 0000:00:09.0: hidden", "kmsg: hook trial\nkmsg: <5>xenpci: hook trial --hide\nkmsg: <5>xenpci: 0000:00:09.0: hidden\n", true},
		{"it does not hide it", "xenpci.trial=one", "[ \"$3\" != --hide ] || { echo it is busy >&2; exit 1; }", "kmsg: <5>xenpci: it is busy\n", true},
		{"it arms nothing", "xenpci.trial=one", "echo $*; exit 1", "kmsg: hook trial\nkmsg: <2>xenpci: the trial ends here, since the watchdog could not be armed\nsysrq: b\n", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			write := func(name, content string) {
				if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			write("cmdline", test.commandLine+"\n")
			if test.program != "" {
				write("xenpci", "#!/bin/sh\n"+test.program+"\n")
			}
			if test.hides {
				write("hide", "xen-pciback\n")
			}
			script := strings.NewReplacer("/xenpci/hide", root+"/hide", "/proc/cmdline", root+"/cmdline", "/xenpci/xenpci", root+"/xenpci", ">/dev/kmsg", ">>"+root+"/kmsg", ">/proc/sysrq-trigger", ">"+root+"/sysrq", "sleep 5", "true").Replace(Arm)
			if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil && test.want == "" {
				t.Fatalf("%v: %s", err, out)
			}
			got := ""
			for _, name := range []string{"kmsg", "sysrq"} {
				content, err := os.ReadFile(filepath.Join(root, name))
				if err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
				for line := range strings.Lines(string(content)) {
					if !strings.Contains(line, "not found") { // the shell says that in its own words
						got += name + ": " + line
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTrialUnit has systemd read the unit, for a program that is there.
func TestTrialUnit(t *testing.T) {
	if _, err := TrialUnit("/tmp/$(reboot)"); !errors.As(err, new(*brand.ProgramError)) {
		t.Errorf("%v", err)
	}
	verifier, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (Debian package systemd)")
	}
	unit, err := TrialUnit("/usr/bin/true")
	if err != nil || !strings.Contains(unit, "ExecStart=/usr/bin/true hook trial --log\n") {
		t.Fatalf("%v\n%s", err, unit)
	}
	file := filepath.Join(t.TempDir(), "xenpci-trial.service")
	if err := os.WriteFile(file, []byte(unit), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(verifier, "verify", "--man=no", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
