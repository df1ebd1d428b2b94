package grub

import (
	"errors"
	"fmt"
)

// The variables that decide over the command lines of dom0 and of Xen.
// 20_linux_xen makes of them:
//
//   - of a normal Xen entry, dom0's kernel gets root=..., ro, CmdlineLinux and
//     CmdlineLinuxDefault, and Xen gets CmdlineXen and CmdlineXenDefault;
//   - of a recovery entry, dom0's kernel gets "single" and CmdlineLinux, and Xen
//     gets CmdlineXen alone;
//   - XenReplace stands in for CmdlineLinux, and XenReplaceDefault for
//     CmdlineLinuxDefault, in these entries where they are not empty.
//
// 10_linux, which writes the entries without Xen, looks at neither of the last
// two. So what is in XenReplaceDefault reaches dom0 in the normal entries (the
// one in the main menu, those of the submenus, those for another init), and
// neither a recovery entry nor Linux without Xen. Read in GRUB 2.06 (Debian 12).
const (
	CmdlineLinux        = "GRUB_CMDLINE_LINUX"
	CmdlineLinuxDefault = "GRUB_CMDLINE_LINUX_DEFAULT"
	XenReplace          = "GRUB_CMDLINE_LINUX_XEN_REPLACE"
	XenReplaceDefault   = "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT"
	CmdlineXen          = "GRUB_CMDLINE_XEN"
	CmdlineXenDefault   = "GRUB_CMDLINE_XEN_DEFAULT"
	DefaultEntry        = "GRUB_DEFAULT"
	DisableRecovery     = "GRUB_DISABLE_RECOVERY" // "true" for no recovery entries
	EnableBLSCfg        = "GRUB_ENABLE_BLSCFG"    // "true": entries are files of their own (Red Hat)
)

var settingNames = [...]string{
	CmdlineLinux, CmdlineLinuxDefault, XenReplace, XenReplaceDefault, CmdlineXen, CmdlineXenDefault,
	DefaultEntry, DisableRecovery, EnableBLSCfg,
}

// Setting is a variable after all files were read.
type Setting struct {
	Value string
	Set   bool   // some file sets it, to "" perhaps
	File  string // where it got this value; "" where it is not set
	Line  int    // from 1
}

// Settings are the variables as grub-mkconfig has them when it has read its
// files.
type Settings struct {
	values map[string]setting
	room   int   // bytes that values may still have
	doubt  error // why a variable that is not in values may be set anyway
}

type setting struct {
	Setting
	err error
}

// Read goes through files as grub-mkconfig does: /etc/default/grub, and then,
// where the distribution reads them (Debian and its like),
// /etc/default/grub.d/*.cfg in the order of their names. The caller gives them
// in that order.
func Read(files ...*Defaults) Settings {
	s := Settings{values: map[string]setting{}, room: maxValues}
	for _, d := range files {
		for _, st := range d.statements {
			s.take(d, st)
		}
		if d.lost != nil {
			s.distrust(d.lost)
		}
	}
	return s
}

func (s *Settings) take(d *Defaults, st statement) {
	if st.name == "" {
		s.distrust(&NotUnderstoodError{File: d.Name, Line: st.line, Why: st.why})
		return
	}
	value := setting{Setting: Setting{Set: true, File: d.Name, Line: st.line}}
	why := st.why
	if why == "" {
		value.Value, why = s.expand(st.value.pieces)
	}
	if s.room -= len(value.Value); s.room < 0 {
		why = "the values are too long"
	}
	if why != "" {
		value.err = &NotUnderstoodError{File: d.Name, Line: st.line, Why: st.name + ": " + why}
		value.Value = ""
	}
	s.values[st.name] = value
}

// distrust is what follows a command that may have set anything.
func (s *Settings) distrust(err error) {
	s.doubt = err
	clear(s.values)
}

func (s *Settings) expand(pieces []piece) (text, why string) {
	for _, p := range pieces {
		switch p.kind {
		case pieceText:
			text += string(p.literal)
		case pieceOpaque:
			return "", fmt.Sprintf("%s needs a shell", p.text)
		case pieceName:
			value, err := s.lookup(p.text)
			if err != nil {
				return "", fmt.Sprintf("$%s is not known%s", p.text, whence(err))
			}
			if p.fallback != nil && (!value.Set || p.colon && value.Value == "") {
				if value.Value, why = s.expand(p.fallback); why != "" {
					return "", why
				}
			}
			text += value.Value
		}
		if len(text) > maxValue {
			return "", "the value is too long"
		}
	}
	return text, ""
}

// whence names the place of an error, without its reason: that may have a place
// and a reason in it too.
func whence(err error) string {
	var at *NotUnderstoodError
	if errors.As(err, &at) {
		return fmt.Sprintf(" since %s:%d", at.File, at.Line)
	}
	return ""
}

// maxValue is the longest value that is looked at, in bytes: many times what a
// kernel takes of its command line.
const maxValue = 64 << 10

// maxValues is how long all values may be that are read one after the other, in
// bytes: a line of eight bytes can give a variable the longest one.
const maxValues = 16 << 20

// Get is the value of a variable. A variable that no file sets is an empty
// Setting. The error is a *NotUnderstoodError where only a shell could tell.
func (s Settings) Get(name string) (Setting, error) {
	value, ok := s.values[name]
	if !ok {
		return Setting{}, s.doubt
	}
	return value.Setting, value.err
}

// lookup is Get for a $NAME: one that grub-mkconfig or its environment may have
// set is not known.
func (s *Settings) lookup(name string) (Setting, error) {
	value, err := s.Get(name)
	if err != nil || value.Set {
		return value, err
	}
	for _, known := range settingNames {
		if name == known {
			return value, nil
		}
	}
	return value, errors.New("no file sets it")
}

// Dom0 are the arguments that normal Xen entries give to dom0's kernel, beside
// root= and ro.
func (s Settings) Dom0() (CommandLine, error) {
	first, err := s.either(XenReplace, CmdlineLinux)
	if err != nil {
		return CommandLine{}, err
	}
	second, err := s.either(XenReplaceDefault, CmdlineLinuxDefault)
	if err != nil {
		return CommandLine{}, err
	}
	return ParseCommandLine(first + " " + second), nil
}

// Dom0Recovery are the arguments in recovery entries.
func (s Settings) Dom0Recovery() (CommandLine, error) {
	text, err := s.either(XenReplace, CmdlineLinux)
	return ParseCommandLine("single " + text), err
}

func (s Settings) either(first, second string) (string, error) {
	value, err := s.Get(first)
	if err == nil && value.Value == "" {
		value, err = s.Get(second)
	}
	return value.Value, err
}
