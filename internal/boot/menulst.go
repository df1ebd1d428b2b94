package boot

import (
	"bytes"
	"fmt"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
)

// menuListChange puts the argument into every stanza of dom0 in menu.lst, and
// into the comment that Debian's update-grub of old makes stanzas from. Going,
// it leaves what stood there before xenpci came.
func menuListChange(h *Host, value string, on bool) (Change, error) {
	before, touched, err := etc.Backup(h.FS, h.Loader.Config)
	if err != nil {
		return Change{}, err
	}
	return edited(h.FS, h.Loader.Config, func(old []byte) ([]byte, error) {
		switch {
		case on:
			return editMenuList(old, func(string) grub.Edit { return grub.SetKey(hideKey(h), value) })
		case !touched:
			return old, nil // an argument that is there is somebody else's
		}
		return withoutOurs(old, before, hideKey(h))
	})
}

// withoutOurs gives each stanza the value that it had before xenpci came, and
// none to one that was not there. Where nobody else has changed the file since,
// it is that of before, to the byte.
func withoutOurs(now, before []byte, key string) ([]byte, error) {
	remove := func(string) grub.Edit { return grub.RemoveKey(key) }
	bareNow, err := editMenuList(now, remove)
	if err != nil {
		return nil, err
	}
	if bareBefore, err := editMenuList(before, remove); err == nil && bytes.Equal(bareNow, bareBefore) {
		return before, nil
	}
	former := map[string]string{}
	menu := grub.ParseMenuList(before)
	for _, i := range menu.Dom0Stanzas() {
		if xen, ok := menu.Stanzas[i].Xen(); ok {
			if value, had := xen.Dom0.Arguments.Value(key); had {
				former[menu.Stanzas[i].Title] = value
			}
		}
	}
	if value, _, ok := menu.Option(grub.OptionXenKernel); ok {
		if value, had := grub.ParseCommandLine(value).Value(key); had {
			former[""] = value
		}
	}
	return editMenuList(now, func(title string) grub.Edit {
		if value, had := former[title]; had {
			return grub.SetKey(key, value)
		}
		return grub.RemoveKey(key)
	})
}

// editMenuList edits the arguments of dom0 in each stanza that edit is asked
// for, by its title, and in update-grub's option, by the title "".
func editMenuList(content []byte, edit func(title string) grub.Edit) ([]byte, error) {
	menu := grub.ParseMenuList(content)
	for _, i := range menu.Dom0Stanzas() {
		s := menu.Stanzas[i]
		change, err := menu.EditDom0(i, edit(s.Title))
		if err != nil {
			return nil, fmt.Errorf("the entry %q: %w", s.Title, err)
		}
		if content, err = change.Apply(content); err != nil {
			return nil, err
		}
		menu = grub.ParseMenuList(content)
	}
	if _, _, ok := menu.Option(grub.OptionXenKernel); !ok || !menu.Automagic() {
		return content, nil
	}
	change, err := menu.EditOption(grub.OptionXenKernel, edit(""))
	if err != nil {
		return nil, err
	}
	return change.Apply(content)
}
