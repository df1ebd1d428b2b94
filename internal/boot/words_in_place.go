package boot

import (
	"errors"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
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
		if empty(content) {
			return nil, l.emptyFault()
		}
		if comment := madeBy(content); comment != "" {
			return nil, &ByHandError{
				fmt.Sprintf("%s was made by a program that xenpci does not know (%q)", l.Config, comment),
				"the settings of that program (on NixOS: virtualisation.xen.boot.params for Xen, and boot.kernelParams for dom0)",
			}
		}
		variables := grubVariables(h.FS, l.Config)
		files = append(files, wordsFile{l.Config, func(t target) inPlace { return t.grubConfig(variables) }})
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
	sample, err := h.sample()
	if err != nil {
		return p, err
	}
	p.Now = wordsOf(*target{xen: e.Xen}.entryLine(&sample.Entry))
	p.Want = p.Now
	record, err := readClaims(h.view())
	if err != nil {
		return p, err
	}
	var changes []change.Change
	for _, file := range files {
		c, err := h.editWords(file, e, sample, &p, &record)
		switch edited := (*EditedError)(nil); {
		case errors.As(err, &edited): // it names the file
			return p, edited
		case err != nil:
			return p, fmt.Errorf("%s: %w", file.name, err)
		}
		changes = append(changes, c)
	}
	c, err := record.change(h.view())
	if err != nil {
		return p, err
	}
	// The claims come before the words and go after them: if the process dies in between, words of
	// others are not taken for xenpci's.
	if c.New.Exists {
		changes = slices.Insert(changes, 0, c)
	} else {
		changes = append(changes, c)
	}
	return p, p.Add(changes...)
}

// titledEntry is an entry, and how it is told from the others of its file.
type titledEntry struct {
	Entry
	title title
}

// lineOf returns the line of the file that has the words of Xen, or of dom0's kernel.
func (e Entry) lineOf(xen bool) int {
	if xen && e.Hypervisor.Line > 0 {
		return e.Hypervisor.Line
	}
	return e.Line
}

// titledEntries returns the entries of the boot loader.
func (h *Host) titledEntries() (all []titledEntry, err error) {
	entries, err := h.Loader.Entries(h.FS)
	counts := map[string]*titles{}
	for _, e := range entries {
		if counts[e.File] == nil {
			counts[e.File] = &titles{}
		}
		all = append(all, titledEntry{e, counts[e.File].next(e.Title, e.Recovery)})
	}
	return all, err
}

// sample returns the entry that boots by default, or else the first one that is not for recovery.
func (h *Host) sample() (titledEntry, error) {
	entries, err := h.titledEntries()
	if err != nil {
		return titledEntry{}, err
	}
	entries = slices.DeleteFunc(entries, func(e titledEntry) bool { return e.Recovery })
	if len(entries) == 0 {
		return titledEntry{}, fmt.Errorf("%s: no normal entry boots Xen", h.Loader.Config)
	}
	if at := slices.IndexFunc(entries, func(e titledEntry) bool { return e.Default }); at >= 0 {
		return entries[at], nil
	}
	return entries[0], nil
}

// editWords returns the change of a file, and notes the claims on it. p gets the entries that change.
func (h *Host) editWords(file wordsFile, e WordEdit, sample titledEntry, p *WordPlan, record *claimsDocument) (change.Change, error) {
	before, touched, err := change.Backup(h.FS, brand.Words, file.name)
	if err != nil {
		return change.Change{}, err
	}
	var result editedWords
	c, err := h.view().Edit(brand.Words, file.name, true, func(old []byte) (content []byte, err error) {
		if !touched {
			before = old
		}
		lines, err := file.claims(*record, old)
		if err != nil {
			return nil, err
		}
		result, err = file.changed(e, old, before, lines)
		return result.content, err
	})
	if err := h.placeEdited(err, file.name); err != nil {
		return change.Change{}, err
	}
	if !result.on {
		c.With, c.Without = nil, []change.Kind{brand.Words}
	}
	if _, _, known := record.of(file.name); !c.Equal() || !result.on || !known { // else what is recorded stays
		*record = record.with(file.name, result.lines.xen, result.lines.dom0, result.on)
	}
	return c, p.entries(h, file.name, e.Xen, result.entries, sample)
}

// entries notes the entries of a file that change, in their order, and what becomes of the sample.
func (p *WordPlan) entries(h *Host, file string, xen bool, changed []editedEntry, sample titledEntry) error {
	all, err := h.titledEntries()
	if err != nil {
		return err
	}
	places := map[title]int{} // in all
	for i, e := range all {
		if e.File == file {
			places[e.title] = i
		}
	}
	at := func(t title) int {
		if i, ok := places[t]; ok {
			return i
		}
		return -1
	}
	slices.SortFunc(changed, func(a, b editedEntry) int { return at(a.title) - at(b.title) })
	for _, one := range changed {
		words := EntryWords{Title: one.title.text, File: file, Now: one.now, Want: one.want}
		if i := at(one.title); i >= 0 {
			words.Line = all[i].lineOf(xen)
		}
		p.Entries = append(p.Entries, words)
		if sample.File == file && sample.title == one.title {
			p.Want = one.want
		}
	}
	return nil
}

// placeEdited adds the line of the entry to an *EditedError.
func (h *Host) placeEdited(err error, file string) error {
	var edited *editedEntryError
	if !errors.As(err, &edited) {
		return err
	}
	entries, _ := h.titledEntries() // the line is not needed
	for _, e := range entries {
		if e.File == file && e.title == edited.title {
			edited.Line = e.lineOf(edited.xen)
		}
	}
	edited.File = file
	return &edited.EditedError
}
