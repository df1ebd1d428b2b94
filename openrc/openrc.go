// Package openrc holds the service scripts that are shipped for OpenRC.
package openrc

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
)

// Files are the scripts, which call the program by its path. The error is an
// *brand.ProgramError.
func Files(program string) ([]initscript.File, error) {
	return brand.WithProgram([]initscript.File{
		{Path: "/etc/init.d/xenpci-early", Mode: 0o755, Text: early},
		{Path: "/etc/init.d/xenpci", Mode: 0o755, Text: late},
	}, program)
}
