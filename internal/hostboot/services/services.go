package services

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// State is what a service does now.
type State string

// The states.
const (
	Unknown State = "unknown" // the files do not tell, or the system does not run
	Running State = "running"
	Done    State = "done"    // it was started, and no program of it has to run
	Stopped State = "stopped" // it was not started, was stopped, or has failed
)

// Service is a service of Xen or of xenpci.
type Service struct {
	initscript.Service
	State    State
	Gone     []Program // that do not run any more, although the init system has started the service
	Programs []Process // that it starts and that run
}

// Host has the services of a host.
type Host struct {
	Init     initscript.Init
	Target   string // that the system boots into: a target or a runlevel; "" if that is not known
	Level    string // the runlevel that it is in; "" if that is not known
	Services []Service
	Programs []Process // of Xen, that run
	Seen     bool      // processes can be seen, so that a program that is not in Programs does not run
	Tools    []Tools
	Problems []Problem
}

// kind is a service that is known by its name.
type kind struct {
	name   string
	starts []Program // that keep running
	does   []Work
	maybe  []Program // that it starts if they are installed
}

// Work is what has to be done before a guest can start.
type Work string

// The works. One service can do several.
const (
	StartStore   Work = "xenstored"     // start xenstore
	StartConsole Work = "xenconsoled"   // start the daemon of the guests' consoles
	PrepareDom0  Work = "xen-init-dom0" // describe dom0 in xenstore
)

// kinds returns the services that are looked for, in the order in which they start where nothing
// else orders them.
func kinds() []kind {
	all := []Work{StartStore, StartConsole, PrepareDom0}
	daemons := []Program{Xenstored, Xenconsoled}
	return []kind{
		{name: "xenpci-early"},
		{name: "xencommons", does: all, starts: daemons, maybe: []Program{QEMU}},
		{name: "xen", does: all, starts: daemons, maybe: []Program{QEMU}}, // Debian's
		{name: "xenstored", does: []Work{StartStore}, starts: []Program{Xenstored}},
		{name: "xen-init-dom0", does: []Work{PrepareDom0}},
		{name: "xenconsoled", does: []Work{StartConsole}, starts: []Program{Xenconsoled}},
		{name: "xen-qemu-dom0-disk-backend", starts: []Program{QEMU}},
		{name: "xenqemu", starts: []Program{QEMU}}, // Alpine's
		{name: "xenpci"},
		{name: "xend", does: all, starts: []Program{Xend}, maybe: daemons}, // before Xen 4.5
		{name: "xendriverdomain", starts: []Program{Devd}},
		{name: "libvirtd", starts: []Program{Libvirtd}},
		{name: "libvirt-bin", starts: []Program{Libvirtd}}, // Ubuntu's, once
		{name: "virtxend", starts: []Program{Virtxend}},
		{name: "xen-watchdog", starts: []Program{Watchdog}},
		{name: "xendomains"},
		{name: "libvirt-guests"},
		{name: "xenpcid", starts: []Program{Xenpcid}},
		{name: "xenpci-verify"},
	}
}

// Names returns the names of the services that are looked for.
func Names() (names []string) {
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// Read returns the services of the host below f. now and next are the releases of the running
// hypervisor and of the one that boots next; "" where there is none, or it is not known.
func Read(f sysfs.FS, now, next string) Host {
	h := Host{Init: initscript.Detect(f.Root())}
	h.Target, h.Level = initscript.DefaultTarget(f.Root(), h.Init), initscript.RunningLevel(f.Root(), h.Init)
	h.Programs, h.Seen = processes(f)
	for _, found := range initscript.Services(f.Root(), h.Init, Names()...) {
		h.Services = append(h.Services, h.stateOf(f, found))
	}
	h.Tools = findTools(f)
	h.Problems = h.problems(f, now, next)
	return h
}

// kindOf returns what is known of a service.
func kindOf(name string) kind {
	all := kinds()
	return all[slices.IndexFunc(all, func(k kind) bool { return k.name == name })]
}

// stateOf finds out what a service does now.
func (h Host) stateOf(f sysfs.FS, found initscript.Service) Service {
	k, s := kindOf(found.Name), Service{Service: found, State: Unknown}
	if !h.Init.Running {
		return s
	}
	for _, p := range h.Programs {
		if slices.Contains(k.starts, p.Program) || slices.Contains(k.maybe, p.Program) {
			s.Programs = append(s.Programs, p)
		}
	}
	started, known := h.started(f, found)
	if storeDomain(f) {
		k.starts = slices.DeleteFunc(k.starts, func(p Program) bool { return p == Xenstored })
	}
	lacks := slices.DeleteFunc(slices.Clone(k.starts), func(wanted Program) bool {
		return slices.ContainsFunc(s.Programs, func(p Process) bool { return p.Program == wanted })
	})
	switch {
	case known && !started && found.Ends && len(k.starts) == 0:
		s.Programs = nil
	case known && !started:
		s.State, s.Programs = Stopped, nil
	case len(k.starts) > 0 && len(lacks) == 0:
		s.State = Running
	case len(k.starts) > 0 && h.Seen:
		s.State = Stopped
		if started {
			s.Gone = lacks
		}
	case known && len(k.starts) == 0:
		s.State = Done
	}
	return s
}

// Files in which the init systems keep what they have started.
const (
	unitsDir  = "/run/systemd/units" // since systemd 236
	startedRC = "/run/openrc/started"
	oldRC     = "/lib/rc/init.d/started"
)

// started reports whether the init system has started a service, and whether it tells. Those
// with runlevels and with jobs do not.
func (h Host) started(f sysfs.FS, s initscript.Service) (started, known bool) {
	link := func(dir, name string) (bool, bool) {
		_, err := f.Readlink(dir + "/" + name)
		return err == nil, f.Exists(dir)
	}
	switch h.Init.Kind {
	case initscript.Systemd:
		return link(unitsDir, "invocation:"+s.Name+".service")
	case initscript.OpenRC:
		if started, known = link(startedRC, s.Name); known {
			return started, true
		}
		return link(oldRC, s.Name)
	case initscript.SysV, initscript.Upstart, initscript.Unknown:
	}
	return false, false
}

// settingsFiles are where the settings of xencommons are.
var settingsFiles = [...]string{"/etc/default/xencommons", "/etc/sysconfig/xencommons"}

// storeDomain reports whether xenstore runs in a domain of its own, and not in dom0.
func storeDomain(f sysfs.FS) bool {
	for _, file := range settingsFiles {
		content, err := f.Read(file, settingsLimit)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(content)) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), "XENSTORETYPE="); ok && strings.Trim(value, `"'`) == "domain" {
				return true
			}
		}
	}
	return false
}

// settingsLimit is how much of a settings file is read, in bytes.
const settingsLimit = 1 << 16
