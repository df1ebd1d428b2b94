package packages

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// holdVariable has this test binary lock the file that it names until its input ends.
const holdVariable = "PACKAGES_TEST_HOLD"

func TestMain(m *testing.M) {
	name := os.Getenv(holdVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = syscall.FcntlFlock(file.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK})
	}
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString("locked\n")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // until the input ends
}

// TestWaitForLock waits for another process, since a lock does not keep its own process out.
func TestWaitForLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	holder := exec.CommandContext(t.Context(), os.Args[0])
	holder.Env = append(os.Environ(), holdVariable+"="+name)
	release, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	if err := waitForLock(t.Context(), &log, name, time.Millisecond); !errors.Is(err, context.DeadlineExceeded) || log.Len() == 0 {
		t.Errorf("held: %v, %q", err, log.String())
	}
	release.Close()
	_ = holder.Wait() // its status does not matter
	if err := waitForLock(t.Context(), &log, name, time.Minute); err != nil {
		t.Errorf("released: %v", err)
	}
	if err := waitForLock(t.Context(), &log, filepath.Join(t.TempDir(), "none"), time.Minute); err != nil {
		t.Errorf("no file: %v", err)
	}
}
