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
)

// Process is a child process that accesses attributes. It may be shared between
// goroutines.
type Process struct {
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
func Start() (*Process, error) {
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
		return nil, fmt.Errorf("process for attributes: %w", err)
	}
	p := &Process{cmd: cmd, in: in, waiting: map[int]*pending{}}
	go p.answers(out)
	return p, nil
}

// send hands a line of requests to the child, which carries them out in their
// order and stops at the first that fails. The answers come in that order; pid
// is the child's.
func (p *Process) send(line []request) (pid int, answers <-chan answer, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return 0, nil, ErrEnded
	}
	sent := &pending{answers: make(chan answer, len(line)), last: p.next + len(line)}
	requests := make([]numbered, len(line))
	for i, q := range line {
		p.next++
		requests[i] = numbered{p.next, q}
		p.waiting[p.next] = sent
	}
	if _, err := io.WriteString(p.in, requestLine(requests)); err != nil {
		p.forget(requests[0].id, sent.last)
		return 0, nil, ErrEnded
	}
	return p.cmd.Process.Pid, sent.answers, nil
}

func (p *Process) forget(first, last int) {
	for id := first; id <= last; id++ {
		delete(p.waiting, id)
	}
}

// hold has the child lock the file path.
func (p *Process) hold(ctx context.Context, timeout time.Duration, path string) error {
	pid, answers, err := p.send([]request{{op: opHold, path: path}})
	if err != nil {
		return err
	}
	_, err = await(ctx, answers, timeout, &HangError{Op: opHold, Path: path, PID: pid})
	return err
}

// answers hands the child's answers to those who wait for them.
func (p *Process) answers(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		id, a, ok := parseReply(lines.Text())
		if !ok {
			continue
		}
		p.mu.Lock()
		if sent := p.waiting[id]; sent != nil {
			sent.answers <- a
			last := id
			if a.err != nil {
				last = sent.last // those after it are not carried out
			}
			p.forget(id, last)
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for _, sent := range p.waiting {
		sent.answers <- answer{err: ErrEnded}
	}
	p.waiting = nil
}

// Close lets the child end, which it does when its last request has ended. It
// does not wait for that.
func (p *Process) Close() error {
	err := p.in.Close()
	// Wait closes the pipes, so it comes second.
	go func() { _ = p.cmd.Wait() }()
	return err
}
