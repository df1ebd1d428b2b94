package program

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// How long a group may take to end after SIGTERM, and after SIGKILL.
const (
	groupGrace = 10 * time.Second
	killGrace  = time.Second
	groupPoll  = 10 * time.Millisecond
)

// RunGroup is Run for a program that starts others, such as the programs that make
// initramfs images and boot menus. The program and its children form a process
// group. If the program does not end within timeout, or ctx ends first, RunGroup
// sends SIGTERM to the group, then SIGKILL, and returns when all processes are
// gone, so that none of them overwrites what the caller is about to undo. A
// terminal's ^C reaches only the caller.
//
// All processes of the group inherit held as file descriptor 3, so that a lock on
// it lasts until the last of them is gone, even if the caller dies. held may be
// nil.
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
		// A process that the kernel still keeps is abandoned.
		endGroup(p.Pid, syscall.SIGKILL, killGrace)
	})
}

// endGroup sends a signal to a group and reports whether it was gone in time.
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
