package change

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Plan is a set of changes, and the commands that make something of the files.
type Plan struct {
	Changes  []Change  // in the order in which they are carried out; none of them is Equal
	Commands []Command // in the order in which they run; see Command.Before
	Back     []Command // those that run when the plan is taken back

	unchanged []Change // files that stay as they are
}

// Command is a program of the system that has to run when files have changed.
type Command struct {
	Args     []string
	Why      string        // what it makes, in words
	Deadline time.Duration // how long it may take
	Before   bool          // it runs before the files are changed, not after
}

// String returns the command as a person would type it.
func (c Command) String() string { return strings.Join(c.Args, " ") }

// Add adds changes to the plan, but for those that are Equal. Two changes of one
// path become one, from what the file is to what it will be: the second has to
// start from what the first made, as those of View do. Otherwise the error is a
// *ChangedError, and the plan has the changes before it.
func (p *Plan) Add(changes ...Change) error {
	for _, c := range changes {
		at := slices.IndexFunc(p.Changes, func(have Change) bool { return have.Path == c.Path })
		if at < 0 {
			p.add(len(p.Changes), c)
			continue
		}
		have := p.Changes[at]
		if !c.Old.Same(have.New) {
			return &ChangedError{c.Path}
		}
		p.Changes = slices.Delete(p.Changes, at, at+1)
		p.add(at, have.then(c))
	}
	return nil
}

// Join adds what another plan does. The error is that of Add.
func (p *Plan) Join(other *Plan) error {
	p.Run(other.Commands...)
	p.RunBack(other.Back...)
	p.unchanged = append(p.unchanged, other.unchanged...)
	return p.Add(other.Changes...)
}

// add inserts a change, unless it changes nothing.
func (p *Plan) add(at int, c Change) {
	if c.Equal() {
		p.unchanged = append(p.unchanged, c)
		return
	}
	p.Changes = slices.Insert(p.Changes, at, c)
}

// then returns the change that does what c does and then what next does.
func (c Change) then(next Change) Change {
	says := func(kind Kind) bool { return slices.Contains(next.With, kind) || slices.Contains(next.Without, kind) }
	next.Old = c.Old
	next.Ours = c.Ours && next.Ours
	next.Record = c.Record && next.Record
	next.With, next.Without = append(slices.DeleteFunc(slices.Clone(c.With), says), next.With...),
		append(slices.DeleteFunc(slices.Clone(c.Without), says), next.Without...)
	return next
}

// Run adds commands that are not in the plan yet.
func (p *Plan) Run(commands ...Command) { p.Commands = merge(p.Commands, commands) }

// RunBack adds commands that run when the plan is taken back.
func (p *Plan) RunBack(commands ...Command) { p.Back = merge(p.Back, commands) }

func merge(commands, more []Command) []Command {
	for _, c := range more {
		if !slices.ContainsFunc(commands, func(have Command) bool { return slices.Equal(have.Args, c.Args) }) {
			commands = append(commands, c)
		}
	}
	return commands
}

// Nothing reports whether there is nothing to do.
func (p *Plan) Nothing() bool { return len(p.Changes)+len(p.Commands) == 0 }

// Shown returns the changes without those of xenpci's records.
func (p *Plan) Shown() []Change {
	return slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool { return c.Record })
}

// Diff returns all changes that are Shown, each as Change.Diff does.
func (p *Plan) Diff() string {
	var text strings.Builder
	for _, c := range p.Shown() {
		text.WriteString(c.Diff())
	}
	return text.String()
}

// Host is what a plan is carried out on.
type Host struct {
	FS sysfs.FS

	// Run runs a program of the system. It is nil where none can run: below a
	// root that is not this machine's.
	Run func(ctx context.Context, wait time.Duration, args ...string) error

	// ReadBack checks what came of the plan. It may be nil.
	ReadBack func(ctx context.Context) error
}
