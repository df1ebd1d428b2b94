// Package upstart contains the shipped jobs for upstart.
package upstart

import (
	_ "embed" // the jobs are files of this folder

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

var (
	//go:embed event.d/xenpci
	event string
	//go:embed init/xenpci-early.conf
	early string
	//go:embed init/xenpci.conf
	late string
	//go:embed event.d/xenpcid
	eventDaemon string
	//go:embed init/xenpcid.conf
	daemon string
)

// Files returns the jobs of a dialect, which call the program by its path. The
// error is a *brand.ProgramError.
//
// EventD has no early job: on systems with it, the scripts of /etc/rcS.d start
// udev.
func Files(dialect initscript.Dialect, program string) ([]initscript.File, error) {
	if dialect == initscript.EventD {
		return brand.WithProgram([]initscript.File{{Path: "/etc/event.d/xenpci", Mode: 0o644, Text: event}}, program)
	}
	return brand.WithProgram([]initscript.File{
		{Path: "/etc/init/xenpci-early.conf", Mode: 0o644, Text: early},
		{Path: "/etc/init/xenpci.conf", Mode: 0o644, Text: late},
	}, program)
}

// Daemon returns the job of the daemon beside the program, in a dialect. The error is a
// *brand.ProgramError.
func Daemon(dialect initscript.Dialect, program string) ([]initscript.File, error) {
	file := initscript.File{Path: "/etc/init/xenpcid.conf", Mode: 0o644, Text: daemon}
	if dialect == initscript.EventD {
		file = initscript.File{Path: "/etc/event.d/xenpcid", Mode: 0o644, Text: eventDaemon}
	}
	return brand.WithProgram([]initscript.File{file}, program)
}
