// Package cli is the command line of xenpci: one file a verb. A verb parses its
// arguments into an options struct, lets the engine or a reader work, and
// prints what came of it.
package cli

import (
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

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
	}
}

// Main runs the command with args and returns its exit status.
func Main(args []string, env Env) int {
	ctx := &interruptible{}
	defer ctx.release()
	a := &app{Env: env}
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
}

// engine returns the engine for the tree that --root names.
func (a *app) engine() *engine.Engine {
	e := a.NewEngine(a.root)
	e.Timeout = a.timeout
	e.Warn = a.warn
	return e
}

// warn prints one line beside the result.
func (a *app) warn(text string) {
	io.WriteString(a.Err, "xenpci: "+text+"\n")
}
