package main

import (
	"os"
	"path/filepath"

	"github.com/xenpci/xenpci/test/mounts"
)

// showModules makes b.modules the /lib/modules of this thread and of the
// programs that it starts.
func (b tested) showModules() error {
	if err := mounts.Own(); err != nil {
		return err
	}
	if err := os.Mkdir(b.scratch(), 0o755); err != nil {
		return err
	}
	if err := mounts.Over(b.modules, "/lib/modules", b.scratch()); err != nil {
		return err
	}
	_, err := os.Stat(filepath.Join("/lib/modules", b.release, "modules.alias.bin"))
	return err
}

func (b tested) scratch() string { return filepath.Join(b.folder, "overlay") }
