package boot

import (
	"context"
	"time"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/systemd"
	"github.com/xenpci/xenpci/upstart"
)

// daemonMark is the mark in the files by which the init system starts xenpcid.
const daemonMark = brand.Mark + " daemon. 'xenpci daemon disable' removes it.\n"

// How long starting and stopping the daemon may take: a little longer than its units'
// TimeoutStartSec= and TimeoutStopSec=.
const (
	daemonStart = 200 * time.Second
	daemonStop  = 100 * time.Second
)

// daemonLayer has the init system start xenpcid.
func daemonLayer() initLayer { return initLayer{Daemon, daemonScripts} }

// daemonScripts returns the daemon's files for an init system.
func daemonScripts(i initscript.Init, program string) ([]initscript.File, error) {
	files, err := shippedDaemon(i, program)
	for at := range files {
		files[at].Text = string(markedBy(daemonMark, []byte(files[at].Text)))
	}
	return files, err
}

func shippedDaemon(i initscript.Init, program string) ([]initscript.File, error) {
	switch i.Kind {
	case initscript.Systemd:
		return systemd.Daemon(program)
	case initscript.SysV:
		return initd.Daemon(program)
	case initscript.OpenRC:
		return openrc.Daemon(program)
	case initscript.Upstart:
		if i.Events {
			return upstart.Daemon(initscript.EventD, program)
		}
		return upstart.Daemon(initscript.InitConf, program)
	}
	return nil, errNoInit
}

// PrepareDaemon plans what has to change so that the init system starts xenpcid at every
// boot, or with on false does not. It writes nothing, and concerns no other layer. The
// daemon has to be installed beside the program.
func PrepareDaemon(ctx context.Context, h *Host, on bool) (Setup, error) {
	s := Setup{host: h, all: []layer{daemonLayer()}}
	if on {
		s.layers = []Name{Daemon}
		if err := h.noDaemon(); err != nil {
			return s, &LayerError{Daemon, err}
		}
	}
	return prepare(ctx, s)
}

// noDaemon returns why no script can start the daemon; nil where one can.
func (h *Host) noDaemon() error {
	if name := brand.DaemonBeside(h.Program); !h.FS.Exists(name) {
		return &fault{name + " is not installed", "install xenpcid in the folder of xenpci"}
	}
	return nil
}

// DaemonEnabled reports whether something of the layer Daemon is there.
func DaemonEnabled(h *Host) (bool, error) { return there(h, daemonLayer(), nil) }

// CheckDaemon returns what of the layer Daemon, which is enabled, is not as it should be.
func CheckDaemon(ctx context.Context, h *Host) []error {
	if err := h.noDaemon(); err != nil {
		return []error{err}
	}
	return daemonLayer().check(ctx, h, nil)
}

// StartDaemon returns the commands that start the enabled daemon now; none where the init
// system does not run here.
func (h *Host) StartDaemon() []change.Command {
	return h.daemonCommands("start", "xenpcid starts now", daemonStart)
}

// StopDaemon returns the commands that stop the enabled daemon now.
func (h *Host) StopDaemon() []change.Command {
	return h.daemonCommands("stop", "xenpcid stops now", daemonStop)
}

func (h *Host) daemonCommands(verb, why string, deadline time.Duration) []change.Command {
	if h.Run == nil || !h.Init.Running {
		return nil
	}
	var commands []change.Command
	run := func(args ...string) {
		commands = append(commands, change.Command{Args: args, Why: why, Deadline: deadline})
	}
	switch h.Init.Kind {
	case initscript.Systemd:
		// The sockets come first: the one for clients would start the daemon again.
		run("systemctl", verb, "xenpcid.socket", "xenpcid-uevent.socket", "xenpcid.service")
	case initscript.OpenRC:
		run("rc-service", "xenpcid", verb)
	case initscript.Upstart:
		if verb == "start" && !h.Init.Events {
			run("initctl", "reload-configuration") // it may not have noticed the new job yet
		}
		run("initctl", verb, "xenpcid")
	case initscript.SysV:
		if h.FS.Exists("/usr/sbin/service") || h.FS.Exists("/sbin/service") {
			run("service", "xenpcid", verb)
		} else {
			run("/etc/init.d/xenpcid", verb)
		}
	}
	return commands
}
