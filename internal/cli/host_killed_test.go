package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/test/sample"
)

// hostWalk is a verb of the host's boot that writes files, and the verb that takes it back.
type hostWalk struct {
	name     string
	files    map[string]string
	do, undo []string
}

func hostWalks() []hostWalk {
	const menu = "title Xen\n\tkernel /boot/xen.gz  dom0_mem=1G,max:1G\n\tmodule /boot/vmlinuz-6 root=/dev/sda1 ro\n"
	const linux = "#!/bin/sh\nGRUB_CMDLINE_XEN\nGRUB_CMDLINE_LINUX_XEN_REPLACE\n"
	debian := map[string]string{
		"boot/grub/grub.cfg": "### BEGIN /etc/grub.d/20_linux_xen ###\nmenuentry 'Xen' {\n\tmultiboot2 /boot/xen.gz placeholder\n\tmodule2 /boot/vmlinuz-6 placeholder root=/dev/sda1 ro\n}\n### END /etc/grub.d/20_linux_xen ###\n",
		"etc/default/grub":   "GRUB_CMDLINE_XEN_DEFAULT=\"dom0_mem=1G\"\n", "etc/grub.d/20_linux_xen": linux, "usr/sbin/update-grub": "#!/bin/sh\n",
	}
	debian["usr/sbin/grub-mkconfig"] = "#!/bin/sh\n# /etc/default/grub.d\n"
	return []hostWalk{
		{"in the entries", map[string]string{"boot/grub/menu.lst": menu}, []string{"host", "set", "xen", "dom0_mem=2G,max:2G"}, []string{"host", "unset", "xen", "dom0_mem=2G,max:2G"}},
		{"in a file of settings", debian, []string{"host", "set", "xen", "smt=off"}, []string{"host", "unset", "xen", "smt=off"}},
		{
			"initramfs", map[string]string{"boot/initrd.img": cpioEnd, "etc/added": "x\n"}, []string{"initramfs", "add", "--image", "/boot/initrd.img", "/etc/added"},
			[]string{"initramfs", "remove", "--image", "/boot/initrd.img"},
		},
		{
			"console", map[string]string{"boot/grub/menu.lst": menu, "etc/inittab": "id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n", "etc/securetty": "tty1\n"},
			[]string{"host", "console", "--write", "--port", "com1", "--baud", "115200"}, []string{"host", "console", "--remove"},
		},
	}
}

// cpioEnd is an archive without any file.
var cpioEnd = "070701" + strings.Repeat("00000000", 4) + "00000001" + strings.Repeat("00000000", 6) + "0000000B" + "00000000" + "TRAILER!!!\x00\x00\x00\x00"

// nameCalls are the system calls by which files and names of them change, on one processor or another.
func nameCalls() []string {
	return []string{"mkdirat", "write", "pwrite64", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"}
}

// TestHostKilled kills each verb of the host's boot that writes at each of these calls, and has the call
// fail. Then the verb that takes it back, or the same verb, leaves every file as it is without a fault,
// and nothing else.
func TestHostKilled(t *testing.T) {
	t.Parallel()
	program := oneThread(t)
	for _, w := range hostWalks() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			before, after := w.ends(t)
			t.Run("do", func(t *testing.T) { w.walk(t, program, nil, w.do, w.undo, before, after) })
			t.Run("undo", func(t *testing.T) { w.walk(t, program, w.do, w.undo, w.do, after, before) })
		})
	}
}

// oneThread returns the command that runs on one thread. It skips the test where strace does not work.
func oneThread(t *testing.T) (program string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "strace", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("strace does not work here (Debian: apt install strace): %v: %s", err, out)
	}
	program = filepath.Join(t.TempDir(), "xenpci-one-thread")
	if err := os.Symlink(os.Args[0], program); err != nil {
		t.Fatal(err)
	}
	return program
}

// ends returns the files before the verb and after it, and wants the verb that takes it back to
// restore them.
func (w hostWalk) ends(t *testing.T) (before, after map[string]string) {
	t.Helper()
	root := w.unpack(t)
	before = hostFiles(t, root)
	for _, args := range [][]string{w.do, w.undo} {
		if status, out := xenpci(t, root, "", args...); status != 0 && args[1] != "console" {
			t.Fatalf("%q: status %d: %s", args, status, out)
		}
		if after == nil {
			after = hostFiles(t, root)
		}
	}
	if diff := cmp.Diff(before, hostFiles(t, root)); diff != "" || cmp.Equal(before, after) {
		t.Fatalf("without a fault: %s", diff)
	}
	return before, after
}

