package outside

import "github.com/xenpci/xenpci/pkg/initscript"

// Initscript are the functions of pkg/initscript.
var (
	_ func(root string) initscript.Init                                                                        = initscript.Detect
	_ func(root string, init initscript.Init, files []initscript.File, programs bool) (initscript.Plan, error) = initscript.Enable
	_ func(root string, init initscript.Init, ours ...string) []initscript.Ordering                            = initscript.Order
	_ func(root string) []initscript.RunlevelLink                                                              = initscript.RunlevelLinks
	_ func(root, name string, script initscript.Script) ([]initscript.Link, error)                             = initscript.RunlevelLinksFor
	_ func(root, name string) string                                                                           = initscript.ScriptTarget
	_ func(root string) []string                                                                               = initscript.BootRunlevels
	_ func(root, name string) (initscript.Unit, bool)                                                          = initscript.FindUnit
	_ func(root, name string) (string, bool)                                                                   = initscript.Masked
	_ func(root string, init initscript.Init) string                                                           = initscript.DefaultTarget
	_ func(root string, init initscript.Init) string                                                           = initscript.RunningLevel
	_ func(root string, init initscript.Init, names ...string) []initscript.Service                            = initscript.Services
)
