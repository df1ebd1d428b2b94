package attribute

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// ErrEnded is the error of requests whose process is gone, killed by somebody.
var ErrEnded = errors.New("the process that accesses attributes has ended")

// Process is a child process that accesses attributes. It may be shared between
// goroutines.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
	ended   bool
}

// Start starts a child of this program. It returns while the child still
// starts, which takes as long as the start of any program.
func Start() (*Process, error) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{ProcessName}
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
	p := &Process{cmd: cmd, in: in, waiting: map[int]chan answer{}}
	go p.answers(out)
	return p, nil
}

// send hands requests to the child, which does them in their order and none
// after one that fails. Each has its own answer.
func (p *Process) send(requests []request) ([]<-chan answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil, ErrEnded
	}
	pending := make([]<-chan answer, len(requests))
	for i := range requests {
		p.next++
		requests[i].id = p.next
		answered := make(chan answer, 1)
		p.waiting[p.next], pending[i] = answered, answered
	}
	if _, err := io.WriteString(p.in, requestLine(requests)); err != nil {
		p.forget(requests)
		return nil, ErrEnded
	}
	return pending, nil
}

// giveUp forgets requests that hang, or that come after one that failed.
func (p *Process) giveUp(requests []request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(requests)
}

func (p *Process) forget(requests []request) {
	for _, r := range requests {
		delete(p.waiting, r.id)
	}
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
		if pending := p.waiting[id]; pending != nil {
			delete(p.waiting, id)
			pending <- a
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for id, pending := range p.waiting {
		delete(p.waiting, id)
		pending <- answer{err: ErrEnded}
	}
}

// Close lets the child end, which it does when its last request has ended. It
// does not wait for that.
func (p *Process) Close() error {
	err := p.in.Close()
	// Wait closes the pipes, so it comes second.
	go func() { _ = p.cmd.Wait() }()
	return err
}