// walk has a verb go wrong at each call, and then runs the one that takes it back, or it again.
func (w hostWalk) walk(t *testing.T, program string, prepare, verb, back []string, before, after map[string]string) {
	machine := func() string {
		root := w.unpack(t)
		if prepare != nil {
			xenpci(t, root, "", prepare...)
		}
		return root
	}
	for _, at := range faultsOf(t, program, machine(), verb) {
		for _, then := range []struct {
			args []string
			want map[string]string
		}{{back, before}, {verb, after}} {
			root := machine()
			status, injected := traced(t, program, root, at, verb)
			if !injected {
				t.Errorf("%s: it did not come to that", at)
			}
			if diff := cmp.Diff(withoutOwn(after), withoutOwn(hostFiles(t, root))); status == 0 && diff != "" {
				t.Errorf("%s: no error, and (-want +got):\n%s", at, diff)
			}
			xenpci(t, root, "", then.args...)
			if diff := cmp.Diff(then.want, hostFiles(t, root)); diff != "" {
				t.Errorf("%s, and then %q: (-want +got):\n%s", at, then.args, diff)
			}
			if at.fault == "error=EIO" { // one of the two is enough
				break
			}
		}
	}
}

// unpack makes the machine.
func (w hostWalk) unpack(t *testing.T) (root string) {
	t.Helper()
	root = fakekernel.Unpack(t, "qemu").Root
	writeFiles(t, root, w.files)
	return root
}

// writeFiles writes files below a root. "-> TARGET" is a link.
func writeFiles(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if target, link := strings.CutPrefix(content, "-> "); link {
			err = errors.Join(err, os.Symlink(target, file))
		} else {
			mode := fs.FileMode(0o644)
			if strings.HasPrefix(content, "#!") {
				mode = 0o755
			}
			if removed := os.Remove(file); removed != nil && !errors.Is(removed, fs.ErrNotExist) { // it may be read-only
				err = errors.Join(err, removed)
			}
			err = errors.Join(err, os.WriteFile(file, []byte(content), mode))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// hostFiles returns the files of a machine that last, with their content.
func hostFiles(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, folder := range []string{"boot", "etc", "var"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return nil //nolint:nilerr // a folder that is not there has no files
			}
			content, err := os.ReadFile(name)
			// Whether the folder was there before is not known if the process was killed that made it.
			files[strings.TrimPrefix(name, root)] = regexp.MustCompile("(?m)^folder /var/lib/xenpci made.*\n").ReplaceAllString(string(content), "")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// withoutOwn returns the files that are not xenpci's records.
func withoutOwn(files map[string]string) map[string]string {
	files = maps.Clone(files)
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, "/var/lib/xenpci/") })
	return files
}

// faultAt is a fault at the nth of a process's calls of one kind.
type faultAt struct {
	call, fault string
	n           int
}

func (f faultAt) String() string { return fmt.Sprintf("%s at %s %d", f.fault, f.call, f.n) }

// faultsOf returns a kill and an error at each call by which the command changes names and files, or at
// those of a sample. Calls that change nothing, since there is nothing of the name, are left out.
func faultsOf(t *testing.T, program, root string, args []string) (all []faultAt) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	calls := "?" + strings.Join(nameCalls(), ",?")
	cmd := exec.CommandContext(t.Context(), "strace", slices.Concat([]string{"-f", "--seccomp-bpf", "-o", log, "-e", "trace=" + calls, "--", program}, args)...)
	cmd.Env = append(os.Environ(), noRaceSleep, hostVariable+"="+root)
	// What 'host console --write' cannot mend is an exit status, too.
	if out, err := cmd.CombinedOutput(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("%q: %v: %s", args, err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var made []faultAt
	counts := map[string]int{} // by thread and call
	for line := range strings.Lines(string(text)) {
		call := regexp.MustCompile(`^(\d+) +(\w+)\(`).FindStringSubmatch(line)
		if call == nil {
			continue
		}
		if counts[call[1]+call[2]]++; !strings.Contains(line, " = -1 ") {
			made = append(made, faultAt{call: call[2], n: counts[call[1]+call[2]]})
		}
	}
	if len(made) < 5 {
		t.Errorf("%d calls: this walks past what the verb does", len(made))
	}
	for i, at := range made {
		if sample.Takes(i, len(made), oneIn) {
			all = append(all, faultAt{at.call, "signal=KILL", at.n}, faultAt{at.call, "error=EIO", at.n})
		}
	}
	return all
}

// traced runs the command with a fault, and reports whether it came to it.
func traced(t *testing.T, program, root string, at faultAt, args []string) (status int, injected bool) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	cmd := exec.CommandContext(t.Context(), "strace", slices.Concat([]string{"-f", "-o", log, "-e", "trace=" + at.call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", at.call, at.fault, at.n), "--", program}, args)...)
	cmd.Env = append(os.Environ(), noRaceSleep, hostVariable+"="+root)
	out, _ := cmd.CombinedOutput() // the status tells
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return cmd.ProcessState.ExitCode(), strings.Contains(string(text), "INJECTED") || strings.Contains(string(text), "killed by SIGKILL")
}
