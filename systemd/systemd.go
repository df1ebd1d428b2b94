// Package systemd contains the shipped units: one that runs early, one before the
// guests, one that verifies at the end of the boot, and those of the daemon.
package systemd

import (
	_ "embed" // the units are files of this folder

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

var (
	//go:embed xenpci-early.service
	early string
	//go:embed xenpci.service
	late string
	//go:embed xenpci-verify.service
	verify string
	//go:embed xenpcid.service
	daemon string
	//go:embed xenpcid.socket
	daemonSocket string
	//go:embed xenpcid-uevent.socket
	daemonUevents string
)

// Files returns the units, which call the program by its path. The error is a
// *brand.ProgramError.
func Files(program string) ([]initscript.File, error) {
	return brand.WithProgram([]initscript.File{
		{Path: "/etc/systemd/system/xenpci-early.service", Mode: 0o644, Text: early},
		{Path: "/etc/systemd/system/xenpci.service", Mode: 0o644, Text: late},
		{Path: "/etc/systemd/system/xenpci-verify.service", Mode: 0o644, Text: verify},
	}, program)
}

// Daemon returns the units of the daemon beside the program, and its sockets. The error
// is a *brand.ProgramError.
func Daemon(program string) ([]initscript.File, error) {
	return brand.WithProgram([]initscript.File{
		{Path: "/etc/systemd/system/xenpcid.socket", Mode: 0o644, Text: daemonSocket},
		{Path: "/etc/systemd/system/xenpcid-uevent.socket", Mode: 0o644, Text: daemonUevents},
		{Path: "/etc/systemd/system/xenpcid.service", Mode: 0o644, Text: daemon},
	}, program)
}
