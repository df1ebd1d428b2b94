package passthrough

import "github.com/xenpci/xenpci/internal/initramfs"

// Tool is a program that makes initramfs images, by the name of its project.
type Tool string

// The tools.
const (
	ToolInitramfsTools Tool = "initramfs_tools" // Debian and its derivatives
	ToolDracut         Tool = "dracut"          // Fedora, SUSE, and others
	ToolMkinitfs       Tool = "mkinitfs"        // Alpine
	ToolMkinitcpio     Tool = "mkinitcpio"      // Arch
	ToolBooster        Tool = "booster"
)

// String returns its name as the project writes it: "initramfs-tools".
func (t Tool) String() string {
	if t == ToolInitramfsTools {
		return string(initramfs.InitramfsTools)
	}
	return string(t)
}

func newTool(t initramfs.Tool) Tool {
	if t == initramfs.InitramfsTools {
		return ToolInitramfsTools
	}
	return Tool(t)
}
