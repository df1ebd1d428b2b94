package etc_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// build makes the program that replaces /etc/link, without what a test's own
// program brings along: it is started a few hundred times.
func build(t *testing.T) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "replace")
	if out, err := exec.Command("go", "build", "-o", program, "./testdata/replace").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// calls are the system calls on files that Replace makes, on one processor or
// another.
var calls = []string{
	"openat", "read", "readlinkat", "fstat", "newfstatat", "flock", "flistxattr", "fgetxattr", "mkdirat", "fchmodat",
	"write", "fchown", "fchmod", "fsetxattr", "fremovexattr", "fsync", "close", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir",
}

// replaced are the ways in which one Replace ends.
var replaced = []struct {
	name        string
	files       []string
	backupAfter bool
}{
	{"first edit", []string{"etc/file = old", "etc/link -> file"}, true},
	{"later edit", []string{"etc/file = old", "etc/link -> file", "var/lib/xenpci/backup/etc/file = oldest"}, true},
	{"back to what it was", []string{"etc/file = old", "etc/link -> file", "var/lib/xenpci/backup/etc/file = new"}, false},
	{"new file", []string{"etc/link -> file"}, false},
}

// TestReplaceFails fails each system call of Replace in turn: the file has the
// old content or the new, with its mode, and nothing else stays.
func TestReplaceFails(t *testing.T) {
	walk(t, "error=EIO", func(t *testing.T, f sysfs.FS, files []string, exit int, said string) {
		lines := outline(t, f.Path(""))
		if exit == 0 && !slices.Contains(lines, "etc/file = new") && !slices.Contains(lines, "etc/file 0644 = new") {
			t.Errorf("it reported no error, and there is\n%s", strings.Join(lines, "\n"))
		}
		if exit == 0 && strings.Contains(t.Name(), "/fsync_") {
			t.Error("it reported no error, and what it wrote may not be on the disk")
		}
		if exit == 1 && !strings.Contains(said, "EIO") {
			t.Errorf("it does not say what failed: %s", said)
		}
		if exit > 1 { // the Go runtime itself got the error, and gave up
			return
		}
		for _, line := range lines {
			if strings.Contains(line, ".xenpci") {
				t.Errorf("%s stays (it said: %s)", line, said)
			}
		}
		check(t, files, lines)
		checkGiven(t, f)
	})
}

// TestReplaceKilled kills the process at each system call of Replace: the file
// has the old content or the new, and the next edit goes on from there.
func TestReplaceKilled(t *testing.T) {
	walk(t, "signal=KILL", func(t *testing.T, f sysfs.FS, files []string, _ int, _ string) {
		lines := slices.DeleteFunc(outline(t, f.Path("")), func(line string) bool { return strings.Contains(line, ".xenpci") })
		check(t, files, lines)
		if err := etc.Replace(f, "/etc/link", []byte("new"), etc.Options{}); err != nil {
			t.Fatal(err)
		}
		check(t, files, outline(t, f.Path("")))
		checkGiven(t, f)
		for _, line := range outline(t, f.Path("/etc")) {
			if line != "link -> file" && line != "file = new" && line != "file 0644 = new" {
				t.Errorf("afterwards there is %s", line)
			}
		}
	})
}

// check wants the file as it was or as it was to be, and of a file that was
// changed the content before it.
func check(t *testing.T, before, after []string) {
	t.Helper()
	var file, backup, was string
	for _, line := range after {
		if strings.HasPrefix(line, "etc/file") {
			file = line
		}
		if strings.HasPrefix(line, etc.BackupDir[1:]+"/etc/file") {
			backup = strings.TrimPrefix(line, etc.BackupDir[1:]+"/")
		}
	}
	kept := ""
	for _, line := range before {
		if strings.HasPrefix(line, "etc/file") {
			was = line
		}
		if strings.HasPrefix(line, etc.BackupDir[1:]) {
			kept = strings.TrimPrefix(line, etc.BackupDir[1:]+"/")
		}
	}
	switch {
	case was == "" && (file == "" || file == "etc/file 0644 = new") && backup == "":
	case was == "":
		t.Errorf("%q with the backup %q of a file that was not there", file, backup)
	case file != was && file != "etc/file = new":
		t.Errorf("neither old nor new: %q", file)
	case kept != "" && backup != kept && (backup != "" || file != kept):
		t.Errorf("%q with the backup %q, which was %q", file, backup, kept)
	case kept == "" && backup != "" && backup != was:
		t.Errorf("the backup is %q, and the file was %q", backup, was)
	case kept == "" && backup == "" && file != was:
		t.Errorf("%q without a backup", file)
	}
}

