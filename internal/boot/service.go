package boot

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/systemd"
	"github.com/xenpci/xenpci/upstart"
)

// initLayer is a layer that the init system starts.
type initLayer struct {
	is Name
	// scripts returns its files for an init system.
	scripts func(i initscript.Init, program string) ([]initscript.File, error)
}

// serviceLayer has services run xenpci: once before udev loads drivers, and once
// before the toolstack starts. It identifies devices by more than their address, and
// takes a device from a driver that has it already.
func serviceLayer() initLayer { return initLayer{Service, scripts} }

func (l initLayer) name() Name { return l.is }

// scripts returns the files for an init system.
func scripts(i initscript.Init, program string) ([]initscript.File, error) {
	switch i.Kind {
	case initscript.Systemd:
		return systemd.Files(program)
	case initscript.SysV:
		return initd.Files(program)
	case initscript.OpenRC:
		return openrc.Files(program)
	case initscript.Upstart:
		if i.Events {
			return upstart.Files(initscript.EventD, program)
		}
		return upstart.Files(initscript.InitConf, program)
	}
	return nil, errNoInit
}

var errNoInit = errors.New("unknown init system: cannot start a service")

// inits returns the init systems that there are files for. Those of sysvinit and
// OpenRC have the same paths.
func inits() []initscript.Init {
	return []initscript.Init{
		{Kind: initscript.Systemd}, {Kind: initscript.SysV}, {Kind: initscript.OpenRC},
		{Kind: initscript.Upstart}, {Kind: initscript.Upstart, Events: true},
	}
}

func (l initLayer) files(h *Host, _ []Device, on bool) ([]change.Change, error) {
	var changes []change.Change
	add := func(more []change.Change, err error) error {
		for _, c := range more {
			if !slices.ContainsFunc(changes, func(have change.Change) bool { return have.Path == c.Path }) {
				changes = append(changes, c)
			}
		}
		return err
	}
	if on {
		files, err := l.scripts(h.Init, h.Program)
		if err != nil {
			return nil, err
		}
		if err := add(wholes(h.FS, files, true)); err != nil {
			return nil, err
		}
		if err := add(l.links(h, h.Init, files, true)); err != nil {
			return nil, err
		}
	}
	// The machine may have had another init system when the layer was enabled.
	for _, i := range inits() {
		if on && i.Kind == h.Init.Kind && i.Events == h.Init.Events {
			continue
		}
		files, err := l.scripts(i, brand.Program)
		if err != nil {
			return nil, err
		}
		if err := add(l.links(h, i, files, false)); err != nil {
			return nil, err
		}
		if err := add(wholes(h.FS, files, false)); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// links returns the links by which the init system starts the scripts. With
// on false those are removed that are there now: enabling another script may have
// renumbered them.
func (l initLayer) links(h *Host, i initscript.Init, files []initscript.File, on bool) ([]change.Change, error) {
	var changes []change.Change
	plan, err := initscript.Enable(h.FS.Root(), i, placed(h.FS, files), h.Run != nil && on)
	if err != nil && on {
		return nil, err
	}
	for _, l := range plan.Links {
		c, err := linkOf(h.FS, files, l, on)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	if i.Kind != initscript.SysV || on || l.runsTool(h) {
		return changes, nil
	}
	for _, l := range initscript.RunlevelLinks(h.FS.Root()) {
		if !slices.ContainsFunc(files, func(f initscript.File) bool { return path.Base(f.Path) == l.Name }) {
			continue
		}
		c, err := change.Now(h.FS).Link(l.String(), initscript.ScriptTarget(h.FS.Root(), l.Name), false)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// runsTool reports whether a program of the system makes the runlevel links, and
// removes them.
func (l initLayer) runsTool(h *Host) bool {
	return h.Init.Kind == initscript.SysV && len(l.toolPlan(h).Undo) > 0
}

// toolPlan returns the commands by which the init system starts the scripts.
func (l initLayer) toolPlan(h *Host) initscript.Plan {
	files, err := l.scripts(h.Init, h.Program)
	if err != nil {
		return initscript.Plan{}
	}
	// The method files has reported the error already.
	plan, _ := initscript.Enable(h.FS.Root(), h.Init, files, h.Run != nil)
	return plan
}

func (l initLayer) commands(h *Host, _ []Device, on bool) []change.Command {
	plan := l.toolPlan(h)
	run := plan.Run
	if !on {
		run = plan.Undo
	}
	var commands []change.Command
	for _, args := range run {
		commands = append(commands, change.Command{Args: args, Why: plan.Why, Deadline: shortCommand, Before: !on && h.Init.Kind == initscript.SysV})
	}
	return commands
}

func (l initLayer) check(_ context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	if h.Init.Kind != initscript.SysV || h.Run == nil {
		return errs
	}
	files, err := l.scripts(h.Init, h.Program)
	if err != nil {
		return append(errs, err)
	}
	started := initscript.RunlevelLinks(h.FS.Root())
	for _, f := range files {
		name := path.Base(f.Path)
		if strings.HasSuffix(name, "-early") && !h.earlyService() {
			continue // no runlevel is early enough for it
		}
		if !slices.ContainsFunc(started, func(l initscript.RunlevelLink) bool { return l.Start && l.Name == name }) {
			errs = append(errs, errors.New("no runlevel starts "+f.Path))
		}
	}
	return errs
}
