package openrc_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/grub"
)

// around is what openrc-run gives a script: functions that speak.
const around = `
einfo() { echo "einfo $*"; }
ebegin() { echo "ebegin $*"; }
eend() { echo "eend $*"; return "$1"; }
RC_SVCNAME=${1##*/}
. "$1"
"$2" || exit
case $RC_SVCNAME in *d) echo "goes on" ;; esac
`

func TestFunctions(t *testing.T) {
	type test struct {
		name, script, function string
		program                string // its exit status
		xen                    bool
		word                   string // on the kernel's command line
		status                 int
		says                   string
	}
	tests := []test{
		{"early", "xenpci-early", "start", "0", true, "", 0, "ebegin Hiding declared PCI devices before their drivers are loaded\ncalled apply\n" +
			"eend 0 not all declared PCI devices are hidden; 'xenpci verify' shows which\n"},
		{"late", "xenpci", "start", "0", true, "", 0, "ebegin Hiding declared PCI devices\ncalled hook pre-xend\neend 0 not all declared PCI devices are hidden; 'xenpci verify' shows which\n"},
		{"late and refused", "xenpci", "start", "3", true, "", 3, "ebegin Hiding declared PCI devices\ncalled hook pre-xend\neend 3 not all declared PCI devices are hidden; 'xenpci verify' shows which\n"},
		{"no Xen", "xenpci", "start", "1", false, "", 0, "einfo Not running under Xen, so no PCI device is hidden\n"},
		{"no Xen early", "xenpci-early", "start", "1", false, "", 0, "einfo Not running under Xen, so no PCI device is hidden\n"},
		{"stop", "xenpci", "stop", "1", true, "", 0, ""},
		{"stop early", "xenpci-early", "stop", "1", true, "", 0, ""},
		{"the daemon", "xenpcid", "start_pre", "1", true, "", 0, "goes on\n"},
		{"the daemon without Xen", "xenpcid", "start_pre", "1", false, "", 0, "einfo Not running under Xen, so xenpcid does not run\n"},
		{"the daemon reloads", "xenpcid", "reload", "1", true, "", 0, "ebegin Reloading xenpcid\nsupervise-daemon xenpcid --signal HUP --pidfile /run/xenpcid.pid\neend 0\ngoes on\n"},
		{"the daemon answers", "xenpcid", "healthcheck", "0", true, "", 0, "goes on\n"},
		{"the daemon does not answer", "xenpcid", "healthcheck", "6", true, "", 6, ""},
	}
	for _, word := range append(grub.RecoveryWords(), "rd.rescue") {
		for _, test := range []test{tests[0], tests[1], tests[7]} { // each start
			test.name, test.word = test.name+" with "+strings.ReplaceAll(word, "=", " "), word
			if word != "rd.rescue" {
				test.says = "einfo This is a recovery boot (" + word + "), so no PCI device is hidden automatically\n"
			}
			tests = append(tests, test)
		}
	}
	for _, shell := range [][]string{{"dash"}, {"busybox", "sh"}, {"bash", "--posix"}} {
		for _, test := range tests {
			t.Run(shell[0]+" "+test.name, func(t *testing.T) {
				if _, err := exec.LookPath(shell[0]); err != nil {
					t.Skipf("%s is not installed", shell[0])
				}
				dir := t.TempDir()
				write(t, filepath.Join(dir, "program"), "#!/bin/sh\necho \"called $*\"\nexit "+test.program+"\n")
				write(t, filepath.Join(dir, "around"), around)
				write(t, filepath.Join(dir, "supervise-daemon"), "#!/bin/sh\necho \"supervise-daemon $*\"\n")
				write(t, filepath.Join(dir, "cmdline"), "root=/dev/sda1 ro "+test.word+" quiet\n")
				if test.xen {
					if err := os.Mkdir(filepath.Join(dir, "xen"), 0o755); err != nil {
						t.Fatal(err)
					}
				}
				files, err := openrc.Files(filepath.Join(dir, "program"))
				if err != nil {
					t.Fatal(err)
				}
				daemon, err := openrc.Daemon(filepath.Join(dir, "program"))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range append(files, daemon...) {
					text := strings.NewReplacer("/proc/xen", filepath.Join(dir, "xen"), "/sys/hypervisor", filepath.Join(dir, "hypervisor"),
						"/proc/cmdline", filepath.Join(dir, "cmdline")).Replace(f.Text)
					write(t, filepath.Join(dir, filepath.Base(f.Path)), text)
				}
				args := append(shell[1:len(shell):len(shell)], filepath.Join(dir, "around"), filepath.Join(dir, test.script), test.function)
				command := exec.CommandContext(t.Context(), shell[0], args...)
				command.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
				out, _ := command.CombinedOutput()
				if got := command.ProcessState.ExitCode(); got != test.status || string(out) != test.says {
					t.Errorf("status %d, %q; want %d, %q", got, out, test.status, test.says)
				}
			})
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
