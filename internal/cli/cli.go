// Package cli is the command line of xenpci, one file a verb: flags, text and
// exit statuses. What a verb does is pkg/passthrough's.
package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// Env is where the command runs.
type Env struct {
	Out, Err io.Writer
	Terminal bool // Err is a terminal: progress may be drawn there
	Root     bool // the caller is the superuser
	Build    passthrough.Build
	// screen is the terminal that Out is, where that is known; Out is asked otherwise.
	screen *screen
	// DefaultRoot is what --root is when it is not given: "/".
	DefaultRoot string
}

// System returns the environment of a real call.
func System() Env {
	return Env{
		Out:         os.Stdout,
		Err:         os.Stderr,
		Terminal:    term.IsTerminal(int(os.Stderr.Fd())),
		Root:        os.Geteuid() == 0,
		DefaultRoot: "/",
	}
}

// Main runs the command with args and returns its exit status.
func Main(ctx context.Context, args []string, env Env) int {
	// A reader that ends, as head does, must not end a change half-way: the write fails instead.
	// Programs that are started do not inherit this, as they would that the signal is ignored.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	defer signal.Stop(broken)
	out, errs := &harmless{to: env.Out}, &harmless{to: env.Err}
	defer out.end()
	defer errs.end()
	env.Out, env.Err = out, errs
	a := &app{Env: env}
	cmd := newRootCmd(a)
	cmd.SetArgs(args)
	cmd.SetOut(env.Out)
	cmd.SetErr(env.Err)
	called, err := cmd.ExecuteContextC(ctx)
	if isClosedPipe(out.failed) { // the reader has had enough
		out.failed = nil
	}
	switch reported := (*reportedError)(nil); {
	case err == nil && out.failed == nil, isClosedPipe(err):
		return StatusDone
	case err == nil:
		err = out.failed // what was asked for did not reach the reader
	case out.failed != nil && errors.As(err, &reported):
		a.warn(out.failed.Error())
	}
	if statusOf(err) == StatusUsage && slices.Contains(args, "--json") { // it may come after what was not understood
		a.json, out.json = true, true
	}
	verb := ""
	if called.HasParent() {
		verb = strings.TrimPrefix(called.CommandPath(), called.Root().Name()+" ")
	}
	return a.fail(verb, err)
}

// isClosedPipe reports whether an error is that the reader of the standard output has ended.
func isClosedPipe(err error) bool {
	var write *fs.PathError
	return errors.As(err, &write) && write.Path == os.Stdout.Name() && errors.Is(err, syscall.EPIPE)
}

// app is one call: where it runs, and the flags that all verbs share.
type app struct {
	Env
	root    string
	json    bool
	diff    bool // a dry run prints changes of files in full
	timeout time.Duration
	host    *passthrough.Host // opened when the flags are known
	meant   []passthrough.Meant
}

// warn prints one line beside the result.
func (a *app) warn(text string) {
	io.WriteString(a.Err, screenOf(a.Err).paragraph("xenpci: "+text, 0)+"\n")
}

// warnOf prints a line for each remark.
func (a *app) warnOf(remarks []passthrough.Remark) {
	for _, remark := range remarks {
		a.warn(remark.String())
	}
}

// warnOfErrors prints a line for each error.
func (a *app) warnOfErrors(errs []*passthrough.Error) {
	for _, err := range errs {
		a.warn(err.Error())
	}
}
