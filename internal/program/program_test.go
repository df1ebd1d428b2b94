package program

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// needShell skips where the programs that the tests run are not installed.
func needShell(t *testing.T) {
	t.Helper()
	for _, name := range []string{"sh", "sleep"} {
		if _, err := find(name); err != nil {
			t.Skip(err)
		}
	}
}

func TestRun(t *testing.T) {
	needShell(t)
	for _, test := range []struct {
		name string
		args []string
		want string // the message; "" for success
	}{
		{"succeeds", []string{"sh", "-c", "echo noise; exit 0"}, ""},
		{"fails silently", []string{"sh", "-c", "exit 3"}, "sh -c exit 3: exit status 3"},
		{"fails with both outputs, on one line", []string{"sh", "-c", "echo one; echo two >&2; exit 1"},
			"sh -c echo one; echo two >&2; exit 1: one two: exit status 1"},
		{"arguments reach no shell", []string{"sleep", "$(echo 0)"}, "invalid time interval"},
		{"speaks English", []string{"sh", "-c", `echo "$LC_ALL"; exit 1`}, ": C: exit status 1"},
		{"an absolute path", []string{"/bin/sh", "-c", "exit 3"}, "/bin/sh -c exit 3: exit status 3"},
		{"finds what is in sbin", []string{"sh", "-c", `case $PATH in *:/usr/sbin:*) echo found;; esac; exit 1`}, ": found: exit status 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Run(t.Context(), time.Minute, test.args...)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var failed *Error
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
				t.Errorf("no *exec.ExitError in the chain of %v", err)
			}
		})
	}
}

func TestNotFound(t *testing.T) {
	for _, name := range []string{"no-such-program-of-xen", "", "."} {
		err := Run(t.Context(), time.Minute, name, "argument")
		if !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("%q: %v, want ErrNotFound", name, err)
		}
	}
}

func TestOutputIsBounded(t *testing.T) {
	needShell(t)
	const tooMuch = "i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done; exit 1"
	err := Run(t.Context(), time.Minute, "sh", "-c", tooMuch)
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if n := len(failed.Output); n > maxOutput || n < maxOutput/2 || !strings.HasPrefix(failed.Output, "0123456789 0123456789") {
		t.Errorf("%d bytes are kept: %.40s", n, failed.Output)
	}
}

// TestDeadline runs a program that no SIGTERM ends.
func TestDeadline(t *testing.T) {
	needShell(t)
	const stubborn = `trap "" TERM; echo $$ >"$0.new"; mv "$0.new" "$0"; exec sleep 600`
	for _, test := range []struct {
		name      string
		interrupt bool
		timeout   time.Duration
		want      error
		text      string
	}{
		{"too slow", false, 2 * time.Second, context.DeadlineExceeded, "not finished after 2s: context deadline exceeded"},
		{"interrupted", true, time.Minute, context.Canceled, "context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			if test.interrupt {
				go func() {
					_ = pid(t, file)
					interrupt()
				}()
			}
			err := Run(ctx, test.timeout, "sh", "-c", stubborn, file)
			if !errors.Is(err, test.want) || !strings.HasSuffix(err.Error(), test.text) {
				t.Errorf("%v, want %q", err, test.text)
			}
			process := pid(t, file)
			for range 1000 {
				if errors.Is(syscall.Kill(process, 0), syscall.ESRCH) {
					return
				}
				time.Sleep(time.Millisecond)
			}
			t.Errorf("process %d still runs", process)
		})
	}
}

// pid waits for the process ID in a file; it returns 0 if there is none in time.
func pid(t *testing.T, file string) int {
	for range 5000 {
		if text, err := os.ReadFile(file); err == nil {
			n, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Error(err)
			}
			return n
		}
		time.Sleep(time.Millisecond)
	}
	return 0
}
