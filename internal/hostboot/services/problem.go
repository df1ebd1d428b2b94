package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// Code says what a problem is about.
type Code string

// The codes.
const (
	NoService   Code = "no_service"   // no service that is installed does this work
	NotEnabled  Code = "not_enabled"  // a service is installed, and the init system does not start it
	Masked      Code = "masked"       // systemd is told not to start it
	NotRunning  Code = "not_running"  // it starts at boot, Xen runs, and it does not
	OtherTools  Code = "other_tools"  // there are no tools for the running hypervisor
	NextTools   Code = "next_tools"   // there are none for the hypervisor that boots next
	WrongOrder  Code = "wrong_order"  // a service of xenpci starts too late, or nothing orders it
	InitUnknown Code = "init_unknown" // the init system is not known, so its services are not either
	Unread      Code = "unread"       // the caller may not read which services there are
)

// Problem is something that keeps guests from starting, or their devices from being hidden first.
type Problem struct {
	Code    Code
	Service string // its name; "" if it is about no single one
	Reason  string
	Advice  string
}

// problems finds what is missing.
func (h Host) problems(f sysfs.FS, now, next string) (all []Problem) {
	if err := denied(f); err != nil { // what was not found may be there
		return append(h.releases(now, next), Problem{Code: Unread, Reason: err.Error() + ", so it is not known which services start", Advice: "run it as root"})
	}
	if h.Init.Kind == initscript.Unknown {
		return append(h.releases(now, next), Problem{Code: InitUnknown, Reason: "the init system is not known, so the services that it starts are not known either"})
	}
	for _, work := range [...]Work{StartStore, StartConsole, PrepareDom0} {
		if work == StartStore && storeDomain(f) {
			continue
		}
		if p, ok := h.undone(work, now != ""); ok && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	all = append(all, h.releases(now, next)...)
	for _, o := range initscript.Order(f.Root(), h.Init, h.ours()...) {
		if o.Late && h.starts(o.Other) {
			all = append(all, Problem{WrongOrder, o.Ours, fmt.Sprintf("it has to start before %s, and nothing makes it: %s", o.Other, o.Why), "run 'xenpci boot refresh'"})
		}
	}
	return all
}

// ours returns the services of xenpci that are to come before Xen's.
func (h Host) ours() (names []string) {
	for _, s := range h.Services {
		if s.Name == "xenpci" || s.Name == "xenpci-early" {
			names = append(names, s.Name)
		}
	}
	return names
}

// starts reports whether a service starts at boot.
func (h Host) starts(name string) bool {
	return slices.ContainsFunc(h.Services, func(s Service) bool { return s.Name == name && len(s.Starts) > 0 && !s.Masked })
}

// undone reports a work that no service does.
func (h Host) undone(work Work, xen bool) (p Problem, undone bool) {
	var installed *Service
	for i, s := range h.Services {
		if !slices.Contains(kindOf(s.Name).does, work) {
			continue
		}
		if len(s.Starts) > 0 && !s.Masked {
			if xen && s.State == Stopped {
				reason := "it starts at boot, and does not run now"
				if len(s.Gone) > 0 {
					reason = "it was started, and does not run any more: " + prose.List(s.Gone)
				}
				return Problem{NotRunning, s.Name, reason, "look into its log, and start it"}, true
			}
			return Problem{}, false
		}
		if installed == nil {
			installed = &h.Services[i]
		}
	}
	switch {
	case installed == nil && work == PrepareDom0:
		return Problem{}, false // the others did that until Xen 4.4
	case installed == nil:
		return Problem{Code: NoService, Reason: "no service is installed that starts " + string(work), Advice: "install Xen's tools"}, true
	case installed.Masked:
		return Problem{Masked, installed.Name, installed.File + " is masked, and nothing else does its work: no guest can start", "run 'systemctl unmask " + installed.Name + ".service'"}, true
	}
	return Problem{NotEnabled, installed.Name, "it is installed, and does not start at boot: no guest can start", h.enable(installed.Name)}, true
}

// enable returns what makes a service start at boot.
func (h Host) enable(name string) string {
	switch h.Init.Kind {
	case initscript.Systemd:
		return "run 'systemctl enable " + name + ".service'"
	case initscript.OpenRC:
		return "run 'rc-update add " + name + " default'"
	case initscript.SysV:
		return "run 'update-rc.d " + name + " defaults', 'chkconfig " + name + " on' or 'insserv " + name + "'"
	case initscript.Upstart, initscript.Unknown:
	}
	return ""
}

// releases reports tools of another release than the hypervisor. Those of Xen 3 do not show
// theirs.
func (h Host) releases(now, next string) (all []Problem) {
	if len(h.Tools) == 0 {
		return nil
	}
	var have []string
	for _, t := range h.Tools {
		have = append(have, t.Release)
	}
	now, next = short(now), short(next)
	lack := func(release string) bool { return strings.HasPrefix(release, "4.") && !slices.Contains(have, release) }
	tools := strings.Join(have, " and ")
	if lack(now) {
		all = append(all, Problem{Code: OtherTools, Reason: fmt.Sprintf("Xen %s runs, and the tools are for %s: they cannot manage its guests", now, tools), Advice: "install the tools of Xen " + now + ", or boot Xen " + have[len(have)-1]})
	}
	if next != now && lack(next) {
		all = append(all, Problem{Code: NextTools, Reason: fmt.Sprintf("Xen %s boots next, and the tools are for %s: no guest would start", next, tools), Advice: "install the tools of Xen " + next + " before you reboot"})
	}
	return all
}
