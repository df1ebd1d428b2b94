package xencfg

import (
	"bytes"
	"strings"
)

// Config is one configuration file.
type Config struct {
	Sections []Section // in the order of the file; duplicates too, of which xen.efi reads the first

	data []byte
}

// Section is a header, "[xen]", and the settings below it.
type Section struct {
	Name     string // "" for what precedes the first header
	Line     int    // of the header, from 1; 0 if there is none
	Settings []Setting

	header string // what follows the "["
}

// Setting is one "key=value".
type Setting struct {
	Key   string // without the "="; a blank before the "=" is part of it
	Value string // without leading blanks and without a comment; trailing blanks are part of it
	Line  int    // from 1
	// Unended: it is at the end of a file without a final newline. xen.efi warns that
	// it ignores such a line, and may read bytes of its memory as part of it.
	Unended bool

	start int // of Value in the file
}

// Parse reads a file as xen.efi does (pre_parse and get_value in
// xen/common/efi/boot.c). Every control character ends a line, also a tab, and blanks
// before its text do not count. "#" begins a comment anywhere, and ";" only before
// the text. What has no "=" is ignored. Nothing is an error.
func Parse(data []byte) *Config {
	c := &Config{data: data, Sections: []Section{{}}}
	line, counted := 1, 0
	for _, r := range runs(data) {
		line += bytes.Count(data[counted:r.start], []byte("\n"))
		counted = r.start
		text := string(data[r.start:r.end])
		if header, ok := strings.CutPrefix(text, "["); ok {
			name, _, closed := strings.Cut(header, "]")
			if !closed {
				name = ""
			}
			c.Sections = append(c.Sections, Section{Name: name, Line: line, header: header})
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			continue
		}
		bare := value
		for bare != "" && blank(bare[0]) {
			bare = bare[1:]
		}
		s := &c.Sections[len(c.Sections)-1]
		s.Settings = append(s.Settings, Setting{
			Key: key, Value: bare, Line: line, Unended: r.end == len(data), start: r.end - len(bare),
		})
	}
	if first := c.Sections[0]; len(first.Settings) == 0 {
		c.Sections = c.Sections[1:]
	}
	return c
}

// run is the text of one line.
type run struct{ start, end int }

// runs returns what pre_parse leaves of a file.
func runs(data []byte) (all []run) {
	begin := true // of a line
	comment := false
	start := -1
	finish := func(end int) {
		if start >= 0 {
			all = append(all, run{start, end})
		}
		start = -1
	}
	for i, c := range data {
		switch {
		case control(c):
			finish(i)
			begin, comment = true, false
		case comment || begin && blank(c):
		case c == '#' || begin && c == ';':
			finish(i)
			comment = true
		default:
			begin = false
			if start < 0 {
				start = i
			}
		}
	}
	finish(len(data))
	return all
}

// control is Xen's iscntrl (xen/common/ctype.c).
func control(c byte) bool { return c < ' ' || c == 0x7f }

// blank is Xen's isspace, of what is no control character.
func blank(c byte) bool { return c == ' ' || c == 0xa0 }

// Bytes returns the file that was parsed. The caller must not modify it.
func (c *Config) Bytes() []byte { return c.data }

// Setting returns the value that xen.efi finds for a key in a section: the first one in
// the first section of that name. If section is "", xen.efi ignores all headers, and it
// is the first in the file.
func (c *Config) Setting(section, key string) (s Setting, ok bool) {
	for _, have := range c.Sections {
		if section != "" && !have.named(section) {
			continue
		}
		if s, ok = have.setting(key); ok || section != "" {
			return s, ok
		}
	}
	return Setting{}, false
}

// named reports whether xen.efi takes a section for the one of that name, which is not
// empty.
func (s Section) named(name string) bool { return s.Line > 0 && strings.HasPrefix(s.header, name+"]") }

func (s Section) setting(key string) (Setting, bool) {
	for _, have := range s.Settings {
		if have.Key == key {
			return have, true
		}
	}
	return Setting{}, false
}

// Default returns the section that xen.efi boots if its own command line names none.
// It is "" if the file has no default: xen.efi then ignores the headers.
func (c *Config) Default() string {
	s, _ := c.Setting(global, "default")
	return s.Value
}

// Chain returns the file that xen.efi reads next if the section that it boots has no
// kernel in this one, relative to the folder of xen.efi.
func (c *Config) Chain() (file string, ok bool) {
	s, ok := c.Setting(global, "chain")
	return s.Value, ok
}

const global = "global"
