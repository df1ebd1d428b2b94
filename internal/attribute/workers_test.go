package attribute_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// commandVariable makes this binary one of commands, with its arguments.
const commandVariable = "XENPCI_TEST_COMMAND"

var commands = map[string]func(args []string){
	"give-up": giveUp,
	"forget":  writeOnce, // without Serve
	"loop":    writeForEver,
	"crash":   giveUpAndCrash,
}

func TestMain(m *testing.M) {
	name := os.Getenv(commandVariable)
	if name != "forget" {
		attribute.Serve()
	}
	if name != "" {
		commands[name](os.Args[1:])
		return
	}
	os.Exit(m.Run())
}

// giveUp writes to a file that hangs, gives up, says so, and ends.
func giveUp(args []string) { write(args[0], 50*time.Millisecond) }

// writeOnce writes to one file, says what came of it, and ends.
func writeOnce(args []string) { write(args[0], long) }

func write(path string, timeout time.Duration) {
	process, err := attribute.Start()
	if err == nil {
		p := process.Within(sysfs.New(""), timeout)
		err = p.Write(context.Background(), path, "0000:00:09.0")
		err = errors.Join(err, p.Close())
	}
	fmt.Println(err)
}

// writeForEver has processes come, write and go, several at once, until it is
// killed.
func writeForEver(args []string) {
	fmt.Println("begun")
	for i := range 4 {
		go func() {
			for {
				process, err := attribute.Start()
				if err != nil {
					panic(err)
				}
				p := process.Within(sysfs.New(args[0]), long)
				for range i {
					err = errors.Join(err, p.Write(context.Background(), "/attribute", "0000:00:09.0"))
				}
				if err := errors.Join(err, p.Close()); err != nil {
					panic(err)
				}
			}
		}()
	}
	select {}
}

// giveUpAndCrash dies of a signal that dumps core, while its write hangs.
func giveUpAndCrash(args []string) {
	debug.SetTraceback("crash")
	giveUp(args)
	panic("on purpose")
}

// command returns a command that is this binary.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), commandVariable+"="+name)
	return cmd
}

// start starts the child for a tree of the test's own.
func start(t *testing.T, timeout time.Duration) (*attribute.Remote, string) {
	t.Helper()
	p, root := startOpen(t, timeout)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, root
}

// startOpen leaves the closing to the test.
func startOpen(t *testing.T, timeout time.Duration) (*attribute.Remote, string) {
	t.Helper()
	root := t.TempDir()
	process, err := attribute.Start()
	if err != nil {
		t.Fatal(err)
	}
	return process.Within(sysfs.New(root), timeout), root
}

func file(t *testing.T, root, name, content string) string {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fifo makes a named pipe: who opens it waits in the kernel until somebody opens
// its other end, which release does.
func fifo(t *testing.T, root, name string) (path string, release func()) {
	t.Helper()
	path = filepath.Join(root, name)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { reader.Close() })
	})
	// A child that waits here would outlive the test.
	t.Cleanup(release)
	return path, release
}

const (
	long  = time.Minute     // no test waits for it
	short = 2 * time.Second // tests wait for it; what does not hang takes less on a machine with much to do
)

// TestWriteInOrder wants nothing done after a write that fails, and nothing said
// of what comes after one that hangs.
func TestWriteInOrder(t *testing.T) {
	p, root := start(t, short)
	for _, name := range []string{"new_slot", "bind"} {
		file(t, root, name, "")
	}
	_, release := fifo(t, root, "hangs")
	for _, test := range []struct {
		name  string
		names []string
		done  int
		err   error
		bind  string
	}{
		{"all", []string{"/new_slot", "/bind"}, 2, nil, "/bind"},
		{"none", nil, 0, nil, ""},
		{"the second fails", []string{"/new_slot", "/none", "/bind"}, 1, syscall.ENOENT, ""},
		{"the second hangs", []string{"/new_slot", "/hangs"}, 1, context.DeadlineExceeded, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := file(t, root, "bind", "")
			done, err := p.WriteInOrder(t.Context(), test.names, test.names)
			if done != test.done || !errors.Is(err, test.err) {
				t.Errorf("%d, %v; want %d, %v", done, err, test.done, test.err)
			}
			if got, _ := os.ReadFile(path); string(got) != test.bind {
				t.Errorf("bind has %q, want %q", got, test.bind)
			}
		})
	}
	release()
}

