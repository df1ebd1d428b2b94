package trial

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
)

// EntryID is the ID of the entry that boots a trial.
const EntryID = "xenpci-trial"

// menu is a grub.cfg, with the entry that boots by default taken apart.
type menu struct {
	file    string
	content []byte
	entry   grub.Entry
	xen     grub.Command // that loads the hypervisor
	dom0    grub.Command // that loads dom0's kernel
	initrd  grub.Command
}

// readMenu takes the default entry of a grub.cfg apart. env has the variables of grubenv.
func readMenu(file string, content []byte, env map[string]string) (menu, error) {
	m := menu{file: file, content: content}
	config, err := grub.ParseConfig(content, env)
	if err != nil {
		return m, fmt.Errorf("%s: %w", file, err)
	}
	if m.entry, err = config.DefaultEntry(); err != nil {
		return m, refused(NotXen, "", "%s: what boots by default is not known: %s", file, err)
	}
	xen, ok := m.entry.Xen()
	if !ok {
		return m, refused(NotXen, "make an entry with Xen the default", "%s: the default entry %q does not boot Xen", file, m.entry.Title)
	}
	if m.entry.Recovery() {
		return m, refused(OtherEntry, "make a normal entry the default", "%s: the default entry %q is for recovery", file, m.entry.Title)
	}
	return m, m.commands(xen)
}

// commands finds the three commands of the entry.
func (m *menu) commands(xen grub.Xen) error {
	other := func(what string) error {
		return refused(OtherEntry, "", "%s:%d: the default entry %q %s", m.file, m.entry.Line, m.entry.Title, what)
	}
	initrds := xen.Initrds()
	if len(initrds) != 1 {
		return other(fmt.Sprintf("loads %d initramfs images, and a trial needs one", len(initrds)))
	}
	for _, c := range m.entry.Commands {
		var file string
		for _, w := range c.Words {
			if !strings.HasPrefix(w, "--") {
				file = w
				break
			}
		}
		switch {
		case !loads(c.Name):
			continue
		case c.Conditional:
			return other("loads something only under a condition")
		case c.Line == xen.Hypervisor.Line && file == xen.Hypervisor.File:
			m.xen = c
		case c.Line == xen.Dom0.Line && file == xen.Dom0.File:
			m.dom0 = c
		case file == initrds[0]:
			m.initrd = c
		case m.xen.Name == "":
			return other("loads something before Xen")
		}
	}
	if m.xen.Name == "" || m.dom0.Name == "" || m.initrd.Name == "" {
		return other("loads its files in a way that xenpci does not follow")
	}
	return nil
}

// loads reports whether a command loads a file for Xen.
func loads(name string) bool {
	return slices.Contains([]string{"multiboot", "multiboot2", "xen_hypervisor", "module", "module2", "xen_module"}, name)
}

// split returns the options and the file of a command that loads one, and its arguments.
func split(c grub.Command) (before, arguments []string) {
	for i, w := range c.Words {
		if !strings.HasPrefix(w, "--") {
			return c.Words[:i+1], c.Words[i+1:]
		}
	}
	return c.Words, nil
}

// xenWords and dom0Words return the words of the two lines.
func (m *menu) xenWords() []string  { _, words := split(m.xen); return words }
func (m *menu) dom0Words() []string { _, words := split(m.dom0); return words }

// initrdFile returns the initramfs by GRUB's path.
func (m *menu) initrdFile() string { before, _ := split(m.initrd); return before[len(before)-1] }

// trial returns an entry that boots the words once, with another initramfs. It is the default
// entry, but for the commands that load its files. GRUB has emptied next_entry before it comes to
// the entry. If it could not do so, it would boot the trial again and again: then the entry boots
// the old words.
func (m *menu) trial(title string, xen, dom0 []string, initrd string) ([]byte, error) {
	open, err := m.open()
	if err != nil {
		return nil, err
	}
	first, last := m.xen.Start, max(m.xen.End, m.dom0.End, m.initrd.End)
	end := bytes.LastIndexByte(m.content[:m.entry.End], '}')
	old := m.without(first, last)
	fresh, err := m.loading(first, last, xen, dom0, initrd)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "menuentry %s --class xen%s --id %s {", single(title), m.unrestricted(), EntryID)
	b.Write(m.without(open, first))
	b.WriteString("load_env\n\tif [ -n \"${next_entry}\" ]; then\n\techo 'GRUB cannot write to grubenv, and boots the old line.'\n\t")
	b.Write(old)
	b.WriteString("\n\telse\n\t")
	b.Write(fresh)
	b.WriteString("\n\tfi")
	b.Write(m.without(last, end))
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// fallback returns what has GRUB boot the default entry if it cannot load the files of the trial;
// "" if the default entry is in a submenu, which GRUB's fallback cannot name.
func (m *menu) fallback() string {
	config, err := grub.ParseConfig(m.content, nil)
	if err != nil {
		return ""
	}
	for _, e := range config.Entries {
		if e.Start == m.entry.Start && e.Number >= 0 {
			return fmt.Sprintf("if [ \"${default}\" = %s ]; then\n\tset fallback=%d\nfi\n", EntryID, e.Number)
		}
	}
	return ""
}

