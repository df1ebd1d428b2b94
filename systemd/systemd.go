// Package systemd contains the shipped units: one that runs early, one before the
// guests, and one that verifies at the end of the boot.
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
