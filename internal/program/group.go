package program

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// How long a group has to end when it is asked to, and when it is killed.
const (
	groupGrace = 10 * time.Second
	killGrace  = time.Second
	groupPoll  = 10 * time.Millisecond
)

// RunGroup is Run for a program that has others work for it, as those that make
// initramfs images and boot menus do. It and all that it starts are a process
// group: where it does not end within timeout, or ctx ends, they are asked to
// end, killed if they do not, and gone when RunGroup returns, so that none of
// them still writes what the caller is about to take back. What a terminal sends
// for ^C reaches the caller alone.
//
// Each of them has held open as its file 3, so that a lock on it lasts until the
// last of them is gone, whatever becomes of the caller. nil is no file.
func RunGroup(ctx context.Context, timeout time.Duration, held *os.File, args ...string) error {
	prepare := func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if held != nil {
			cmd.ExtraFiles = []*os.File{held}
		}
	}
	return run(ctx, timeout, args, prepare, func(p *os.Process) {
		if endGroup(p.Pid, syscall.SIGTERM, groupGrace) {
			return
		}
		// What the kernel keeps even so is given up.
		endGroup(p.Pid, syscall.SIGKILL, killGrace)
	})
}

// endGroup sends a signal to a group and says whether it was gone in time.
func endGroup(group int, signal syscall.Signal, grace time.Duration) (gone bool) {
	for deadline := time.Now().Add(grace); ; time.Sleep(groupPoll) {
		if errors.Is(syscall.Kill(-group, signal), syscall.ESRCH) {
			return true
		}
		signal = 0
		if time.Now().After(deadline) {
			return false
		}
	}
}
