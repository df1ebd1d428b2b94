package boot

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// menuListChange puts the argument into every stanza of dom0 in menu.lst, and into
// the comment from which Debian's old update-grub makes stanzas. With on false it
// restores what was there before.
func menuListChange(h *Host, value string, on bool) (change.Change, error) {
	name := menuFile(h)
	before, touched, err := change.Backup(h.FS, brand.Hiding, name)
	if err != nil {
		return change.Change{}, err
	}
	return edited(h.FS, name, on, func(old []byte) ([]byte, error) {
		content := old // without a backup, an argument that is there is somebody else's
		var err error
		switch {
		case on && touched:
			content, err = withOurs(old, before, hideKey(h), value)
		case on:
			content, err = withOurs(old, old, hideKey(h), value)
		case touched:
			content, err = withoutOurs(old, before, hideKey(h))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return content, nil
	})
}

// stanza identifies a stanza by its title, and by how many of that title come before
// it. The title "" stands for update-grub's option.
type stanza struct {
	title string
	nth   int
}

// withOurs has every stanza hide the devices. The error is also that this could not
// be taken back.
func withOurs(now, before []byte, key, value string) ([]byte, error) {
	content, err := editMenuList(now, func(stanza) grub.Operation { return grub.SetKey(key, value) })
	if err != nil {
		return nil, err
	}
	_, err = withoutOurs(content, before, key)
	return content, err
}

// withoutOurs gives each stanza the value that it had before xenpci edited it, and
// none to a stanza that was not there. If nobody else has changed the file since,
// the result is the old file to the byte.
func withoutOurs(now, before []byte, key string) ([]byte, error) {
	remove := func(stanza) grub.Operation { return grub.RemoveKey(key) }
	bareNow, err := editMenuList(now, remove)
	if err != nil {
		return nil, err
	}
	if bareBefore, err := editMenuList(before, remove); err == nil && bytes.Equal(bareNow, bareBefore) {
		return before, nil
	}
	former := map[stanza]string{}
	_, err = editMenuListWith(before, func(s stanza, line grub.CommandLine) grub.Operation {
		if value, had := line.Value(key); had {
			former[s] = value
		}
		return grub.RemoveKey(key)
	})
	if err != nil {
		return nil, err
	}
	return editMenuList(now, func(s stanza) grub.Operation {
		if value, had := former[s]; had {
			return grub.SetKey(key, value)
		}
		return grub.RemoveKey(key)
	})
}

// editMenuList edits the arguments of dom0 in each stanza that boots it, and in
// update-grub's option.
func editMenuList(content []byte, operation func(stanza) grub.Operation) ([]byte, error) {
	return editMenuListWith(content, func(s stanza, _ grub.CommandLine) grub.Operation { return operation(s) })
}

// editMenuListWith is editMenuList with an operation that depends on the arguments.
func editMenuListWith(content []byte, operation func(stanza, grub.CommandLine) grub.Operation) ([]byte, error) {
	menu := grub.ParseMenuList(content)
	var edits []edit.Edit
	titles := map[string]int{}
	for _, i := range menu.Dom0Stanzas() {
		s := menu.Stanzas[i]
		xen, _ := s.Xen()
		e, err := menu.EditDom0(i, operation(stanza{s.Title, titles[s.Title]}, xen.Dom0.Arguments))
		if err != nil {
			return nil, fmt.Errorf("the entry %q: %w", s.Title, err)
		}
		titles[s.Title]++
		edits = append(edits, e)
	}
	if value, _, ok := menu.Option(grub.OptionXenKernel); ok && menu.Automagic() {
		e, err := menu.EditOption(grub.OptionXenKernel, operation(stanza{}, grub.ParseCommandLine(value)))
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return applyAll(content, edits)
}

// applyAll makes all edits of one content at once, each of other lines. Making them
// one after the other would take quadratic time.
func applyAll(content []byte, edits []edit.Edit) ([]byte, error) {
	slices.SortFunc(edits, func(a, b edit.Edit) int { return a.Offset - b.Offset })
	var edited []byte
	at := 0
	for _, e := range edits {
		switch {
		case e.Empty():
			continue
		case e.Offset < at: // update-grub's option is joined to a line of a stanza
			return nil, fmt.Errorf("byte %d is part of two lines that would both have to be edited", e.Offset)
		}
		edited = append(append(edited, content[at:e.Offset]...), e.New...)
		at = e.Offset + len(e.Old)
	}
	return append(edited, content[at:]...), nil
}
