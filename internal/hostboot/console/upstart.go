package console

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/pkg/initscript"
)

const (
	// jobLimit is how much of a job is read, in bytes.
	jobLimit = 256 << 10
	// mostJobs is how many jobs are read.
	mostJobs = 4096
)

// upstart looks for a job of the login. events is whether the jobs are in /etc/event.d.
func (r reader) upstart(events bool) Link {
	dir, suffix, dialect := "/etc/init", ".conf", initscript.InitConf
	if events {
		dir, suffix, dialect = "/etc/event.d", "", initscript.EventD
	}
	none := Link{State: Broken, Code: GettyMissing, Place: hostboot.Place{File: dir}, Reason: "no job starts a login on " + r.terminal(), Advice: "make the job " + path.Join(dir, hvc0+suffix)}
	names, _ := r.f.List(dir) // without it there are no jobs
	slices.Sort(names)
	for _, name := range names[:min(len(names), mostJobs)] {
		if path.Ext(name) != suffix {
			continue
		}
		file := path.Join(dir, name)
		text, err := r.f.Read(file, jobLimit)
		if err != nil {
			continue
		}
		job, err := initscript.ParseJob(string(text), dialect)
		if err != nil {
			continue // upstart does not take it either
		}
		line, command, tty := jobGetty(job, append(r.terminals(), Taken(r.next)...))
		place := hostboot.Place{File: file, Line: line}
		switch {
		case tty == "":
		case !slices.Contains(r.terminals(), tty):
			if none.Code == GettyMissing {
				none = Link{State: Broken, Code: GettyTaken, Place: place, Word: command, Reason: "the login is on " + tty + ", which Xen uses itself, and dom0 does not see", Advice: "write hvc0 in place of " + tty}
			}
		case len(job.StartEvents()) == 0 || r.manual(dir, name):
			none = Link{State: Broken, Code: GettyNotStarted, Place: place, Word: command, Reason: "no event starts the job", Advice: "add \"start on runlevel [2345]\""}
		default:
			return starts(place, command, "upstart starts a login on "+r.terminal())
		}
	}
	return none
}

// manual reports whether an override keeps upstart from starting a job.
func (r reader) manual(dir, name string) bool {
	text, err := r.f.Read(path.Join(dir, strings.TrimSuffix(name, ".conf")+".override"), jobLimit)
	return err == nil && slices.Contains(strings.Fields(string(text)), "manual")
}

// jobGetty returns the command of a job that runs a getty on one of some terminals, with its line,
// from 1. tty is "" if it runs none.
func jobGetty(job initscript.Job, ttys []string) (line int, command, tty string) {
	for _, s := range job.Stanzas {
		if len(s.Words) > 1 && (s.Words[0] == "exec" || s.Words[0] == "respawn") {
			if tty := runsGetty(s.Words[1:], ttys); tty != "" {
				return s.Line, strings.Join(s.Words[1:], " "), tty
			}
		}
		number := s.Line
		for text := range strings.Lines(s.Script) {
			number++
			text, _, _ = strings.Cut(text, "#")
			if tty := runsGetty(strings.Fields(text), ttys); tty != "" {
				return number, strings.TrimSpace(text), tty
			}
		}
	}
	return 0, "", ""
}
