package grub

import "strings"

// Config is a grub.cfg of GRUB 2. One that grub-mkconfig made is only read; one that a
// person wrote can be edited with EditDom0.
type Config struct {
	Entries []Entry
	// Included are the commands that load entries from other files: source,
	// configfile and blscfg.
	Included []Command

	data     []byte
	env      map[string]string
	terminal Terminal
	chosen   variable // the variable default at the end
	unseen   bool     // the menu has more entries, which are not in this file
	legacy   bool     // the file itself runs legacy_configfile, outside its entries
}

// Entry is a menuentry or a submenu.
type Entry struct {
	Title   string
	ID      string // the title if the entry has no ID, as for GRUB
	Classes []string
	// Number is the entry's position in its menu, from 0; -1 if that depends on
	// conditions that are known only when the machine boots.
	Number int
	// Conditional: an if decides at boot whether the menu has the entry.
	Conditional bool
	Submenu     bool
	Entries     []Entry // of a submenu
	Commands    []Command
	// Script is the script of grub-mkconfig that wrote the entry, by the marks in the
	// file: "/etc/grub.d/20_linux_xen"; "" outside all marks.
	Script string
	// Its position: lines from 1, and bytes from Start to before End.
	Line, LastLine, Start, End int

	unseen bool // it has entries that are in another file
}

// Command is a command of an entry, or of the file.
type Command struct {
	Name string
	// Words are its arguments without quotes, with the values of variables that are
	// known before the machine boots, and ${NAME} for others.
	Words       []string
	Line        int
	Start, End  int  // bytes
	Conditional bool // an if decides at boot
}

// Platform is the variable that GRUB sets to what it runs on: "pc" with a BIOS, "efi" with UEFI.
const Platform = "grub_platform"

// ParseConfig reads a grub.cfg. env has the variables of the grubenv beside it, as
// ParseEnv returns them; nil if there is none. If it has Platform, GRUB runs on that. The
// error is a *SyntaxError.
func ParseConfig(data []byte, env map[string]string) (*Config, error) {
	nodes, err := parseScript(data)
	if err != nil {
		return nil, err
	}
	c := &Config{data: data, env: env}
	left := &bounds{calls: maxCalls, steps: maxSteps, bytes: maxBytes}
	r := run{config: c, functions: map[string][]node{}, left: left}
	if platform, ok := env[Platform]; ok {
		r.set(Platform, platform, true, true)
	}
	r.nodes(nodes, &c.Entries, true)
	if left.exceeded > 0 {
		return nil, &SyntaxError{Line: left.exceeded, Why: "the file does more than any menu needs"}
	}
	c.Entries, c.unseen = number(c.Entries)
	attribute(c.Entries, sections(data))
	c.chosen.text, c.chosen.known = r.value("default")
	return c, nil
}

// number numbers the entries of a menu, up to the first that may be missing, and
// removes placeholders for entries of other files.
func number(menu []Entry) (numbered []Entry, unseen bool) {
	certain := true
	for _, e := range menu {
		if e.unseen {
			unseen, certain = true, false
			continue
		}
		certain = certain && !e.Conditional
		e.Number = -1
		if certain {
			e.Number = len(numbered)
		}
		e.Entries, e.unseen = number(e.Entries)
		numbered = append(numbered, e)
	}
	return numbered, unseen
}

// entry reads the options of a menuentry (grub-core/commands/menuentry.c), and
// its block.
func (r *run) entry(n node, surely bool) Entry {
	e := Entry{Submenu: n.words[0].is("submenu"), Conditional: !surely, Line: n.line, LastLine: n.last, Start: n.start, End: n.end}
	titled := false
	for i := 1; i < len(n.words); i++ {
		text, _ := r.all(n.words[i])
		if n.words[i].raw() == "${menuentry_id_option}" {
			text = "--id"
		}
		option, value, joined := strings.Cut(text, "=")
		switch option {
		case "--id", "--class", "--users", "--hotkey", "--source":
			if !joined && i+1 < len(n.words) {
				i++
				value, _ = r.all(n.words[i])
			}
			if option == "--id" {
				e.ID = value
			} else if option == "--class" {
				e.Classes = append(e.Classes, value)
			}
		default:
			if !titled && !(n.words[i].bare && strings.HasPrefix(text, "--")) {
				e.Title, titled = text, true
			}
		}
	}
	if e.ID == "" {
		e.ID = e.Title
	}
	// What an entry sets is visible only in that entry.
	own := run{config: &Config{env: r.config.env}, outer: r, functions: r.functions, left: r.left}
	if e.Submenu {
		own.nodes(n.block, &e.Entries, true)
		r.config.Included = append(r.config.Included, own.config.Included...)
	} else {
		own.collect(n.block, &e.Commands, true)
	}
	return e
}

// collect gathers the commands of an entry.
func (r *run) collect(nodes []node, commands *[]Command, surely bool) {
	for _, n := range nodes {
		switch {
		case !r.left.may(1, n.line):
			return
		case n.branches != nil:
			r.branches(n, commands, surely)
		case n.loop:
			r.collect(n.block, commands, false)
		default:
			*commands = append(*commands, Command{
				Name: n.words[0].raw(), Words: r.words(n.words[1:]), Line: n.line, Start: n.start, End: n.end, Conditional: !surely,
			})
			var none []Entry
			r.command(n, &none, surely)
		}
	}
}

// branches gathers the commands of those branches of an if that GRUB may take.
func (r *run) branches(n node, commands *[]Command, surely bool) {
	for _, b := range n.branches {
		t := yes
		if !b.otherwise {
			r.collect(b.condition, commands, false)
			t = r.condition(b.condition)
		}
		if t != no {
			r.collect(b.body, commands, surely && t == yes)
		}
		if t == yes {
			return
		}
		surely = surely && t == no
	}
}
