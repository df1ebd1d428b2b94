package grub

import (
	"slices"
	"strings"
)

// MenuList is GRUB legacy's menu.lst, which Red Hat calls grub.conf.
type MenuList struct {
	Global  []MenuCommand // before the first title
	Stanzas []Stanza

	data []byte
}

// MenuCommand is one command with what follows it.
type MenuCommand struct {
	Name     string // "kernel", "default"
	Argument string // as GRUB reads it: lines joined, trailing blanks kept
	Line     int    // from 1

	view   view // of Argument
	length int  // of the whole line as GRUB reads it
}

// Stanza is a title with the commands below it.
type Stanza struct {
	Title string
	// Number is the number for "default", from 0. It is -1 for a title without any
	// command, which GRUB omits from its menu.
	Number         int
	Line, LastLine int // from its title to its last command
	Commands       []MenuCommand
}

// ParseMenuList reads a menu as GRUB legacy does (get_line_from_config and cmain in
// stage2/stage2.c): a backslash joins a line with the next, even in comments; a
// carriage return is ignored; "=" ends a command as a blank does; commands that GRUB
// does not know are ignored. Nothing is an error.
func ParseMenuList(data []byte) *MenuList {
	m := &MenuList{data: data}
	number, line := 0, 1
	for at := 0; at < len(data); {
		v, next := menuLine(data, at)
		command, ok := splitCommand(v)
		if ok {
			command.Line = line + strings.Count(string(data[at:v.start[0]]), "\n")
		}
		lines := strings.Count(string(data[at:next]), "\n")
		switch {
		case !ok:
		case command.Name == "title":
			m.Stanzas = append(m.Stanzas, Stanza{Title: command.Argument, Number: -1, Line: command.Line, LastLine: command.Line})
		case len(m.Stanzas) == 0:
			m.Global = append(m.Global, command)
		default:
			s := &m.Stanzas[len(m.Stanzas)-1]
			if s.Number < 0 {
				s.Number = number
				number++
			}
			s.Commands = append(s.Commands, command)
			s.LastLine = line + lines - 1
			if data[next-1] != '\n' {
				s.LastLine++
			}
		}
		line += lines
		at = next
	}
	return m
}

// menuLine reads from one command, or comment, to the end of its line.
func menuLine(data []byte, at int) (v view, next int) {
	literal, comment := false, false
	for next = at; next < len(data); next++ {
		c, start := data[next], next
		if c == '\r' {
			continue
		}
		if c == '\t' {
			c = ' '
		}
		if literal && c == '\n' {
			c = ' '
			if n := len(v.text); n > 0 {
				start = v.start[n-1]
				v.text, v.start, v.end = v.text[:n-1], v.start[:n-1], v.end[:n-1]
			}
		}
		literal = c == '\\'
		switch {
		case c == '\n' && (comment || len(v.text) > 0):
			return v, next + 1
		case comment || len(v.text) == 0 && (c == ' ' || c == '\n'):
		case len(v.text) == 0 && c == '#':
			comment = true
		default:
			v.add(c, start, next+1)
		}
	}
	return v, next
}

// splitCommand separates the name of a command from its argument (find_command and
// skip_to in stage2/cmdline.c).
func splitCommand(v view) (command MenuCommand, ok bool) {
	name := 0
	for name < len(v.text) && v.text[name] != ' ' && v.text[name] != '=' {
		name++
	}
	if !knownToLegacy(string(v.text[:name])) {
		return MenuCommand{}, false
	}
	argument := name
	for argument < len(v.text) && (v.text[argument] == ' ' || v.text[argument] == '=') {
		argument++
	}
	rest := v.from(argument)
	return MenuCommand{Name: string(v.text[:name]), Argument: string(rest.text), view: rest, length: len(v.text)}, true
}

// knownToLegacy reports whether GRUB legacy has a command (builtin_table in
// stage2/builtins.c, with those that distributions added).
func knownToLegacy(name string) bool {
	return name != "" && strings.Contains(legacyCommands, " "+name+" ")
}

const legacyCommands = " background blocklist boot bootp cat chainloader cmp color configfile debug default device dhcp displayapm" +
	" displaymem dump embed fallback find foreground fstest geometry gfxmenu halt help hiddenmenu hide ifconfig impsprobe initrd install" +
	" ioprobe kernel lock makeactive map md5crypt module modulenounzip outline pager partnew parttype password pause print quiet" +
	" rarp read reboot root rootnoverify savedefault serial setkey setup shade splashimage terminal terminfo testload testvbe" +
	" tftpserver timeout title unhide uppermem uuid vbeprobe viewport wait "

// Bytes returns the content that was parsed.
func (m *MenuList) Bytes() []byte {
	return m.data
}

// MenuDefault is what a menu boots unless the user chooses another stanza.
type MenuDefault struct {
	Number int  // a Stanza.Number
	Saved  bool // the entry that GRUB has saved in its own stage file
}

// Default returns the last "default" before the first title; 0 if there is none.
func (m *MenuList) Default() MenuDefault {
	var d MenuDefault
	for _, c := range m.Global {
		if c.Name != "default" {
			continue
		}
		if c.Argument == "saved" { // and nothing after it, not even blanks
			d = MenuDefault{Saved: true}
		} else if n, ok := legacyNumber(c.Argument); ok {
			d = MenuDefault{Number: n}
		}
	}
	return d
}

// legacyNumber is safe_parse_maxint of GRUB legacy (stage2/char_io.c): it ignores what
// follows the digits, and a leading 0 does not make the number octal.
func legacyNumber(text string) (n int, ok bool) {
	if len(text) > 1 && text[0] == '0' && text[1]|0x20 == 'x' {
		return digits(text[2:], 16)
	}
	return digits(text, 10)
}

// DefaultStanza returns the index in Stanzas of what boots by default. ok is false if
// the file does not determine that: the default is saved elsewhere, or out of range.
func (m *MenuList) DefaultStanza() (index int, ok bool) {
	d := m.Default()
	if d.Saved {
		return 0, false
	}
	index = slices.IndexFunc(m.Stanzas, func(s Stanza) bool { return s.Number == d.Number })
	return index, index >= 0
}