// give gives the file an owner and an attribute, where that is possible.
func give(t *testing.T, f sysfs.FS) {
	t.Helper()
	if file := f.Path("/etc/file"); os.Geteuid() == 0 && f.Exists("/etc/file") {
		if err := errors.Join(os.Chown(file, 12, 34), unix.Setxattr(file, "trusted.xenpci", []byte("given"), 0)); err != nil {
			t.Fatal(err)
		}
	}
}

// checkGiven wants what give gave, and nothing of it on a new file.
func checkGiven(t *testing.T, f sysfs.FS) {
	t.Helper()
	if file := f.Path("/etc/file"); os.Geteuid() == 0 && f.Exists("/etc/file") {
		var given string
		if st := stat(t, file); st.Uid == 12 && st.Gid == 34 {
			given = "given"
		}
		if got := extended(t, file)["trusted.xenpci"]; got != given || stat(t, file).Mode&0o777 == 0o640 && given == "" {
			t.Errorf("the attribute is %q, and the owner has %q", got, given)
		}
	}
}

// walk runs Replace with a fault at the first, second, third ... call of each
// system call, as long as there is one.
func walk(t *testing.T, fault string, check func(t *testing.T, f sysfs.FS, files []string, exit int, said string)) {
	haveStrace(t)
	program := build(t)
	for _, r := range replaced {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			faults := 0
			for _, call := range calls {
				for n := 1; ; n++ {
					f := tree(t, r.files...)
					give(t, f)
					exit, said, log := strace(t, program, f, "-e", "trace=?"+call, "-e", fmt.Sprintf("inject=?%s:%s:when=%d", call, fault, n))
					if !strings.Contains(log, "INJECTED") && !strings.Contains(log, "killed by SIGKILL") {
						break
					}
					faults++
					t.Run(fmt.Sprintf("%s %d", call, n), func(t *testing.T) { check(t, f, r.files, exit, said) })
				}
			}
			t.Logf("%d faults", faults)
			if faults < 25 {
				t.Errorf("%d faults: this walked past what Replace does", faults)
			}
		})
	}
}

// strace runs the program and returns what it printed and what strace wrote.
func strace(t *testing.T, program string, f sysfs.FS, options ...string) (exit int, said, log string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log")
	command := exec.Command("strace", slices.Concat([]string{"-f", "-o", name}, options, []string{"--", program, f.Path("")})...)
	out, _ := command.CombinedOutput()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return command.ProcessState.ExitCode(), string(out), string(text)
}

func haveStrace(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("strace", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace does not work here (Debian: apt install strace): %v: %s", err, out)
	}
}

// TestReplaceOrder wants what a power cut asks for: the content is on the disk
// before it gets its name, and the name before Replace returns.
func TestReplaceOrder(t *testing.T) {
	haveStrace(t)
	f := tree(t, "etc/file = old", "etc/link -> file")
	exit, said, log := strace(t, build(t), f, "-y", "-e", "trace=fsync,rename,renameat,renameat2,mkdirat")
	if exit != 0 {
		t.Fatal(said)
	}
	// PID CALL(ARGUMENTS) = 0. Paths are quoted or, of descriptors, in angles.
	traced := regexp.MustCompile(`^\d+ +(fsync|rename|mkdir)\w*\((.*)\) += 0`)
	paths := regexp.MustCompile(`(?:"|\d<)(/[^">]*)[">]`)
	var got []string
	log = strings.NewReplacer(f.Path("")+">", "/>", f.Path(""), "").Replace(log)
	for line := range strings.Lines(log) {
		if call := traced.FindStringSubmatch(line); call != nil {
			for _, name := range paths.FindAllStringSubmatch(call[2], -1) {
				call[1] += " " + name[1]
			}
			got = append(got, call[1])
		}
	}
	want := []string{
		"mkdir /var", "fsync /",
		"mkdir /var/lib", "fsync /var",
		"mkdir /var/lib/xenpci", "fsync /var/lib",
		"mkdir /var/lib/xenpci/backup", "fsync /var/lib/xenpci",
		"mkdir /var/lib/xenpci/backup/etc", "fsync /var/lib/xenpci/backup",
		"fsync /var/lib/xenpci/backup/etc/.file.xenpci",
		"rename /var/lib/xenpci/backup/etc/.file.xenpci /var/lib/xenpci/backup/etc/file",
		"fsync /var/lib/xenpci/backup/etc",
		"fsync /etc/.file.xenpci",
		"rename /etc/.file.xenpci /etc/file",
		"fsync /etc",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, log)
	}
}
