package attribute

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// ErrEnded is the error of requests whose process is gone, killed by somebody.
var ErrEnded = errors.New("the process that accesses attributes has ended")

// Process is an Access through a child process.
type Process struct {
	fs      sysfs.FS
	timeout time.Duration
	cmd     *exec.Cmd
	in      io.WriteCloser

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
	ended   bool
}

// Start starts a child of this program for the attributes below fs; no request
// is waited for longer than timeout. It returns while the child still starts.
func Start(fs sysfs.FS, timeout time.Duration) (*Process, error) {
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
	p := &Process{fs: fs, timeout: timeout, cmd: cmd, in: in, waiting: map[int]chan answer{}}
	go p.answers(out)
	return p, nil
}

// Read asks the child for the attribute name.
func (p *Process) Read(ctx context.Context, name string) (string, error) {
	return p.ask(ctx, request{op: "read", path: name})
}

// Write asks the child to carry value to name and waits for its answer.
func (p *Process) Write(ctx context.Context, name, value string) error {
	_, err := p.ask(ctx, request{op: "write", path: name, value: value})
	return err
}

// Hold lets the child lock the file name.
func (p *Process) Hold(ctx context.Context, name string) error {
	_, err := p.ask(ctx, request{op: "hold", path: name})
	return err
}

func (p *Process) ask(ctx context.Context, r request) (string, error) {
	id, pending, err := p.send(r)
	if err != nil {
		return "", &sysfs.AttrError{Op: r.op, Path: r.path, Value: r.value, Err: err}
	}
	hang := &HangError{Op: r.op, Path: r.path, Value: r.value, PID: p.cmd.Process.Pid}
	value, err := await(ctx, pending, p.timeout, hang)
	var refused *refusal
	switch {
	case errors.Is(err, hang):
		p.giveUp(id)
		return "", hang
	case errors.As(err, &refused):
		return "", &sysfs.AttrError{Op: refused.op, Path: r.path, Value: r.value, Err: refused.errno}
	case err != nil:
		return "", &sysfs.AttrError{Op: r.op, Path: r.path, Value: r.value, Err: err}
	}
	return value, nil
}

func (p *Process) send(r request) (int, <-chan answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return 0, nil, ErrEnded
	}
	p.next++
	r.id, r.path = p.next, p.fs.Path(r.path)
	pending := make(chan answer, 1)
	p.waiting[r.id] = pending
	if _, err := io.WriteString(p.in, r.line()); err != nil {
		delete(p.waiting, r.id)
		return 0, nil, ErrEnded
	}
	return r.id, pending, nil
}

// giveUp forgets a request that hangs.
func (p *Process) giveUp(id int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
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
	go func() { _ = p.cmd.Wait() }()
	return p.in.Close()
}
