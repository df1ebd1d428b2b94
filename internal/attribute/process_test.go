package attribute_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
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

// commandVariable makes this binary a command that writes to one file, gives
// up, and ends.
const commandVariable = "XENPCI_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Args[0] == attribute.ProcessName {
		attribute.Serve(os.Stdin, os.Stdout)
		return
	}
	if file := os.Getenv(commandVariable); file != "" {
		command(file)
		return
	}
	os.Exit(m.Run())
}

func command(file string) {
	process, err := attribute.Start()
	if err == nil {
		p := process.Within(sysfs.New(""), 50*time.Millisecond)
		err = p.Write(context.Background(), file, "0000:00:09.0")
		err = errors.Join(err, p.Close())
	}
	fmt.Println(err)
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

func TestProcess(t *testing.T) {
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

func TestProcessRefused(t *testing.T) {
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

func TestProcessManyAtOnce(t *testing.T) {
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

// TestProcessHangs wants one write that waits to keep nobody else.
func TestProcessHangs(t *testing.T) {
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

// TestProcessKilled wants those who wait told, and those who come later too.
func TestProcessKilled(t *testing.T) {
	p, root := start(t, 100*time.Millisecond)
	_, release := fifo(t, root, "unbind")
	defer release()
	var hang *attribute.HangError
	if err := p.Write(t.Context(), "/unbind", "x"); !errors.As(err, &hang) {
		t.Fatal(err)
	}
	if err := syscall.Kill(hang.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		_, err := p.Read(t.Context(), "/absent")
		var refused *sysfs.AttrError
		if errors.As(err, &refused) && errors.Is(err, attribute.ErrEnded) {
			return
		}
		if i == 999 {
			t.Errorf("%v, want ErrEnded", err)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestProcessHolds wants the lock kept by the child alone: it is how the next
// run sees that a write waits whose command has gone.
func TestProcessHolds(t *testing.T) {
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
	for range 2000 {
		if free(t, journal) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the write is over, and the journal is still held")
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
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), commandVariable+"="+path)
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
	if waitErr := cmd.Wait(); err != nil || waitErr != nil {
		t.Fatalf("%v, %v: %s", err, waitErr, said)
	}
	var pid int
	text := string(said)
	if _, err := fmt.Sscanf(text[max(0, strings.Index(text, "(process")):], "(process %d)", &pid); err != nil {
		t.Fatalf("%q names no process: %v", text, err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the process whose write waits is gone: %v", err)
	}
	release()
}
