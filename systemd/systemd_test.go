package systemd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/systemd"
)

// exposure is the worst score of systemd-analyze security that is let pass, of
// 10.0: systemd itself calls up to 5.0 "OK". The daemon loads no module and reads no
// kernel log, and has less.
const (
	exposure       = 4.0
	exposureDaemon = 2.5
)

// all returns all units.
func all(t *testing.T, program string) []initscript.File {
	t.Helper()
	files, err := systemd.Files(program)
	if err != nil {
		t.Fatal(err)
	}
	daemon, err := systemd.Daemon(program)
	if err != nil {
		t.Fatal(err)
	}
	return append(files, daemon...)
}

// verifier finds systemd-analyze.
func verifier(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (Debian package systemd)")
	}
	return program
}

// install writes the units for a program that is there, which systemd-analyze
// insists on.
func install(t *testing.T) []string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "units")
	program := filepath.Join(t.TempDir(), "xenpci")
	for _, name := range []string{program, program + "d"} {
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range all(t, program) {
		name := filepath.Join(dir, filepath.Base(f.Path))
		if err := os.WriteFile(name, []byte(f.Text), f.Mode); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// TestVerify has systemd read the units: any setting that it does not know is an
// error here.
func TestVerify(t *testing.T) {
	program := verifier(t)
	units := install(t)
	out, err := exec.CommandContext(t.Context(), program, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestVerifyRefuses shows that the test above would see a mistake.
func TestVerifyRefuses(t *testing.T) {
	program := verifier(t)
	unit := install(t)[0]
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(unit, append(text, "WantedBuy=sysinit.target\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "verify", "--man=no", unit).CombinedOutput()
	if err == nil && len(out) == 0 {
		t.Error("systemd-analyze verify passes over an unknown setting")
	}
}

var score = regexp.MustCompile(`exposure level for \S+: ([0-9.]+)`)

func TestSecurity(t *testing.T) {
	program := verifier(t)
	for _, unit := range install(t) {
		if !strings.HasSuffix(unit, ".service") {
			continue
		}
		limit := exposure
		if filepath.Base(unit) == "xenpcid.service" {
			limit = exposureDaemon
		}
		t.Run(filepath.Base(unit), func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), program, "security", "--offline=yes", "--no-pager", unit).CombinedOutput()
			m := score.FindSubmatch(out)
			if err != nil || m == nil {
				t.Fatalf("systemd-analyze security: %v\n%s", err, out)
			}
			if got, err := strconv.ParseFloat(string(m[1]), 64); err != nil || got > limit {
				t.Errorf("exposure %s (%v), and at most %.1f is let pass", m[1], err, limit)
			}
		})
	}
}

// TestNeverInTheWay holds what makes a unit unable to stop a boot.
func TestNeverInTheWay(t *testing.T) {
	for _, f := range all(t, brand.Program) {
		t.Run(filepath.Base(f.Path), func(t *testing.T) {
			u := initscript.ParseUnit(f.Text)
			if strings.HasSuffix(f.Path, ".socket") {
				return // a socket is made at once
			}
			if got := u.Words("Service", "TimeoutStartSec"); len(got) != 1 || got[0] == "infinity" {
				t.Errorf("TimeoutStartSec=%v: a oneshot without one waits for ever", got)
			}
			if got := u.Words("Service", "TimeoutStopSec"); len(got) != 1 {
				t.Errorf("TimeoutStopSec=%v", got)
			}
			for _, s := range u.Settings {
				if s.Name == "Requires" && s.Value == "xenpcid.socket" {
					continue // of its own
				}
				if strings.Contains(s.Name, "Requi") || s.Name == "BindsTo" || s.Name == "OnFailure" || s.Name == "FailureAction" || s.Name == "ExecStop" {
					t.Errorf("%s=%s", s.Name, s.Value)
				}
			}
		})
	}
}

// TestOrder holds the units to the boot: who comes before, and who after.
func TestOrder(t *testing.T) {
	files := all(t, brand.Program)
	tests := []struct {
		unit, setting string
		names         []string
	}{
		{"xenpci-early.service", "Before", strings.Fields("systemd-udev-trigger.service sysinit.target network-pre.target")},
		{"xenpci.service", "After", strings.Fields("xenstored.service xen-init-dom0.service xen.service xencommons.service xen-dom0-modules.service")},
		{"xenpci.service", "Before", strings.Fields("xendomains.service libvirtd.service virtxend.service libvirt-guests.service qubesd.service")},
		{"xenpci-verify.service", "After", strings.Fields("multi-user.target xenpci.service")},
		{"xenpcid.service", "After", strings.Fields("xenpcid.socket xenpcid-uevent.socket xenpci-early.service xenpci.service xenstored.service")},
		{"xenpcid.service", "Before", strings.Fields("xenpci-verify.service")},
	}
	for _, test := range tests {
		t.Run(test.unit+" "+test.setting, func(t *testing.T) {
			i := slices.IndexFunc(files, func(f initscript.File) bool { return filepath.Base(f.Path) == test.unit })
			if i < 0 {
				t.Fatal("it is not shipped")
			}
			got := initscript.ParseUnit(files[i].Text).Words("Unit", test.setting)
			for _, name := range test.names {
				if !slices.Contains(got, name) {
					t.Errorf("%s= has no %s", test.setting, name)
				}
			}
		})
	}
}

// TestRecovery has systemd evaluate the conditions of the units: each word makes a
// recovery boot, in which none of them starts.
func TestRecovery(t *testing.T) {
	program := verifier(t)
	for _, f := range all(t, brand.Program) {
		var words []string
		for _, s := range initscript.ParseUnit(f.Text).Settings {
			if s.Name == "ConditionKernelCommandLine" {
				words = append(words, s.Name+"="+s.Value)
			}
		}
		runs := func(commandLine string) bool {
			command := exec.CommandContext(t.Context(), program, append([]string{"condition"}, words...)...)
			command.Env = append(os.Environ(), "SYSTEMD_PROC_CMDLINE=root=/dev/sda1 ro "+commandLine)
			out, err := command.CombinedOutput()
			if strings.Contains(string(out), "Conditions succeeded.") != (err == nil) || !strings.Contains(string(out), "Conditions ") {
				t.Fatalf("systemd-analyze condition: %v\n%s", err, out)
			}
			return err == nil
		}
		for _, word := range grub.RecoveryWords() {
			if runs(word + " quiet") {
				t.Errorf("%s runs with %s", f.Path, word)
			}
		}
		if !runs("singles s1 rd.rescue rd.emergency rd.break systemd.unit=multi-user.target") {
			t.Errorf("%s does not run in another boot", f.Path)
		}
	}
}

func TestCalls(t *testing.T) {
	got := map[string]string{}
	for _, f := range all(t, "/opt/xen/bin/xenpci") {
		for _, s := range initscript.ParseUnit(f.Text).Settings {
			if s.Name == "ExecStart" {
				got[f.Path] = s.Value
			}
		}
		if strings.Contains(f.Text, brand.Program) {
			t.Errorf("%s still names %s", f.Path, brand.Program)
		}
	}
	want := map[string]string{
		"/etc/systemd/system/xenpci-early.service":  "/opt/xen/bin/xenpci apply",
		"/etc/systemd/system/xenpci.service":        "/opt/xen/bin/xenpci hook pre-xend",
		"/etc/systemd/system/xenpci-verify.service": "/opt/xen/bin/xenpci verify",
		"/etc/systemd/system/xenpcid.service":       "/opt/xen/bin/xenpcid",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the units call (-want +got):\n%s", diff)
	}
}

// TestOldSystemd wants no setting whose parts an old systemd passes over and
// then means something stricter: it would let nothing be called, or written.
func TestOldSystemd(t *testing.T) {
	for _, f := range all(t, brand.Program) {
		for _, s := range initscript.ParseUnit(f.Text).Settings {
			if s.Name == "SystemCallFilter" && !strings.HasPrefix(s.Value, "~") {
				t.Errorf("%s: %s=%s is a list of what is allowed", f.Path, s.Name, s.Value)
			}
			if s.Name == "ConditionVirtualization" {
				t.Errorf("%s: %s=%s: no two versions agree on a dom0", f.Path, s.Name, s.Value)
			}
		}
	}
}
