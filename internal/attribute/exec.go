//go:build !amd64 && !arm64

package attribute

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Workers are the threads of one child process, which access attributes for this
// one. They may be shared between goroutines.
type Workers struct {
	cmd *exec.Cmd
	in  io.WriteCloser

	mu      sync.Mutex
	next    int
	waiting map[int]*pending
	ended   bool
}

// pending is a line that the child carries out.
type pending struct {
	answers chan answer // has room for all of them
	last    int         // the number of its last request
}

// Start starts this program again as the child. It returns while the child still
// starts, which takes as long as the start of any program.
func Start() (*Workers, error) {
	if !served.Load() {
		return nil, ErrNotServed
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{processName}
	cmd.Env = []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}
	// Its own session: Ctrl-C at the terminal is for the command, which then
	// decides what becomes of the writes.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("process for attributes: %w", sysfs.FS{}.Proc(err))
	}
	ws := &Workers{cmd: cmd, in: in, waiting: map[int]*pending{}}
	go ws.answers(out)
	return ws, nil
}

// send hands a line of requests to the child, which carries them out in their
// order and stops at the first that fails. The answers come in that order; pid
// is the child's.
func (ws *Workers) send(line []request) (pid int, answers <-chan answer, err error) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.ended {
		return 0, nil, ErrEnded
	}
	sent := &pending{answers: make(chan answer, len(line)), last: ws.next + len(line)}
	requests := make([]numbered, len(line))
	for i, q := range line {
		ws.next++
		requests[i] = numbered{ws.next, q}
		ws.waiting[ws.next] = sent
	}
	if _, err := io.WriteString(ws.in, requestLine(requests)); err != nil {
		ws.forget(requests[0].id, sent.last)
		return 0, nil, ErrEnded
	}
	return ws.cmd.Process.Pid, sent.answers, nil
}

func (ws *Workers) forget(first, last int) {
	for id := first; id <= last; id++ {
		delete(ws.waiting, id)
	}
}

// hold has the child lock the file path.
func (ws *Workers) hold(ctx context.Context, timeout time.Duration, path string) error {
	pid, answers, err := ws.send([]request{{op: opHold, path: path}})
	if err != nil {
		return err
	}
	_, err = await(ctx, answers, timeout, &HangError{Op: opHold, Path: path, PID: pid})
	return err
}

// answers hands the child's answers to those who wait for them.
func (ws *Workers) answers(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		id, a, ok := parseReply(lines.Text())
		if !ok {
			continue
		}
		ws.mu.Lock()
		if sent := ws.waiting[id]; sent != nil {
			sent.answers <- a
			last := id
			if a.err != nil {
				last = sent.last // those after it are not carried out
			}
			ws.forget(id, last)
		}
		ws.mu.Unlock()
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.ended = true
	for _, sent := range ws.waiting {
		sent.answers <- answer{err: ErrEnded}
	}
	ws.waiting = nil
}

// Close lets the child end, which it does when its last request has ended. It
// does not wait for that.
func (ws *Workers) Close() error {
	err := ws.in.Close()
	// Wait closes the pipes, so it comes second.
	go func() { _ = ws.cmd.Wait() }()
	return err
}
