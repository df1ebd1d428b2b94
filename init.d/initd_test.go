package initd_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// shells are what /bin/sh is, on one system or another.
var shells = [][]string{{"dash"}, {"busybox", "sh"}, {"bash", "--posix"}}

// shell is one of shells, if it is installed.
func shell(t *testing.T, argv []string) []string {
	t.Helper()
	if _, err := exec.LookPath(argv[0]); err != nil {
		t.Skipf("%s is not installed", argv[0])
	}
	return argv
}

// machine is a temporary folder with a program that records its calls.
type machine struct {
	dir     string
	program string
}

// all returns all scripts.
func all(t *testing.T, program string) []initscript.File {
	t.Helper()
	files, err := initd.Files(program)
	if err != nil {
		t.Fatal(err)
	}
	daemon, err := initd.Daemon(program)
	if err != nil {
		t.Fatal(err)
	}
	return append(files, daemon...)
}

// newMachine makes a program that ends with status; with Xen below it or not.
func newMachine(t *testing.T, status string, xen bool) machine {
	t.Helper()
	m := machine{dir: t.TempDir()}
	m.program = filepath.Join(m.dir, "program")
	text := "#!/bin/sh\necho \"$*\" >>" + filepath.Join(m.dir, "calls") + "\nexit " + status + "\n"
	if err := os.WriteFile(m.program, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	if xen {
		if err := os.Mkdir(filepath.Join(m.dir, "xen"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.boot(t, "placeholder root=/dev/sda1 ro quiet\n")
	return m
}

// boot has the machine boot with that command line of its kernel.
func (m machine) boot(t *testing.T, commandLine string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, "cmdline"), []byte(commandLine), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a shipped script in a shell, with the machine's program and its
// folder "xen" in the place of /proc/xen.
func (m machine) run(t *testing.T, shell []string, name string, args ...string) (status int, calls, stderr string) {
	t.Helper()
	return m.runWith(t, shell, name, nil, args...)
}

// runWith is run with further changes to the script: what is there, what comes
// in its place, and so on.
func (m machine) runWith(t *testing.T, shell []string, name string, changes []string, args ...string) (status int, calls, stderr string) {
	t.Helper()
	files := all(t, m.program)
	script := filepath.Join(m.dir, name)
	for _, f := range files {
		if filepath.Base(f.Path) != name {
			continue
		}
		for i := 0; i < len(changes); i += 2 {
			if !strings.Contains(f.Text, changes[i]) {
				t.Fatalf("%s has no %q", name, changes[i])
			}
		}
		changes = append(changes, "/proc/xen", filepath.Join(m.dir, "xen"), "/sys/hypervisor", filepath.Join(m.dir, "hypervisor"),
			"/proc/cmdline", filepath.Join(m.dir, "cmdline"))
		text := strings.NewReplacer(changes...).Replace(f.Text)
		if err := os.WriteFile(script, []byte(text), f.Mode); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), shell[0], append(append(shell[1:len(shell):len(shell)], script), args...)...)
	var said bytes.Buffer
	command.Stderr = &said
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	recorded, err := os.ReadFile(filepath.Join(m.dir, "calls"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(recorded), said.String()
}

// TestVerbs runs each verb of each script in each shell, and wants the statuses
// of the LSB (Core, Init Script Actions).
func TestVerbs(t *testing.T) {
	tests := []struct {
		name    string
		verb    string
		program string // its exit status
		status  int
		calls   string // of xenpci; that of xenpci-early has "apply" for "hook pre-xend"
	}{
		{"start", "start", "0", 0, "hook pre-xend\n"},
		{"start that does not hide all", "start", "3", 1, "hook pre-xend\n"},
		{"start that fails", "start", "1", 1, "hook pre-xend\n"},
		{"restart", "restart", "0", 0, "hook pre-xend\n"},
		{"try-restart", "try-restart", "0", 0, "hook pre-xend\n"},
		{"reload", "reload", "0", 0, "hook pre-xend\n"},
		{"force-reload", "force-reload", "0", 0, "hook pre-xend\n"},
		{"stop gives nothing back", "stop", "1", 0, ""},
		{"status where all is hidden", "status", "0", 0, "verify\n"},
		{"status where something is not", "status", "1", 3, "verify\n"},
		{"status where the guard refused", "status", "3", 3, "verify\n"},
		{"status where no device is", "status", "4", 3, "verify\n"},
		{"status unknown", "status", "2", 4, "verify\n"},
		{"status of a killed program", "status", "137", 4, "verify\n"},
	}
	for _, argv := range shells {
		t.Run(argv[0], func(t *testing.T) {
			sh := shell(t, argv)
			for _, name := range []string{"xenpci", "xenpci-early"} {
				for _, test := range tests {
					t.Run(name+" "+test.name, func(t *testing.T) {
						status, calls, _ := newMachine(t, test.program, true).run(t, sh, name, test.verb)
						want := test.calls
						if name == "xenpci-early" {
							want = strings.ReplaceAll(want, "hook pre-xend", "apply")
						}
						if status != test.status || calls != want {
							t.Errorf("%s: status %d, calls %q; want %d, %q", test.verb, status, calls, test.status, want)
						}
					})
				}
			}
		})
	}
}

// TestUsage wants a line that names the verbs, for an unknown one and for none.
func TestUsage(t *testing.T) {
	for _, argv := range shells {
		t.Run(argv[0], func(t *testing.T) {
			sh := shell(t, argv)
			for _, args := range [][]string{{"begin"}, {}, {""}} {
				m := newMachine(t, "0", true)
				status, calls, stderr := m.run(t, sh, "xenpci", args...)
				want := "Usage: " + filepath.Join(m.dir, "xenpci") + " {start|stop|restart|try-restart|reload|force-reload|status}\n"
				if status != 2 || calls != "" || stderr != want {
					t.Errorf("%q: status %d, calls %q, %q; want 2, none, %q", args, status, calls, stderr, want)
				}
			}
		})
	}
}

// TestElsewhere runs the scripts where Xen, or the program, is not.
func TestElsewhere(t *testing.T) {
	tests := []struct {
		verb         string
		noXen, naked int // statuses
	}{
		{"start", 0, 5},
		{"stop", 0, 0},
		{"restart", 0, 5},
		{"status", 3, 4},
	}
	for _, name := range []string{"xenpci", "xenpci-early"} {
		for _, test := range tests {
			t.Run(name+" "+test.verb, func(t *testing.T) {
				m := newMachine(t, "0", false)
				if status, calls, _ := m.run(t, shell(t, shells[0]), name, test.verb); status != test.noXen || calls != "" {
					t.Errorf("without Xen: status %d, calls %q; want %d, none", status, calls, test.noXen)
				}
				m = newMachine(t, "0", true)
				if err := os.Remove(m.program); err != nil {
					t.Fatal(err)
				}
				if status, calls, _ := m.run(t, shell(t, shells[0]), name, test.verb); status != test.naked || calls != "" {
					t.Errorf("without the program: status %d, calls %q; want %d, none", status, calls, test.naked)
				}
			})
		}
	}
}

// TestBound has the program hang: the boot goes on, and is told.
func TestBound(t *testing.T) {
	for _, argv := range shells {
		t.Run(argv[0], func(t *testing.T) {
			sh := shell(t, argv)
			for name, limit := range map[string]string{"xenpci": "timeout 60 ", "xenpci-early": "timeout 30 "} {
				m := newMachine(t, "0", true)
				if err := os.WriteFile(m.program, []byte("#!/bin/sh\nexec sleep 100\n"), 0o755); err != nil {
					t.Fatal(err)
				}
				status, _, stderr := m.runWith(t, sh, name, []string{limit, "timeout 1 "}, "start")
				if want := name + ": not all declared devices are hidden; '" + m.program + " verify' shows which\n"; status != 1 || !strings.HasSuffix(stderr, want) {
					t.Errorf("%s: status %d, %q", name, status, stderr)
				}
			}
		})
	}
}

// TestNoTimeout runs the script where timeout(1) is missing, or wants other
// arguments.
func TestNoTimeout(t *testing.T) {
	for _, instead := range []string{"timeout-of-nobody 5 true", "false"} {
		m := newMachine(t, "0", true)
		status, calls, stderr := m.runWith(t, shell(t, shells[0]), "xenpci", []string{"timeout 5 true", instead}, "start")
		if status != 0 || calls != "hook pre-xend\n" || stderr != "" {
			t.Errorf("%s: status %d, calls %q, %q", instead, status, calls, stderr)
		}
	}
}

// TestInfo holds the headers to what insserv, chkconfig and systemd's generator
// make of them.
func TestInfo(t *testing.T) {
	keys := []string{"Provides", "Required-Start", "X-Start-Before", "Default-Start", "Default-Stop"}
	want := map[string][]string{
		"/etc/init.d/xenpci":       {"xenpci", "$local_fs", "xend xendomains libvirtd libvirt-bin libvirt-guests", "2 3 4 5", ""},
		"/etc/init.d/xenpci-early": {"xenpci-early", "mountkernfs", "udev eudev kmod", "S", ""},
		"/etc/init.d/xenpcid":      {"xenpcid", "$local_fs", "", "2 3 4 5", ""},
	}
	got := map[string][]string{}
	for _, f := range all(t, brand.Program) {
		s, err := initscript.ParseScript(f.Text)
		if err != nil {
			t.Fatal(err)
		}
		if s.String() != f.Text {
			t.Errorf("%s does not come back as it was", f.Path)
		}
		for _, key := range keys {
			got[f.Path] = append(got[f.Path], s.Value(key))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("INIT INFO (-want +got):\n%s", diff)
	}
}
