package lspci

import (
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Modules returns a function that finds the modules of a modalias in the running kernel's
// indexes below root. It returns nil if they cannot be read; then the line with the modules
// is left out, as in lspci.
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
