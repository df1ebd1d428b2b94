// Package cli is the command line of xenpci, one file a verb: flags, text and
// exit statuses. What a verb does is pkg/passthrough's.
package cli

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
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
	if err == nil {
		return StatusDone
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
