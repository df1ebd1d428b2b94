package initd_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xenpci/xenpci/pkg/grub"
)

// daemonMachine has a daemon beside the program. It records its arguments and SIGHUP, and
// ends on SIGTERM.
func daemonMachine(t *testing.T, xen bool) (m machine, pidFile string) {
	t.Helper()
	// A shell cannot trap what its parent ignores, and nohup has this process ignore SIGHUP.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	m = newMachine(t, "0", xen)
	m.program = filepath.Join(m.dir, "bin", "xenpci")
	if err := os.Mkdir(filepath.Dir(m.program), 0o755); err != nil {
		t.Fatal(err)
	}
	calls := filepath.Join(m.dir, "calls")
	text := "#!/bin/sh\ntrap 'echo reload >>" + calls + "' HUP\ntrap 'exit 0' TERM\necho \"$*\" >>" + calls + "\nwhile :; do sleep 0.05; done\n"
	if err := os.WriteFile(m.daemon(), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	pidFile = filepath.Join(m.dir, "pid")
	t.Cleanup(func() {
		if process := recorded(t, pidFile); process > 0 {
			_ = syscall.Kill(process, syscall.SIGKILL)
		}
	})
	return m, pidFile
}

// daemon is the path of the daemon.
func (m machine) daemon() string { return m.program + "d" }

// recorded returns the process of a file; 0 for none.
func recorded(t *testing.T, pidFile string) int {
	t.Helper()
	text, _ := os.ReadFile(pidFile) // it need not be there
	process, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return process
}

// has waits until the daemon has recorded a line.
func (m machine) has(t *testing.T, line string) {
	t.Helper()
	const patience = 30 * time.Second
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(m.dir, "calls")) // made by the daemon
		if strings.Contains(string(text), line+"\n") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %q in %q", line, text)
		}
	}
}

// starters are the two ways in which the script starts the daemon.
var starters = map[string]string{"start-stop-daemon": "start-stop-daemon", "the shell": "start-stop-daemon-of-nobody"}

// TestDaemon starts, reloads, restarts and stops the daemon, each twice.
func TestDaemon(t *testing.T) {
	for _, argv := range shells {
		for way, program := range starters {
			t.Run(argv[0]+" by "+way, func(t *testing.T) {
				t.Parallel()
				sh := shell(t, argv)
				if _, err := exec.LookPath(program); err != nil && program == way {
					t.Skipf("%s is not installed", program)
				}
				m, pidFile := daemonMachine(t, true)
				run := func(want int, verb string) {
					t.Helper()
					status, _, stderr := m.runDaemon(t, sh, program, pidFile, verb)
					if status != want {
						t.Fatalf("%s: status %d, want %d: %s", verb, status, want, stderr)
					}
				}
				run(3, "status")
				run(7, "reload")
				run(0, "try-restart")
				if recorded(t, pidFile) != 0 {
					t.Error("try-restart started it")
				}
				run(0, "start")
				m.has(t, "--syslog")
				first := recorded(t, pidFile)
				run(0, "start")
				run(0, "status")
				if got := recorded(t, pidFile); got != first || first == 0 {
					t.Errorf("process %d, then %d", first, got)
				}
				run(0, "reload")
				m.has(t, "reload")
				run(0, "restart")
				second := recorded(t, pidFile)
				if second == first || second == 0 {
					t.Errorf("process %d after a restart", second)
				}
				run(0, "stop")
				if _, err := os.Stat(pidFile); !os.IsNotExist(err) {
					t.Error(err)
				}
				run(0, "stop")
				run(3, "status")
			})
		}
	}
}

// runDaemon runs the script xenpcid with a file for the process, and a program in the place
// of start-stop-daemon.
func (m machine) runDaemon(t *testing.T, sh []string, program, pidFile, verb string) (status int, calls, stderr string) {
	t.Helper()
	return m.runWith(t, sh, "xenpcid", []string{"/var/run/xenpcid.pid", pidFile, "start-stop-daemon", program}, verb)
}

// TestDaemonDied has the number of a daemon that died belong to nobody, and to another
// process, which is left alone.
func TestDaemonDied(t *testing.T) {
	for _, argv := range shells {
		t.Run(argv[0], func(t *testing.T) {
			t.Parallel()
			sh := shell(t, argv)
			for name, process := range map[string]string{"nobody": "4194305", "another process": strconv.Itoa(os.Getpid()), "no number": "x", "nothing": ""} {
				m, pidFile := daemonMachine(t, true)
				if err := os.WriteFile(pidFile, []byte(process+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				if status, _, _ := m.runDaemon(t, sh, "none", pidFile, "status"); status != 1 {
					t.Errorf("%s: status %d, want 1", name, status)
				}
				if status, _, stderr := m.runDaemon(t, sh, "none", pidFile, "start"); status != 0 {
					t.Errorf("%s: start: %d, %s", name, status, stderr)
				}
				m.has(t, "--syslog")
				if status, _, stderr := m.runDaemon(t, sh, "none", pidFile, "stop"); status != 0 {
					t.Errorf("%s: stop: %d, %s", name, status, stderr)
				}
			}
		})
	}
}

// TestDaemonNot does not start the daemon where it is not installed, without Xen, and in a
// recovery boot.
func TestDaemonNot(t *testing.T) {
	for _, argv := range shells {
		t.Run(argv[0], func(t *testing.T) {
			t.Parallel()
			sh := shell(t, argv)
			m, pidFile := daemonMachine(t, false)
			if status, calls, _ := m.runDaemon(t, sh, "none", pidFile, "start"); status != 0 || calls != "" || recorded(t, pidFile) != 0 {
				t.Errorf("without Xen: status %d, %q", status, calls)
			}
			m, pidFile = daemonMachine(t, true)
			for _, word := range grub.RecoveryWords() {
				m.boot(t, "root=/dev/sda1 ro "+word+" quiet\n")
				if status, calls, _ := m.runDaemon(t, sh, "none", pidFile, "start"); status != 0 || calls != "" || recorded(t, pidFile) != 0 {
					t.Errorf("with %s: status %d, %q", word, status, calls)
				}
			}
			if err := os.Remove(m.daemon()); err != nil {
				t.Fatal(err)
			}
			if status, _, stderr := m.runDaemon(t, sh, "none", pidFile, "start"); status != 5 || !strings.Contains(stderr, m.daemon()+" is not installed") {
				t.Errorf("not installed: status %d, %q", status, stderr)
			}
			if status, _, _ := m.runDaemon(t, sh, "none", pidFile, "begin"); status != 2 {
				t.Errorf("begin: status %d", status)
			}
		})
	}
}
