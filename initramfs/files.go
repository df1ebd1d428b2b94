// Package initramfs holds the files that are shipped for the programs that make
// initramfs images: by them the program runs in the image before udev looks for
// drivers.
package initramfs

import (
	_ "embed" // they are files of this folder
	"fmt"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/pkg/initscript"
)

var (
	//go:embed initramfs-tools/hooks/xenpci
	hook string
	//go:embed initramfs-tools/scripts/init-top/00xenpci
	initTop string
	//go:embed dracut/90xenpci/module-setup.sh
	moduleSetup string
	//go:embed dracut/90xenpci/xenpci-pre-udev.sh
	preUdev string
	//go:embed mkinitfs/pciback.modules
	modules string
)

// Tools are those that there are files for.
func Tools() []initramfs.Tool {
	return []initramfs.Tool{initramfs.InitramfsTools, initramfs.Dracut, initramfs.Mkinitfs}
}

// Files are the files for one tool, which take the program along from its path
// and call it there.
//
// With mkinitfs no program of ours runs in the image: its file only takes
// pciback along, for what modprobe.d says, and the feature "pciback" has to be
// named in /etc/mkinitfs/mkinitfs.conf.
//
// The error is an *brand.ProgramError, or has initramfs.ErrTool in its
// chain.
func Files(tool initramfs.Tool, program string) ([]initscript.File, error) {
	var files []initscript.File
	switch tool {
	case initramfs.InitramfsTools:
		files = []initscript.File{
			{Path: "/etc/initramfs-tools/hooks/xenpci", Mode: 0o755, Text: hook},
			{Path: "/etc/initramfs-tools/scripts/init-top/00xenpci", Mode: 0o755, Text: initTop},
		}
	case initramfs.Dracut:
		files = []initscript.File{
			{Path: "/usr/lib/dracut/modules.d/90xenpci/module-setup.sh", Mode: 0o755, Text: moduleSetup},
			{Path: "/usr/lib/dracut/modules.d/90xenpci/xenpci-pre-udev.sh", Mode: 0o755, Text: preUdev},
		}
	case initramfs.Mkinitfs:
		files = []initscript.File{{Path: "/etc/mkinitfs/features.d/pciback.modules", Mode: 0o644, Text: modules}}
	default:
		return nil, fmt.Errorf("initramfs tool %q: %w", tool, initramfs.ErrTool)
	}
	return brand.WithProgram(files, program)
}
