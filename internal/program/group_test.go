package program

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRunGroup interrupts programs whose work is done by another, which they
// wait for.
func TestRunGroup(t *testing.T) {
	needShell(t)
	for _, test := range []struct {
		name   string
		worker string // a script; it writes its number to the file $0
		within time.Duration
	}{
		{"ends when asked", `echo $$ >"$0.new"; mv "$0.new" "$0"; exec sleep 600`, groupGrace},
		// What it waits for says that it is there: a shell's child that is asked to
		// end between its fork and its exec goes on, and has to be killed.
		{"cleans up", `trap 'echo clean >"$0.clean"; exit 1' TERM; sh -c 'echo $PPID >"$0.new"; mv "$0.new" "$0"; exec sleep 600' "$0" & wait`, groupGrace},
		{"has to be killed", `trap "" TERM; echo $$ >"$0.new"; mv "$0.new" "$0"; exec sleep 600`, groupGrace + 10*killGrace},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			errSignal := errors.New("a signal")
			ctx, interrupt := context.WithCancelCause(t.Context())
			defer interrupt(nil)
			go func() {
				_ = pid(t, file)
				interrupt(errSignal)
			}()
			begun := time.Now()
			err := RunGroup(ctx, 10*time.Minute, nil, "sh", "-c", `sh -c "$1" "$0"; echo the worker is gone`, file, test.worker)
			if !errors.Is(err, errSignal) {
				t.Fatalf("%v, want the cause", err)
			}
			if took := time.Since(begun); !ended(pid(t, file)) || took > test.within {
				t.Errorf("after %v the worker is there still, or it took too long", took)
			}
			if _, err := os.Stat(file + ".clean"); test.name == "cleans up" && err != nil {
				t.Error("it had no time to clean up:", err)
			}
		})
	}
}

// ended reports whether a process is gone or a zombie.
func ended(process int) bool {
	state, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process), "stat"))
	return err != nil || strings.Contains(string(state), ") Z ")
}

// TestRunGroupHolds checks that a lock lasts as long as the processes that the program left
// behind.
func TestRunGroupHolds(t *testing.T) {
	needShell(t)
	open := func(name string) *os.File {
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	folder := t.TempDir()
	held := open(filepath.Join(folder, "lock"))
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(folder, "pid")
	if err := RunGroup(t.Context(), time.Minute, held, "sh", "-c", `sleep 600 >/dev/null 2>&1 & echo $! >"$0"`, left); err != nil {
		t.Fatal(err)
	}
	held.Close()
	other := open(held.Name())
	defer other.Close()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("the lock: %v, want that it is held", err)
	}
	text, err := os.ReadFile(left)
	if err != nil {
		t.Fatal(err)
	}
	process, err := strconv.Atoi(string(text[:len(text)-1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(process, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Error(err)
	}
}
