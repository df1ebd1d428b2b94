package boot

import (
	"path"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// grubHook is a script that grub-mkconfig runs behind its own, whoever calls it:
// an update of GRUB, of a kernel, or a person.
const grubHook = "/etc/grub.d/99_xenpci"

// grubHookChange is that of the script.
func grubHookChange(h *Host, value string, on bool) (change.Change, error) {
	return whole(h.FS, grubHook, grubHookText(value), 0o755, on && h.FS.Exists(path.Dir(grubHook)))
}

// grubHookText looks at the setting that 20_linux_xen, which ran before, made the
// entries with Xen of; grub-mkconfig exports it. Another file of settings may
// have another word after ours. What the script printed would be in the menu, so
// it speaks on standard error, and grub-mkconfig goes on whatever it finds.
func grubHookText(value string) []byte {
	const key = pciback.HideKey + "="
	return []byte(`#!/bin/sh
` + mark + `# Says whether the entries that were just generated hide the devices still.
set -f
hides=nothing
for word in $GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT; do
	case $word in
	` + key + `*) hides=${word#*=} ;;
	esac
done
if [ "$hides" != '` + value + `' ]; then
	echo "xenpci: the entries with Xen hide $hides, and not ` + value + `; 'xenpci boot enable' mends that, or says why it cannot" >&2
fi
exit 0
`)
}
