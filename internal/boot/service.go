package boot

import (
	"context"
	"errors"
	"path"
	"slices"

	initd "github.com/xenpci/xenpci/init.d"
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

// scripts are the files for this machine's init.
func scripts(h *Host) ([]initscript.File, error) {
	switch h.Init.Kind {
	case initscript.Systemd:
		return systemd.Files(h.Program)
	case initscript.SysV:
		return initd.Files(h.Program)
	case initscript.OpenRC:
		return openrc.Files(h.Program)
	case initscript.Upstart:
		if h.Init.Events {
			return upstart.Files(initscript.EventD, h.Program)
		}
		return upstart.Files(initscript.InitConf, h.Program)
	}
	return nil, errors.New("nobody knows which init starts this machine's services")
}

func (serviceLayer) files(h *Host, _ []Device, on bool) ([]Change, error) {
	files, err := scripts(h)
	if err != nil {
		if !on {
			return nil, nil // what was never written need not go
		}
		return nil, err
	}
	var changes []Change
	for _, f := range files {
		c, err := whole(h.FS, f.Path, []byte(f.Text), f.Mode, on)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	links, err := serviceLinks(h, files, on)
	return append(changes, links...), err
}

// serviceLinks are the links that have the init start the scripts. Going, those
// that are there count: a script of another's may have moved them since.
func serviceLinks(h *Host, files []initscript.File, on bool) ([]Change, error) {
	plan, err := initscript.Enable(h.FS, h.Init, files, h.Run != nil)
	if err != nil && on {
		return nil, err
	}
	var changes []Change
	for _, l := range plan.Links {
		c, err := link(h.FS, l.Path, l.Target, on)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	if on || h.Run != nil {
		return changes, nil
	}
	for _, l := range initscript.RunlevelLinks(h.FS) {
		if !slices.ContainsFunc(files, func(f initscript.File) bool { return path.Base(f.Path) == l.Name }) {
			continue
		}
		c, err := link(h.FS, l.String(), "", false)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(changes, func(have Change) bool { return have.Path == c.Path }) {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

func (serviceLayer) commands(h *Host, _ []Device, on bool) []Command {
	files, err := scripts(h)
	if err != nil {
		return nil
	}
	// What Enable could not plan, files has said already.
	plan, _ := initscript.Enable(h.FS, h.Init, files, h.Run != nil)
	run := plan.Run
	if !on {
		run = plan.Undo
	}
	var commands []Command
	for _, args := range run {
		commands = append(commands, Command{Args: args, Why: plan.Why, Deadline: shortCommand, Before: !on && h.Init.Kind == initscript.SysV})
	}
	return commands
}

func (l serviceLayer) check(_ context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	files, err := scripts(h)
	if err != nil {
		return append(errs, err)
	}
	if h.Init.Kind != initscript.SysV || h.Run == nil {
		return errs
	}
	started := initscript.RunlevelLinks(h.FS)
	for _, f := range files {
		name := path.Base(f.Path)
		if !slices.ContainsFunc(started, func(l initscript.RunlevelLink) bool { return l.Start && l.Name == name }) {
			errs = append(errs, errors.New(f.Path+" is started in no runlevel"))
		}
	}
	return errs
}
