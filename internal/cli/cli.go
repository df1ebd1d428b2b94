// Package cli is the command line of xenpci: one file a verb. A verb parses its
// arguments into an options struct, lets the engine or a reader work, and
// prints what came of it.
package cli

import (
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/engine"
)

// Version is what --version prints.
const Version = "0.1.0"

// Env is the world as the command sees it.
type Env struct {
	Out, Err io.Writer
	Terminal bool // Err is a terminal: progress may be drawn there
	Root     bool // the caller is the superuser
	// DefaultRoot is what --root is when it is not given: "/".
	DefaultRoot string
	// NewEngine makes the engine for the tree below root.
	NewEngine func(root string) *engine.Engine
	// StartAttributes starts the process that accesses attributes, for a verb
	// that will need it; nil leaves that to the engine.
	StartAttributes func() (*attribute.Process, error)
}

// System is the world of a real call.
func System() Env {
	return Env{
		Out:         os.Stdout,
		Err:         os.Stderr,
		Terminal:    term.IsTerminal(int(os.Stderr.Fd())),
		Root:        os.Geteuid() == 0,
		DefaultRoot: "/",
		NewEngine:   engine.New,

		StartAttributes: attribute.Start,
	}
}

// Main runs the command with args and returns its exit status.
func Main(args []string, env Env) int {
	ctx := &interruptible{}
	defer ctx.release()
	a := &app{Env: env}
	a.startEarly(args)
	cmd := newRootCmd(a)
	cmd.SetArgs(args)
	cmd.SetOut(env.Out)
	cmd.SetErr(env.Err)
	called, err := cmd.ExecuteContextC(ctx)
	if err == nil {
		return StatusDone
	}
	verb := ""
	if called.HasParent() {
		verb = strings.TrimPrefix(called.CommandPath(), called.Root().Name()+" ")
	}
	return a.fail(verb, err)
}

// app is one call: the world, and the flags that all verbs share.
type app struct {
	Env
	root    string
	json    bool
	timeout time.Duration

	early func() (*attribute.Process, error) // started before it was needed; nil if it was not
}

// startEarly starts the process for attributes, which takes longer to start than
// this one takes to read its command line, and goes on with that: fork(2) comes
// back when the new program is in place. If nothing comes of it, the process ends
// with this one.
func (a *app) startEarly(args []string) {
	moves := slices.ContainsFunc(args, func(arg string) bool { return slices.Contains([]string{"hide", "unhide", "apply", "pre-xend"}, arg) })
	if moves && a.Root && a.StartAttributes != nil {
		early := sync.OnceValues(a.StartAttributes)
		go func() { _, _ = early() }() // who takes it is told
		a.early = early
	}
}

// engine returns the engine for the tree that --root names.
func (a *app) engine() *engine.Engine {
	e := a.NewEngine(a.root)
	e.Timeout = a.timeout
	e.Warn = a.warn
	open := e.OpenAttributes
	e.OpenAttributes = func() (attribute.Access, error) {
		if early := a.takeEarly(); early != nil {
			return early.Within(e.FS, e.Timeout), nil
		}
		return open()
	}
	return e
}

// takeEarly is the process that was started before it was needed, for the first
// who needs one: it ends when that one closes it. It is nil for all others, and
// where it could not be started, of which who tries again says why.
func (a *app) takeEarly() *attribute.Process {
	if a.early == nil {
		return nil
	}
	process, _ := a.early()
	a.early = nil
	return process
}

// warn prints one line beside the result.
func (a *app) warn(text string) {
	io.WriteString(a.Err, "xenpci: "+text+"\n")
}
