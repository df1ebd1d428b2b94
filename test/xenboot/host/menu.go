package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/test/xenboot/root"
)

// The disk's own menus.
const (
	grubConfig = "/boot/grub/grub.cfg"
	menuList   = "/boot/grub/menu.lst"
	bootConfig = "boot.cfg" // on the disk with the orders
)

// menus returns the files by which GRUB on the CD goes on, by their names on the
// disk with the orders.
func (h *Host) menus(ctx context.Context, entry Entry) (map[string]string, error) {
	const begin = "search --no-floppy --label --set=root " + root.Label + "\n" +
		"set prefix=($root)/boot/grub\n"
	switch {
	case entry == Bare:
		return nil, nil
	case h.root.Variant.UEFI():
		if entry != Default {
			return nil, fmt.Errorf("xen.efi is not told to boot the entry %s", entry)
		}
		return nil, nil
	case h.root.Variant.Loader == "menu.lst":
		return h.legacyMenus(ctx, entry, begin)
	case entry == Default:
		return map[string]string{bootConfig: begin + "configfile " + grubConfig + "\n"}, nil
	}
	config, err := h.Read(ctx, grubConfig)
	if err != nil {
		return nil, err
	}
	where, ok := find(string(config), entry)
	if !ok {
		return nil, fmt.Errorf("%s has no entry %s", grubConfig, entry)
	}
	// What grub-reboot has GRUB find in its environment; only what is exported
	// gets into another file. The block of an earlier choice has it too, as nothing,
	// and is read behind ours.
	choice := "set next_entry='" + where + "'\nexport next_entry\n" +
		"if [ -s $prefix/grubenv ]; then save_env next_entry; fi\n"
	return map[string]string{bootConfig: begin + choice + "configfile " + grubConfig + "\n"}, nil
}

// legacyMenus returns the files for a disk with a menu.lst. As nothing can be
// said to that from outside, another entry takes a copy with another default.
func (h *Host) legacyMenus(ctx context.Context, entry Entry, begin string) (map[string]string, error) {
	// GRUB of old inflates by itself.
	begin += "insmod gzio\n"
	number, ok := map[Entry]string{Recovery: "1", Linux: "2"}[entry]
	if !ok {
		return map[string]string{bootConfig: begin + "legacy_configfile " + menuList + "\n"}, nil
	}
	list, err := h.Read(ctx, menuList)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		bootConfig: "set orders=$root\n" + begin + "legacy_configfile ($orders)/menu.lst\n",
		"menu.lst": strings.Replace(string(list), "default 0\n", "default "+number+"\n", 1),
	}, nil
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

// matches reports whether an entry has the name that GRUB's scripts give to this
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
