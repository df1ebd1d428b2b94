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

// serviceLayer has xenpci itself hide the devices: once before udev looks for
// drivers, and once before the toolstack. It knows devices by more than their
// address, and takes a device from a driver that has it already.
type serviceLayer struct{}

func (serviceLayer) name() Name { return Service }

// scripts are the files for one init.
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
	return nil, errors.New("nobody knows which init starts this machine's services")
}

// inits are all that there are files for. Sysvinit and OpenRC have theirs in one
// folder, by the same names.
func inits() []initscript.Init {
	return []initscript.Init{
		{Kind: initscript.Systemd}, {Kind: initscript.SysV}, {Kind: initscript.OpenRC},
		{Kind: initscript.Upstart}, {Kind: initscript.Upstart, Events: true},
	}
}

func (serviceLayer) files(h *Host, _ []Device, on bool) ([]change.Change, error) {
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
		files, err := scripts(h.Init, h.Program)
		if err != nil {
			return nil, err
		}
		if err := add(wholes(h.FS, files, true)); err != nil {
			return nil, err
		}
		if err := add(serviceLinks(h, h.Init, files, true)); err != nil {
			return nil, err
		}
	}
	// The machine may have had another init when the layer came.
	for _, i := range inits() {
		if on && i.Kind == h.Init.Kind && i.Events == h.Init.Events {
			continue
		}
		files, err := scripts(i, brand.Program)
		if err != nil {
			return nil, err
		}
		if err := add(serviceLinks(h, i, files, false)); err != nil {
			return nil, err
		}
		if err := add(wholes(h.FS, files, false)); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// serviceLinks are the links that have the init start the scripts. Going, those
// that are there count: another script's coming may have moved them since.
func serviceLinks(h *Host, i initscript.Init, files []initscript.File, on bool) ([]change.Change, error) {
	var changes []change.Change
	plan, err := initscript.Enable(h.FS.Root(), i, files, h.Run != nil && on)
	if err != nil && on {
		return nil, err
	}
	for _, l := range plan.Links {
		c, err := change.Now(h.FS).Link(l.Path, l.Target, on)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	if i.Kind != initscript.SysV || on || h.runsTool() {
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

// runsTool says whether a program of the system makes the runlevel links, and
// takes them away.
func (h *Host) runsTool() bool {
	return h.Init.Kind == initscript.SysV && len(h.toolPlan().Undo) > 0
}

// toolPlan is what has to be run so that the init starts the scripts.
func (h *Host) toolPlan() initscript.Plan {
	files, err := scripts(h.Init, h.Program)
	if err != nil {
		return initscript.Plan{}
	}
	// What Enable could not plan, files has said already.
	plan, _ := initscript.Enable(h.FS.Root(), h.Init, files, h.Run != nil)
	return plan
}

func (serviceLayer) commands(h *Host, _ []Device, on bool) []change.Command {
	plan := h.toolPlan()
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

func (l serviceLayer) check(_ context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	if h.Init.Kind != initscript.SysV || h.Run == nil {
		return errs
	}
	files, err := scripts(h.Init, h.Program)
	if err != nil {
		return append(errs, err)
	}
	started := initscript.RunlevelLinks(h.FS.Root())
	for _, f := range files {
		name := path.Base(f.Path)
		if strings.HasSuffix(name, "-early") && !h.earlyService() {
			continue // there is no runlevel for it
		}
		if !slices.ContainsFunc(started, func(l initscript.RunlevelLink) bool { return l.Start && l.Name == name }) {
			errs = append(errs, errors.New(f.Path+" is started in no runlevel"))
		}
	}
	return errs
}
