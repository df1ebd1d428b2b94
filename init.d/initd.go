// Package initd contains the shipped LSB scripts for sysvinit.
package initd

import (
	_ "embed" // the scripts are files of this folder

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/initscript"
)

var (
	//go:embed xenpci-early
	early string
	//go:embed xenpci
	late string
	//go:embed xenpcid
	daemon string
)

// Files returns the scripts, which call the program by its path. The error is a
// *brand.ProgramError.
func Files(program string) ([]initscript.File, error) {
	return brand.WithProgram([]initscript.File{
		{Path: "/etc/init.d/xenpci-early", Mode: 0o755, Text: early},
		{Path: "/etc/init.d/xenpci", Mode: 0o755, Text: late},
	}, program)
}

// Daemon returns the script of the daemon beside the program. The error is a
// *brand.ProgramError.
func Daemon(program string) ([]initscript.File, error) {
	return brand.WithProgram([]initscript.File{{Path: "/etc/init.d/xenpcid", Mode: 0o755, Text: daemon}}, program)
}
