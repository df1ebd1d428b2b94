package lspci

import (
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Modules returns the function that finds the modules of a modalias in the
// running kernel's indexes below root. It is nil where they cannot be read: then
// their line is left out, as lspci does.
func Modules(root string) func(modalias string) []string {
	kernel, err := kmod.Running(sysfs.New(root))
	if err != nil {
		return nil
	}
	aliases, err := kernel.Aliases()
	if err != nil {
		return nil
	}
	return aliases.Modules
}
