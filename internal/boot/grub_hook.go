package boot

import (
	"path"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// grubHook is a script that grub-mkconfig runs after all others, whether it was
// started by an update of GRUB or of a kernel, or by a person.
const grubHook = "/etc/grub.d/99_xenpci"

// grubHookChange returns the change of the script.
func grubHookChange(h *Host, value string, on bool) (change.Change, error) {
	return whole(h.FS, grubHook, grubHookText(value), 0o755, on && h.FS.Exists(path.Dir(grubHook)))
}

// grubHookText returns the script. It checks the setting from which 20_linux_xen has
// just made the entries with Xen, and which grub-mkconfig exports: another file of
// settings may have changed it after ours. Its standard output would become part of
// the menu, so it prints to standard error. It never stops grub-mkconfig.
func grubHookText(value string) []byte {
	const key = pciback.HideKey + "="
	return []byte(`#!/bin/sh
` + mark + `# Reports if the entries that were just generated do not hide the devices.
set -f
hides=nothing
for word in $GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT; do
	case $word in
	` + key + `*) hides=${word#*=} ;;
	esac
done
if [ "$hides" != '` + value + `' ]; then
	echo "xenpci: the entries with Xen hide $hides instead of ` + value + `; run 'xenpci boot enable'" >&2
fi
exit 0
`)
}
