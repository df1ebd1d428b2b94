package boot

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/syslinux"
)

// wordsFile is a file of the boot loader whose entries are edited in place.
type wordsFile struct {
	name string
	edit func(target) inPlace
}

// wordsFiles returns the files whose entries an edit is about.
func (h *Host) wordsFiles(e WordEdit) (files []wordsFile, err error) {
	l := h.Loader
	switch l.Kind {
	case GRUBLegacy:
		files = append(files, wordsFile{l.Config, func(t target) inPlace { return t.menuList }})
	case GRUB2:
		content, _, err := etc.Read(h.FS, l.Config)
		if err != nil {
			return nil, err
		}
		if comment := madeBy(content); comment != "" {
			return nil, &ByHandError{
				fmt.Sprintf("%s was made by a program that xenpci does not know (%q)", l.Config, comment),
				"the settings of that program (on NixOS: virtualisation.xen.boot.params for Xen, and boot.kernelParams for dom0)",
			}
		}
		files = append(files, wordsFile{l.Config, func(t target) inPlace { return t.grubConfig }})
	case Syslinux:
		content, _, err := etc.Read(h.FS, l.Config)
		if err != nil {
			return nil, err
		}
		if syslinux.Parse(content).Included {
			return nil, &ByHandError{l.Config + " includes other files, in which xenpci does not look for entries", h.linesByHand(e)}
		}
		files = append(files, wordsFile{l.Config, func(t target) inPlace { return t.syslinuxConfig }})
	case XenEFI:
		for _, file := range l.Files {
			files = append(files, wordsFile{file.Name, func(t target) inPlace { return t.xenConfig(file.Section) }})
		}
	}
	return files, nil
}

// planInPlace plans an edit of the words in the entries themselves.
func (h *Host) planInPlace(e WordEdit) (p WordPlan, err error) {
	files, err := h.wordsFiles(e)
	if err != nil {
		return p, err
	}
	if p.Now, err = h.sample(e.Xen); err != nil {
		return p, err
	}
	p.Want = p.Now
	for _, file := range files {
		c, err := h.editWords(file, e, &p)
		if err == nil {
			err = p.Add(c)
		}
		if err != nil {
			return p, fmt.Errorf("%s: %w", file.name, err)
		}
	}
	return p, nil
}

// sample returns the words of the entry that boots by default, or else of the first one that is
// not for recovery.
func (h *Host) sample(xen bool) ([]string, error) {
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return e.Recovery })
	slices.SortStableFunc(entries, func(a, b Entry) int {
		switch {
		case a.Default == b.Default:
			return 0
		case a.Default:
			return -1
		}
		return 1
	})
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s: no normal entry boots Xen", h.Loader.Config)
	}
	if xen {
		return wordsOf(entries[0].Hypervisor.Arguments), nil
	}
	return wordsOf(entries[0].Dom0), nil
}

// editWords returns the change of a file. The words that the sample has then are noted in p.
func (h *Host) editWords(file wordsFile, e WordEdit, p *WordPlan) (change.Change, error) {
	before, touched, err := change.Backup(h.FS, brand.Words, file.name)
	if err != nil {
		return change.Change{}, err
	}
	on := false
	c, err := h.view().Edit(brand.Words, file.name, true, func(old []byte) (content []byte, err error) {
		if !touched {
			before = old
		}
		content, on, err = file.changed(e, old, before, p)
		return content, err
	})
	if !on {
		c.With, c.Without = nil, []change.Kind{brand.Words}
	}
	return c, err
}

// changed returns the content after an edit, and whether words are left in it that xenpci set.
// before is the content without any.
func (file wordsFile) changed(e WordEdit, old, before []byte, p *WordPlan) (content []byte, on bool, err error) {
	edit := file.edit(target{xen: e.Xen, recovery: true})
	former, err := edit.words(before)
	if err != nil {
		return nil, false, err
	}
	ours, err := edit.unsetOurs(e, old, former)
	if err != nil {
		return nil, false, err
	}
	content, err = edit(old, func(t title, _ grub.CommandLine) grub.Operation {
		if t.recovery && !e.Recovery {
			return grub.Operation{}
		}
		return grub.Rewrite(func(words []string) ([]string, error) {
			keep := slices.DeleteFunc(slices.Clone(ours), func(w string) bool { return !slices.Contains(former[t], w) })
			want, err := e.Apply(words, former[t], keep...)
			if err == nil && slices.Equal(words, p.Now) {
				p.Want = want
			}
			return want, err
		})
	})
	if err != nil {
		return nil, false, err
	}
	if on, err = file.differ(content, before); err != nil || on {
		return content, on, err
	}
	return restored(content, before), false, nil
}

// unsetOurs returns the words that the edit removes and that xenpci set in some entry: an entry
// that had such a word before keeps it.
func (edit inPlace) unsetOurs(e WordEdit, old []byte, former map[title][]string) (ours []string, err error) {
	now, err := edit.words(old)
	for t, words := range now {
		before, there := former[t]
		if !there || t.recovery && !e.Recovery {
			continue
		}
		for _, w := range e.Unsets(words) {
			if !slices.Contains(before, w) {
				ours = append(ours, w)
			}
		}
	}
	return ours, err
}

// words returns the words of each entry.
func (edit inPlace) words(content []byte) (map[title][]string, error) {
	all := map[title][]string{}
	_, err := edit(content, func(t title, line grub.CommandLine) grub.Operation {
		all[t] = wordsOf(line)
		return grub.Operation{}
	})
	return all, err
}

// differ reports whether an entry of one of two contents has other words than in the other one,
// apart from those that hide devices.
func (file wordsFile) differ(content, before []byte) (bool, error) {
	for _, xen := range []bool{false, true} {
		edit := file.edit(target{xen: xen, recovery: true})
		now, err := edit.words(content)
		if err != nil {
			return false, err
		}
		former, err := edit.words(before)
		if err != nil {
			return false, err
		}
		for t, words := range now {
			if was, there := former[t]; there && !slices.Equal(withoutHiding(words), withoutHiding(was)) {
				return true, nil
			}
		}
	}
	return false, nil
}

func withoutHiding(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), Hides)
}

// restored returns content with the lines of before where the two differ only in blanks, or in a
// line for options that has none. It is for contents whose entries have the same words.
func restored(content, before []byte) []byte {
	now, was := slices.Collect(bytes.Lines(content)), slices.Collect(bytes.Lines(before))
	now = slices.DeleteFunc(now, func(line []byte) bool {
		return string(bytes.TrimSpace(line)) == "options=" && !bytes.Contains(before, line)
	})
	if len(now) != len(was) {
		return slices.Concat(now...)
	}
	for i := range now {
		if bytes.Equal(bytes.Join(bytes.Fields(now[i]), []byte(" ")), bytes.Join(bytes.Fields(was[i]), []byte(" "))) {
			now[i] = was[i]
		}
	}
	return slices.Concat(now...)
}
