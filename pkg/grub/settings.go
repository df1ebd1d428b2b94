package grub

import (
	"errors"
	"fmt"
	"strings"
)

// The variables from which 20_linux_xen makes the command lines of dom0 and Xen:
//
//   - in a normal Xen entry, dom0's kernel gets root=..., ro, CmdlineLinux and
//     CmdlineLinuxDefault, and Xen gets CmdlineXen and CmdlineXenDefault;
//   - in a recovery entry, dom0's kernel gets "single" and CmdlineLinux, and Xen gets
//     CmdlineXen;
//   - in these entries XenReplace replaces CmdlineLinux, and XenReplaceDefault
//     replaces CmdlineLinuxDefault, unless it is empty: Dom0Variables.
//
// 10_linux, which writes the entries without Xen, ignores the last two. So
// XenReplaceDefault reaches dom0 in the normal entries (the one in the main menu, those
// of the submenus, those for another init), but neither a recovery entry nor Linux
// without Xen. This is how GRUB 2.06 (Debian 12) does it.
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

// The variables from which 00_header makes GRUB's own terminal. Terminals replaces the two others
// unless it is empty.
const (
	Terminals      = "GRUB_TERMINAL"
	TerminalInput  = "GRUB_TERMINAL_INPUT"
	TerminalOutput = "GRUB_TERMINAL_OUTPUT"
	SerialCommand  = "GRUB_SERIAL_COMMAND"
)

// Dom0Variables returns the variables from which dom0's kernel gets its arguments: first those for all Xen
// entries, then those for the normal ones in addition. Settings.First finds the one of a pair that is used.
func Dom0Variables() [2][2]string {
	return [2][2]string{{XenReplace, CmdlineLinux}, {XenReplaceDefault, CmdlineLinuxDefault}}
}

var settingNames = [...]string{
	CmdlineLinux, CmdlineLinuxDefault, XenReplace, XenReplaceDefault, CmdlineXen, CmdlineXenDefault,
	DefaultEntry, DisableRecovery, EnableBLSCfg, Terminals, TerminalInput, TerminalOutput, SerialCommand,
}

// Setting is a variable after all files have been read.
type Setting struct {
	Value string
	Set   bool   // a file sets it, perhaps to ""
	File  string // the file that set this value; "" if none does
	Line  int    // from 1
}

// Settings are the variables that grub-mkconfig has after it has read its files.
type Settings struct {
	values map[string]setting
	room   int   // bytes that values may still have
	doubt  error // why a variable that is not in values may still be set
}

type setting struct {
	Setting
	err error
}

// Read evaluates files as grub-mkconfig does, in the order in which it reads them:
// /etc/default/grub, and then, on distributions that have it (Debian and its
// derivatives), /etc/default/grub.d/*.cfg in the order of their names.
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

// distrust makes all values uncertain, after a command that may have set any of them.
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

// whence returns the position of an error without its reason, which may contain another
// position and reason.
func whence(err error) string {
	var at *NotUnderstoodError
	if errors.As(err, &at) {
		return fmt.Sprintf(" since %s:%d", at.File, at.Line)
	}
	return ""
}

// maxValue is the length of the longest value that is evaluated, in bytes: many times
// what a kernel accepts as its command line.
const maxValue = 64 << 10

// maxValues limits the length of all values together, in bytes: a line of eight bytes
// can give a variable the longest one.
const maxValues = 16 << 20

// Get returns the value of a variable. The Setting is empty if no file sets it. The
// error is a *NotUnderstoodError if only a shell can determine the value.
func (s Settings) Get(name string) (Setting, error) {
	value, ok := s.values[name]
	if !ok {
		return Setting{}, s.doubt
	}
	return value.Setting, value.err
}

// First returns the first of some variables that is not empty or not known, or else the last one. The error is
// that of Get.
func (s Settings) First(names ...string) (name string, value Setting, err error) {
	for _, name = range names {
		if value, err = s.Get(name); err != nil || value.Value != "" {
			break
		}
	}
	return name, value, err
}

// lookup is Get for a $NAME, whose value is not known if grub-mkconfig or its environment
// may have set it.
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

// Dom0 returns the arguments that the normal Xen entries give to dom0's kernel, besides
// root= and ro: what GRUB makes of the settings, as ScriptArguments says. The error is a
// *NotUnderstoodError, or a *SyntaxError if GRUB cannot read the settings.
func (s Settings) Dom0() (CommandLine, error) {
	var text []string
	for _, pair := range Dom0Variables() {
		_, value, err := s.First(pair[:]...)
		if err != nil {
			return CommandLine{}, err
		}
		text = append(text, value.Value)
	}
	line, _, err := ScriptArguments(strings.Join(text, " "))
	return line, err
}

// Dom0Recovery returns the arguments that the recovery Xen entries give to dom0's
// kernel.
func (s Settings) Dom0Recovery() (CommandLine, error) {
	all := Dom0Variables()[0]
	_, value, err := s.First(all[:]...)
	if err != nil {
		return CommandLine{}, err
	}
	line, _, err := ScriptArguments("single " + value.Value)
	return line, err
}
