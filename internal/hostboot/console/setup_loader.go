package console

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/grub"
)

// settingsFile is the file of GRUB 2's settings that every grub-mkconfig reads.
const settingsFile = "/etc/default/grub"

// mendLoader puts GRUB's menu on the port too. It does not know how for other boot loaders, nor
// for a port on a card.
func (s *Setup) mendLoader(r reader) (bool, error) {
	address := r.wantedPort().Address()
	if address == 0 {
		return false, nil
	}
	serial := serialCommand(address, s.wanted.Speed)
	switch name := s.loaderFile(); {
	case name == "":
		return false, nil
	case s.host.Loader.Generated:
		lines, err := s.terminalSettings(serial)
		if err == nil {
			err = s.settings(lines)
		}
		s.generate() // also where an earlier run wrote the settings, and was killed
		return err == nil, err
	case s.host.Loader.Kind == boot.GRUB2:
		return true, s.blockBefore(name, []string{serial, "terminal_input serial console", "terminal_output serial console"})
	default:
		return true, s.blockBefore(name, []string{serial, "terminal --timeout=10 serial console"})
	}
}

// loaderFile returns the file that has GRUB's menu on the port: one of its settings where its own file is
// generated. It is "" for other boot loaders.
func (s *Setup) loaderFile() string {
	switch l := s.host.Loader; {
	case l.Kind == boot.GRUB2 && l.Generated && l.DropIn:
		return brand.GRUBConsole
	case l.Kind == boot.GRUB2 && l.Generated:
		return settingsFile
	case l.Kind == boot.GRUB2, l.Kind == boot.GRUBLegacy:
		return l.Config
	}
	return ""
}

// serialCommand returns GRUB's command for a port.
func serialCommand(address uint64, speed int) string {
	port := fmt.Sprintf("--port=%#x", address)
	if number, _, ok := unit(address); ok {
		port = fmt.Sprintf("--unit=%d", number)
	}
	return fmt.Sprintf("serial %s --speed=%d --word=8 --parity=no --stop=1", port, speed)
}

// terminalSettings returns the lines of settings that add the serial port to GRUB's terminals.
func (s *Setup) terminalSettings(serial string) ([]string, error) {
	values, err := s.terminals()
	if err != nil {
		return nil, err
	}
	return append(terminalLines(values), grub.SerialCommand+`="`+serial+`"`), nil
}

// terminals returns what the settings without xenpci's say of GRUB's terminals.
func (s *Setup) terminals() (map[string]string, error) {
	var files []*grub.Defaults
	for _, name := range s.host.Loader.SettingFiles(s.host.FS) {
		state, err := s.View(s.host.FS).Content(name)
		if err != nil {
			return nil, err
		}
		content := state.Content
		if name == settingsFile {
			if content, err = block.Console.Blank(content); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if name != brand.GRUBConsole {
			files = append(files, grub.ParseDefaults(name, content))
		}
	}
	settings := grub.Read(files...)
	values := map[string]string{}
	for _, name := range []string{grub.Terminals, grub.TerminalInput, grub.TerminalOutput} {
		value, err := settings.Get(name)
		if err != nil {
			return nil, err
		}
		values[name] = value.Value
	}
	return values, nil
}

// terminalLines returns the lines that add "serial" to the terminals that the settings have: to
// GRUB_TERMINAL, or to the two others if these are in effect.
func terminalLines(values map[string]string) (lines []string) {
	names := []string{grub.Terminals}
	if values[grub.Terminals] == "" && values[grub.TerminalInput]+values[grub.TerminalOutput] != "" {
		names = []string{grub.TerminalInput, grub.TerminalOutput}
	}
	for _, name := range names {
		terminals := strings.Fields(values[name])
		if len(terminals) == 0 {
			terminals = []string{"console"}
		}
		if !strings.Contains(" "+strings.Join(terminals, " ")+" ", " serial ") {
			terminals = append(terminals, "serial")
		}
		lines = append(lines, name+`="`+strings.Join(terminals, " ")+`"`)
	}
	return lines
}

// settingsMark is the top of xenpci's file of settings.
const settingsMark = brand.Mark + " host console. 'xenpci host console --remove' removes it.\n"

// settings plans that xenpci's file or block of settings has these lines, and what is made of it.
func (s *Setup) settings(lines []string) error {
	name := s.loaderFile()
	if name != brand.GRUBConsole {
		return s.blockIn(name, lines)
	}
	var want change.State
	if len(lines) > 0 {
		want = change.State{Exists: true, Content: []byte(settingsMark + strings.Join(lines, "\n") + "\n")}
	}
	c, err := s.View(s.host.FS).Whole(name, want, brand.Owns)
	if err != nil {
		return err
	}
	if !c.Equal() {
		s.generate()
	}
	return s.Add(c)
}

// blockIn plans that xenpci's block at the end of a file has these lines; none removes it.
func (s *Setup) blockIn(name string, lines []string) error {
	return s.edit(name, lines, func(old []byte) (above, below []byte) { return old, nil })
}

// blockBefore plans that xenpci's block before the first entry of a boot loader's file has these
// lines.
func (s *Setup) blockBefore(name string, lines []string) error {
	return s.edit(name, lines, func(old []byte) (above, below []byte) {
		line := 0
		if s.host.Loader.Kind == boot.GRUBLegacy {
			if stanzas := grub.ParseMenuList(old).Stanzas; len(stanzas) > 0 {
				line = stanzas[0].Line
			}
		} else if config, err := grub.ParseConfig(old, nil); err == nil && len(config.Entries) > 0 {
			line = config.Entries[0].Line
		}
		at := len(old)
		if line > 0 {
			at = 0
			for range line - 1 {
				at += bytes.IndexByte(old[at:], '\n') + 1
			}
		}
		return old[:at], old[at:]
	})
}

// edit plans an edit of xenpci's block in the upper part of a file.
func (s *Setup) edit(name string, lines []string, divide func(old []byte) (above, below []byte)) error {
	c, err := s.View(s.host.FS).Edit(brand.Console, name, len(lines) > 0, func(old []byte) ([]byte, error) {
		above, below := divide(old)
		e, err := block.Console.Remove(above)
		if len(lines) > 0 {
			e, err = block.Console.Set(above, lines)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		content, err := e.Apply(bytes.Clone(above))
		return append(content, below...), err
	})
	if err != nil {
		return err
	}
	if name == settingsFile && !c.Equal() {
		s.generate()
	}
	return s.Add(c)
}

// removeLoader removes what mendLoader writes.
func (s *Setup) removeLoader() error {
	switch name := s.loaderFile(); {
	case name == "":
		return nil
	case s.host.Loader.Generated:
		return s.settings(nil)
	default:
		return s.blockBefore(name, nil)
	}
}
