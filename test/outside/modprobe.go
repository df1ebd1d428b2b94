package outside

import "github.com/xenpci/xenpci/pkg/modprobe"

// Modprobe are the functions of pkg/modprobe.
var (
	_ func(system modprobe.System) *modprobe.Config = modprobe.Read
	_ func(root string) []modprobe.Directive        = modprobe.Aliases
	_ func(root string) bool                        = modprobe.OldTools
)
