// Package initramfs contains the shipped files for the programs that make initramfs
// images. With these files xenpci runs in the image before udev loads drivers.
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
	//go:embed mkinitcpio/install/xenpci
	buildHook string
	//go:embed mkinitcpio/hooks/xenpci
	earlyHook string
	//go:embed mkinitcpio/xenpci-initramfs.service
	unit string
)

// Mark is the file without which the hooks of initramfs-tools and dracut add nothing to an
// image: a package installs them where they run, whether the layer is enabled or not.
const Mark = "/etc/xenpci/initramfs"

// MarkText is what the file says to a reader.
const MarkText = "# While this file is there, the initramfs gets xenpci and the declared list.\n"

// Marked reports whether the hooks for a tool look for Mark. Those of other tools are named
// in the tool's settings.
func Marked(tool initramfs.Tool) bool {
	return tool == initramfs.InitramfsTools || tool == initramfs.Dracut
}

// Tools returns the tools that there are files for.
func Tools() []initramfs.Tool {
	return []initramfs.Tool{initramfs.InitramfsTools, initramfs.Dracut, initramfs.Mkinitfs, initramfs.Mkinitcpio}
}

// Files returns the files for one tool. They copy the program from its path into the
// image, and run it there.
//
// For mkinitfs, xenpci does not run in the image: the file only adds pciback, for
// the lines in modprobe.d. The feature "pciback" must be listed in
// /etc/mkinitfs/mkinitfs.conf. For mkinitcpio, the hook "xenpci" must be in HOOKS,
// before "udev" or after "systemd".
//
// The error is a *brand.ProgramError, or has initramfs.ErrTool in its chain.
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
	case initramfs.Mkinitcpio:
		files = []initscript.File{
			{Path: "/etc/initcpio/install/xenpci", Mode: 0o755, Text: buildHook},
			{Path: "/etc/initcpio/hooks/xenpci", Mode: 0o755, Text: earlyHook},
			{Path: "/etc/initcpio/xenpci-initramfs.service", Mode: 0o644, Text: unit},
		}
	default:
		return nil, fmt.Errorf("initramfs tool %q: %w", tool, initramfs.ErrTool)
	}
	return brand.WithProgram(files, program)
}
