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
