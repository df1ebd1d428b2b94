package boot

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/edit"
	"github.com/xenpci/xenpci/pkg/grub"
)

// target is which arguments are edited in place: the zero value are those of dom0's kernel in the
// normal entries.
type target struct {
	xen      bool // the hypervisor's
	recovery bool // in the entries for recovery too
}

// inPlace edits the arguments of a target in the entries of a file of the boot loader
// that no program makes. Every other byte stays.
type inPlace func(content []byte, operation func(title, grub.CommandLine) grub.Operation) ([]byte, error)

// title identifies an entry by its title, and by how many of that title come before it.
type title struct {
	text     string
	nth      int
	recovery bool
}

// inOrder returns the titles of a map by their text, and those with the same text as they are in
// the file.
func inOrder[V any](all map[title]V) []title {
	return slices.SortedFunc(maps.Keys(all), func(a, b title) int {
		return cmp.Or(strings.Compare(a.text, b.text), a.nth-b.nth)
	})
}

// titles counts the titles that were seen.
type titles map[string]int

func (t *titles) next(text string, recovery bool) title {
	if *t == nil {
		*t = titles{}
	}
	(*t)[text]++
	return title{text: text, nth: (*t)[text] - 1, recovery: recovery}
}

// change returns the change by which every entry of the file hides the devices, or with on
// false has the argument that it had before.
func (edit inPlace) change(h *Host, name, value string, on bool) (change.Change, error) {
	before, touched, err := change.Backup(h.FS, brand.Hiding, name)
	if err != nil {
		return change.Change{}, err
	}
	return edited(h.FS, name, on, func(old []byte) ([]byte, error) {
		content := old // without a backup, an argument that is there is somebody else's
		var err error
		switch {
		case on && touched:
			content, err = edit.withOurs(old, before, hideKey(h), value)
		case on:
			content, err = edit.withOurs(old, old, hideKey(h), value)
		case touched:
			content, err = edit.withoutOurs(old, before, hideKey(h))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return content, nil
	})
}

// withOurs has every entry hide the devices. The error is also that this could not
// be taken back.
func (edit inPlace) withOurs(now, before []byte, key, value string) ([]byte, error) {
	content, err := edit(now, func(title, grub.CommandLine) grub.Operation { return grub.SetKey(key, value) })
	if err != nil {
		return nil, err
	}
	_, err = edit.withoutOurs(content, before, key)
	return content, err
}

// withoutOurs gives each entry the value that it had before xenpci edited it, and
// none to an entry that was not there. If nobody else has changed the file since,
// the result is the old file to the byte.
func (edit inPlace) withoutOurs(now, before []byte, key string) ([]byte, error) {
	remove := func(title, grub.CommandLine) grub.Operation { return grub.RemoveKey(key) }
	bareNow, err := edit(now, remove)
	if err != nil {
		return nil, err
	}
	if bareBefore, err := edit(before, remove); err == nil && bytes.Equal(bareNow, bareBefore) {
		return before, nil
	}
	former := map[title]string{}
	_, err = edit(before, func(t title, line grub.CommandLine) grub.Operation {
		if value, had := line.Value(key); had {
			former[t] = value
		}
		return grub.RemoveKey(key)
	})
	if err != nil {
		return nil, err
	}
	return edit(now, func(t title, _ grub.CommandLine) grub.Operation {
		if value, had := former[t]; had {
			return grub.SetKey(key, value)
		}
		return grub.RemoveKey(key)
	})
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
