package boot

import (
	"context"
	"path"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// triggers is the name of the scripts that look again after an update. They are
// there when any layer is, and no layer of their own.
const triggers Name = "triggers"

// triggerFiles are scripts that are run by who installs kernels, images and
// boot loaders: on Debian behind zz-update-grub, on systems with kernel-install
// behind everything.
var triggerFiles = [...]string{
	"/etc/kernel/postinst.d/zzz-xenpci",
	"/etc/initramfs/post-update.d/zzz-xenpci",
	"/etc/kernel/install.d/99-xenpci.install",
}

// triggersLayer looks after each update of a kernel or an image whether the next
// boot hides the devices still. It says what is wrong and stops no update.
type triggersLayer struct{}

func (triggersLayer) name() Name { return triggers }

func (triggersLayer) files(h *Host, _ []Device, on bool) ([]change.Change, error) {
	script := initscript.File{Mode: 0o755, Text: `#!/bin/sh
` + mark + `# Says whether the devices are hidden at the next boot still. An update goes on
# whatever this finds.
program=` + brand.Program + `
if [ -x "$program" ]; then
	"$program" verify --next >&2 || :
fi
exit 0
`}
	if on {
		files, err := brand.WithProgram([]initscript.File{script}, h.Program)
		if err != nil {
			return nil, err
		}
		script = files[0]
	}
	var changes []change.Change
	for _, name := range triggerFiles {
		c, err := whole(h.FS, name, []byte(script.Text), script.Mode, on && h.FS.Exists(path.Dir(name)))
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (triggersLayer) commands(*Host, []Device, bool) []change.Command { return nil }

func (l triggersLayer) check(_ context.Context, h *Host, devices []Device) []error {
	return h.checkFiles(l, devices)
}
