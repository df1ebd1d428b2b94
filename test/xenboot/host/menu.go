package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/test/xenboot/root"
)

// grubConfig is the disk's own menu.
const grubConfig = "/boot/grub/grub.cfg"

// menu returns what GRUB on the CD goes on with.
func (h *Host) menu(ctx context.Context, entry Entry) (string, error) {
	text := "search --no-floppy --label --set=root " + root.Label + "\n" +
		"set prefix=($root)/boot/grub\n"
	if entry == Linux || entry == Recovery {
		config, err := h.Read(ctx, grubConfig)
		if err != nil {
			return "", err
		}
		where, ok := find(string(config), entry)
		if !ok {
			return "", fmt.Errorf("%s has no entry %s", grubConfig, entry)
		}
		// What grub-reboot has GRUB find in its environment.
		text += "set next_entry='" + where + "'\n"
	}
	return text + "configfile " + grubConfig + "\n", nil
}

// find returns where an entry is in a grub.cfg: its number, with those of the
// submenus that it is in before it. Names would not do: 10_linux and
// 20_linux_xen give theirs to submenus alike.
func find(config string, entry Entry) (string, bool) {
	path := []int{-1} // of the last entry or submenu that was opened at each depth
	for line := range strings.Lines(config) {
		line = strings.TrimSpace(line)
		switch submenu := strings.HasPrefix(line, "submenu "); {
		case submenu || strings.HasPrefix(line, "menuentry "):
			path[len(path)-1]++
			if !submenu && entry.matches(identifier(line)) {
				return strings.Trim(strings.ReplaceAll(fmt.Sprint(path), " ", ">"), "[]"), true
			}
			path = append(path, -1)
		case line == "}" && len(path) > 1:
			path = path[:len(path)-1]
		}
	}
	return "", false
}

// identifier returns the name that follows the option for it, at the end of the
// line that opens an entry.
func identifier(line string) string {
	const option = "$menuentry_id_option '"
	_, after, _ := strings.Cut(line, option)
	name, _, _ := strings.Cut(after, "'")
	return name
}

// matches says whether an entry has the name that GRUB's scripts give to this
// kind.
func (e Entry) matches(name string) bool {
	switch e {
	case Linux:
		return strings.HasPrefix(name, "gnulinux-simple-")
	case Recovery:
		return strings.HasPrefix(name, "xen-gnulinux-") && strings.Contains(name, "-recovery-")
	}
	return false
}
