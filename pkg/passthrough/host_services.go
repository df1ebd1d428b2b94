package passthrough

import (
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/services"
)

// HostServices are what a host starts of Xen and of xenpci.
type HostServices struct {
	Init     string               `json:"init"`             // "systemd", "sysvinit", "openrc", "upstart"; "" where it is not known
	Running  bool                 `json:"running"`          // it runs, and is not only installed
	Evidence []string             `json:"evidence"`         // what it was recognised by
	Target   string               `json:"target,omitempty"` // that the system boots into: a target or a runlevel
	Level    string               `json:"level,omitempty"`  // the runlevel that it is in
	Xen      string               `json:"xen,omitempty"`    // the release of the running hypervisor
	NextXen  string               `json:"next_xen,omitempty"`
	Tools    []XenTools           `json:"tools"`
	Services []HostService        `json:"services"` // those that start at boot, in their order, then the others
	Programs []HostProgram        `json:"programs"` // that run
	Problems []HostServiceProblem `json:"problems"`
}

// XenTools are tools of Xen that are installed.
type XenTools struct {
	Release string `json:"release"` // of Xen, without the last number: "4.17"
	Path    string `json:"path"`    // their folder, or the library that has the release in its name
}

// HostService is a service of Xen or of xenpci that is installed.
type HostService struct {
	Name     string           `json:"name"`
	File     string           `json:"file"`   // the unit, script or job
	Starts   []string         `json:"starts"` // the targets, units, runlevels or events that start it; empty if nothing does
	Masked   bool             `json:"masked,omitempty"`
	State    HostServiceState `json:"state"`
	Programs []HostProgram    `json:"programs"` // that it starts and that run
}

// HostServiceState is what a service does now.
type HostServiceState string

// The states of a service.
const (
	HostServiceUnknown HostServiceState = "unknown" // the files do not tell, or the system does not run
	HostServiceRunning HostServiceState = "running"
	HostServiceDone    HostServiceState = "done"    // it was started, and no program of it has to run
	HostServiceStopped HostServiceState = "stopped" // it was not started, was stopped, or has failed
)

// HostProgram is a running program.
type HostProgram struct {
	Name string `json:"name"` // "xenstored", also where it is oxenstored
	PID  int    `json:"pid"`
}

// HostServiceProblem is something that keeps guests from starting, or their devices from being
// hidden before that.
type HostServiceProblem struct {
	Code    HostServiceCode `json:"code"`
	Service string          `json:"service,omitempty"`
	Reason  string          `json:"reason"`
	Advice  string          `json:"advice,omitempty"`
}

// HostServiceCode says for programs what a problem is about.
type HostServiceCode string

// The codes of problems with services.
const (
	HostNoService         HostServiceCode = "no_service"   // no service that is installed does some work
	HostServiceNotEnabled HostServiceCode = "not_enabled"  // a service is installed, and does not start at boot
	HostServiceMasked     HostServiceCode = "masked"       // systemd is told not to start it
	HostServiceNotRunning HostServiceCode = "not_running"  // it starts at boot, Xen runs, and it does not
	HostOtherTools        HostServiceCode = "other_tools"  // there are no tools for the running hypervisor
	HostNextTools         HostServiceCode = "next_tools"   // there are none for the hypervisor that boots next
	HostWrongOrder        HostServiceCode = "wrong_order"  // a service of xenpci may start too late
	HostInitUnknown       HostServiceCode = "init_unknown" // the init system is not known
	HostServicesUnread    HostServiceCode = "unread"       // the caller may not read which services there are
)

// HostServices returns which services of Xen and of xenpci the host starts, in which order, and
// what they do now. It runs no program and changes nothing. Below another root than / the state
// of services is that of the tree's own /run and /proc, and unknown without them.
func (v *View) HostServices() HostServices {
	running := hostboot.ReadRunning(v.fs, "")
	now := running.Release
	if running.Hypervisor != "xen" {
		now = ""
	}
	h := services.Read(v.fs, now, v.nextBoot().Release())
	shown := HostServices{
		Init: string(h.Init.Kind), Running: h.Init.Running, Evidence: append([]string{}, h.Init.Evidence...), Target: h.Target, Level: h.Level,
		Xen: now, NextXen: v.nextBoot().Release(),
		Tools: []XenTools{}, Services: []HostService{}, Programs: newHostPrograms(h.Programs), Problems: []HostServiceProblem{},
	}
	for _, t := range h.Tools {
		shown.Tools = append(shown.Tools, XenTools(t))
	}
	for _, s := range h.Services {
		shown.Services = append(shown.Services, HostService{s.Name, s.File, append([]string{}, s.Starts...), s.Masked, HostServiceState(s.State), newHostPrograms(s.Programs)})
	}
	for _, p := range h.Problems {
		shown.Problems = append(shown.Problems, HostServiceProblem{HostServiceCode(p.Code), p.Service, p.Reason, p.Advice})
	}
	return shown
}

func newHostPrograms(all []services.Process) []HostProgram {
	shown := []HostProgram{}
	for _, p := range all {
		shown = append(shown, HostProgram{string(p.Program), p.PID})
	}
	return shown
}