func TestWorkers(t *testing.T) {
	p, root := start(t, long)
	path := file(t, root, "driver_override", "(null)\n")
	got, err := p.Read(t.Context(), "/driver_override")
	if err != nil || got != "(null)" {
		t.Errorf("read %q, %v", got, err)
	}
	// What is written may hold anything that a line between processes must not.
	for _, value := range []string{"0000:00:09.0", "\n", "a \"quoted\"\nline\x00\xff", strings.Repeat("x", 4096)} {
		file(t, root, "driver_override", "")
		if err := p.Write(t.Context(), "/driver_override", value); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if diff := cmp.Diff(value, string(content)); diff != "" || err != nil {
			t.Error(err, diff)
		}
		got, err := p.Read(t.Context(), "/driver_override")
		if diff := cmp.Diff(strings.TrimSuffix(value, "\n"), got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
}

func TestWorkersRefused(t *testing.T) {
	p, root := start(t, long)
	if err := os.Mkdir(filepath.Join(root, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(root, "full")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		do   func() error
		want sysfs.AttrError
	}{
		{"read what is not there", func() error { _, err := p.Read(t.Context(), "/absent"); return err },
			sysfs.AttrError{Op: "open", Path: "/absent", Err: syscall.ENOENT}},
		{"read a directory", func() error { _, err := p.Read(t.Context(), "/directory"); return err },
			sysfs.AttrError{Op: "read", Path: "/directory", Err: syscall.EISDIR}},
		{"write what is not there: nothing is created", func() error { return p.Write(t.Context(), "/absent", "1") },
			sysfs.AttrError{Op: "open", Path: "/absent", Value: "1", Err: syscall.ENOENT}},
		{"the handler refuses", func() error { return p.Write(t.Context(), "/full", "1") },
			sysfs.AttrError{Op: "write", Path: "/full", Value: "1", Err: syscall.ENOSPC}},
		{"hold what is not there", func() error { return p.Hold(t.Context(), "/absent") },
			sysfs.AttrError{Op: "hold", Path: "/absent", Err: syscall.ENOENT}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.do()
			var refused *sysfs.AttrError
			if !errors.As(err, &refused) {
				t.Fatalf("%v is no *sysfs.AttrError", err)
			}
			if diff := cmp.Diff(test.want, *refused); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWorkersManyAtOnce(t *testing.T) {
	p, root := start(t, long)
	const many = 200
	var wait sync.WaitGroup
	for i := range many {
		name := fmt.Sprint("attribute-", i)
		file(t, root, name, "")
		wait.Go(func() {
			if err := p.Write(t.Context(), "/"+name, name); err != nil {
				t.Error(err)
			}
			if got, err := p.Read(t.Context(), "/"+name); got != name || err != nil {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		})
	}
	wait.Wait()
}

// TestWorkersHangs wants one write that waits to keep nobody else.
func TestWorkersHangs(t *testing.T) {
	p, root := start(t, short)
	_, release := fifo(t, root, "unbind")
	file(t, root, "other", "")
	err := p.Write(t.Context(), "/unbind", "0000:00:09.0")
	var hang *attribute.HangError
	if !errors.As(err, &hang) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v is no *HangError", err)
	}
	if err := syscall.Kill(hang.PID, 0); err != nil {
		t.Errorf("process %d: %v", hang.PID, err)
	}
	want := attribute.HangError{Op: "write", Path: "/unbind", Value: "0000:00:09.0", PID: hang.PID, After: hang.After}
	if diff := cmp.Diff(want, *hang); diff != "" || hang.After < short {
		t.Errorf("after %s: %s", hang.After, diff)
	}
	for range 3 {
		if err := p.Write(t.Context(), "/other", "x"); err != nil {
			t.Errorf("another attribute: %v", err)
		}
	}
	// Its late answer is nobody's.
	release()
	if err := p.Write(t.Context(), "/other", "x"); err != nil {
		t.Errorf("after the late answer: %v", err)
	}
}

func TestHangErrorText(t *testing.T) {
	for _, test := range []struct {
		err  attribute.HangError
		want string
	}{
		{attribute.HangError{Op: "write", Path: "/unbind", Value: "\n", PID: 7, After: time.Second},
			`/unbind: write "\n": still waiting in the kernel after 1s (process 7)`},
		{attribute.HangError{Op: "read", Path: "/driver_override", PID: 7, After: time.Minute},
			`/driver_override: read: still waiting in the kernel after 1m0s (process 7)`},
	} {
		t.Run(test.err.Op, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestWorkersHolds wants the lock kept by the child alone: it is how the next
// run sees that a write waits whose command has gone.
func TestWorkersHolds(t *testing.T) {
	p, root := startOpen(t, short)
	_, release := fifo(t, root, "unbind")
	journal := file(t, root, "journal", "")
	if err := p.Hold(t.Context(), "/journal"); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(t.Context(), "/unbind", "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if free(t, journal) {
		t.Error("nobody holds the journal, and the write still waits")
	}
	release()
	waitFor(t, "the journal", func() bool { return free(t, journal) })
}

func free(t *testing.T, path string) bool {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	held := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &held); err != nil {
		t.Fatal(err)
	}
	return held.Type == unix.F_UNLCK
}

// TestCommandEndsThoughItsWriteHangs runs a command whose child stays behind,
// and waits for what a shell waits for: its end, and the end of its output.
func TestCommandEndsThoughItsWriteHangs(t *testing.T) {
	path, release := fifo(t, t.TempDir(), "unbind")
	pid := left(t, command(t, "give-up", path))
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the process whose write waits is gone: %v", err)
	}
	release()
}

// left runs a command until it and its output have ended, and returns the
// process that it leaves behind.
func left(t *testing.T, cmd *exec.Cmd) (pid int) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The pipe ends when its last writer is gone.
	said, err := io.ReadAll(out)
	_ = cmd.Wait()
	text := string(said)
	if _, scanErr := fmt.Sscanf(text[max(0, strings.Index(text, "(process")):], "(process %d)", &pid); err != nil || scanErr != nil {
		t.Fatalf("%v: %q names no process: %v", err, text, scanErr)
	}
	return pid
}

// TestCommandKilled kills a command at some moment, again and again, and wants
// none of its processes to stay.
func TestCommandKilled(t *testing.T) {
	root := t.TempDir()
	file(t, root, "attribute", "")
	const rounds = 60
	for range rounds {
		cmd := command(t, "loop", root)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		waitFor(t, "its processes to end", func() bool { return len(processesOf(t, root)) == 0 })
	}
}

// processesOf returns the processes that have argument as their first.
func processesOf(t *testing.T, argument string) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(lines, func(line string) bool {
		content, _ := os.ReadFile(line)
		return !strings.HasSuffix(string(content), "\x00"+argument+"\x00")
	})
}

// waitFor waits until something is so, up to a bound.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begun := time.Now(); !so(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