// open returns where the block of the entry begins, after its "{".
func (m *menu) open() (int, error) {
	head := m.content[m.entry.Start:m.entry.Commands[0].Start]
	at := bytes.LastIndexByte(head, '{')
	if at < 0 || bytes.Contains(head, []byte("--users")) {
		return 0, refused(OtherEntry, "", "%s:%d: the default entry %q asks for a user", m.file, m.entry.Line, m.entry.Title)
	}
	return m.entry.Start + at + 1, nil
}

// unrestricted returns the option by which the entry boots without a password, where the default
// entry has it.
func (m *menu) unrestricted() string {
	if bytes.Contains(m.content[m.entry.Start:m.entry.Commands[0].Start], []byte(" --unrestricted")) {
		return " --unrestricted"
	}
	return ""
}

// without returns a part of the entry without the command that makes it the saved default.
func (m *menu) without(start, end int) []byte {
	var b bytes.Buffer
	for _, c := range m.entry.Commands {
		if c.Name == "savedefault" && c.Start >= start && c.End <= end {
			b.Write(m.content[start:c.Start])
			b.WriteString("true")
			start = c.End
		}
	}
	b.Write(m.content[start:end])
	return b.Bytes()
}

// loading returns the part of the entry that loads the files, with other words.
func (m *menu) loading(start, end int, xen, dom0 []string, initrd string) ([]byte, error) {
	beforeXen, _ := split(m.xen)
	beforeDom0, _ := split(m.dom0)
	beforeInitrd, rest := split(m.initrd)
	var b bytes.Buffer
	for _, part := range []struct {
		command grub.Command
		words   []string
	}{
		{m.xen, slices.Concat(beforeXen, xen)},
		{m.dom0, slices.Concat(beforeDom0, dom0)},
		{m.initrd, slices.Concat(beforeInitrd[:len(beforeInitrd)-1], []string{initrd}, rest)},
	} {
		line, err := command(part.command.Name, part.words)
		if err != nil {
			return nil, err
		}
		if part.command.Start < start {
			return nil, refused(OtherEntry, "", "%s:%d: the default entry %q loads its files in another order", m.file, m.entry.Line, m.entry.Title)
		}
		b.Write(m.content[start:part.command.Start])
		b.WriteString(line)
		start = part.command.End
	}
	b.Write(m.content[start:end])
	return b.Bytes(), nil
}

// command writes a command as GRUB's scripts have it.
func command(name string, words []string) (string, error) {
	var b strings.Builder
	b.WriteString(name)
	for _, w := range words {
		text, err := scriptWord(w)
		if err != nil {
			return "", err
		}
		b.WriteString(" " + text)
	}
	return b.String(), nil
}

// scriptWord quotes a word if that is needed. A variable that only GRUB knows stays one.
func scriptWord(word string) (string, error) {
	name, variable := strings.CutPrefix(word, "${")
	variable = variable && strings.IndexByte(name, '}') > 0
	switch {
	case variable && strings.IndexFunc(name[:strings.IndexByte(name, '}')], notInName) < 0 && plain(name[strings.IndexByte(name, '}')+1:]):
		return word, nil
	case strings.Contains(word, "$"):
		return "", refused(BadWord, "", "the word %s has a variable of GRUB in it", word)
	case word != "" && plain(word):
		return word, nil
	}
	return single(word), nil
}

// plain reports whether GRUB's scripts take a text as it is, without quotes.
func plain(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return notInName(r) && !strings.ContainsRune("./:,=@%+-", r) }) < 0
}

func notInName(r rune) bool {
	return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

// single puts a text between single quotes.
func single(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
