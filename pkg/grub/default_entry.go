package grub

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrNotKnown means that something is decided only when the machine boots.
var ErrNotKnown = errors.New("it is known only when the machine boots")

// Default returns the value of GRUB's variable default: a number, a title, an ID, or
// several of them joined by ">", from menu to submenu. It includes a choice for one boot
// (grub-reboot). known is false if the file and grubenv do not determine it.
func (c *Config) Default() (value string, known bool) {
	return c.chosen.text, c.chosen.known
}

// DefaultEntry returns the entry that boots unless the user chooses another, as GRUB
// finds it (get_entry_number in grub-core/normal/menu.c): digits at the beginning are a
// number, anything else is a title or an ID, and one that does not exist means the
// first entry. The error wraps ErrNotKnown.
func (c *Config) DefaultEntry() (Entry, error) {
	spec, known := c.Default()
	if !known {
		return Entry{}, fmt.Errorf("the variable default: %w", ErrNotKnown)
	}
	menu, unseen := c.Entries, c.unseen
	for {
		e, rest, err := choose(menu, unseen, spec)
		if err != nil {
			return Entry{}, err
		}
		if !e.Submenu {
			return e, nil
		}
		if rest == "" {
			return Entry{}, fmt.Errorf("the default %q is a submenu: %w", spec, ErrNotKnown)
		}
		menu, unseen, spec = e.Entries, e.unseen, rest
	}
}

// DefaultMissing returns the value of GRUB's variable default if it names an entry that the
// menu does not have, so that the first entry boots. missing is false if that is only known
// when the machine boots. The files of Beside may have the entry; they are not looked at.
func (c *Config) DefaultMissing() (value string, missing bool) {
	spec, known := c.Default()
	if !known || spec == "" {
		return "", false
	}
	menu, unseen := c.Entries, c.unseen
	for rest := spec; ; {
		e, after, err := choose(menu, unseen, rest)
		if err != nil {
			return "", false
		}
		first, _ := splitSpec(rest)
		n, isNumber := leadingNumber(rest)
		if isNumber && e.Number != n || !isNumber && e.Title != first && e.ID != first {
			return spec, true
		}
		if !e.Submenu || after == "" {
			return "", false
		}
		menu, unseen, rest = e.Entries, e.unseen, after
	}
}

// loadMenuList is the command by which GRUB 2 reads a menu.lst.
const loadMenuList = "legacy_configfile"

// LoadsMenuList reports whether GRUB 2 loads the menu.lst of GRUB legacy with this file: the
// file does so itself, or its default entry does. Another entry that could does not matter.
func (c *Config) LoadsMenuList() bool {
	e, err := c.DefaultEntry()
	return c.legacy || err == nil && slices.ContainsFunc(e.Commands, func(c Command) bool { return c.Name == loadMenuList })
}

// choose returns the entry that spec names first, and the rest after its ">".
func choose(menu []Entry, unseen bool, spec string) (e Entry, rest string, err error) {
	first, rest := splitSpec(spec)
	named := func(e Entry) bool { return e.Title == first || e.ID == first }
	n, isNumber := leadingNumber(spec)
	uncertain := unseen || slices.ContainsFunc(menu, func(e Entry) bool { return e.Number < 0 })
	var found int
	if isNumber {
		found = slices.IndexFunc(menu, func(e Entry) bool { return e.Number == n })
	} else {
		found = slices.IndexFunc(menu, named)
		uncertain = unseen
		if found >= 0 && menu[found].Conditional {
			return Entry{}, "", fmt.Errorf("whether the menu has %q: %w", first, ErrNotKnown)
		}
	}
	switch {
	case found >= 0:
		return menu[found], rest, nil
	case uncertain || len(menu) == 0 || menu[0].Number != 0:
		return Entry{}, "", fmt.Errorf("which entries the menu has: %w", ErrNotKnown)
	}
	return menu[0], rest, nil
}

// splitSpec cuts at the first ">" that is not doubled; a doubled one is one.
func splitSpec(spec string) (first, rest string) {
	var b strings.Builder
	for i := 0; i < len(spec); i++ {
		if spec[i] == '>' {
			if i+1 >= len(spec) || spec[i+1] != '>' {
				return b.String(), spec[i+1:]
			}
			i++
		}
		b.WriteByte(spec[i])
	}
	return b.String(), ""
}

// leadingNumber is grub_strtoul with base 0: it reads digits and ignores what follows
// them.
func leadingNumber(spec string) (n int, ok bool) {
	spec = strings.TrimLeft(spec, " \t\n\r\f\v")
	switch {
	case strings.HasPrefix(spec, "0x"):
		return digits(spec[2:], 16)
	case strings.HasPrefix(spec, "0") && spec != "0":
		return digits(spec, 8)
	}
	return digits(spec, 10)
}

// digits reads a number up to the first byte that is not a digit.
func digits(text string, radix int) (n int, ok bool) {
	all := "0123456789abcdefABCDEF"
	if radix <= 10 {
		all = all[:radix]
	}
	end := len(text) - len(strings.TrimLeft(text, all))
	value, err := strconv.ParseUint(text[:end], radix, 31)
	return int(value), err == nil
}
