package grub

import "strings"

// Xen returns what an entry that boots Xen loads: the hypervisor by multiboot,
// multiboot2 or xen_hypervisor, and the others by module, module2 or xen_module, of
// which the first is dom0's kernel. Where tboot is loaded first, the hypervisor is a module
// too. ok is false for any other entry.
func (e Entry) Xen() (x Xen, ok bool) {
	var images []Image
	for _, c := range e.loads() {
		images = append(images, c.image())
	}
	return XenOf(images)
}

// loads returns the commands by which an entry loads what may be Xen, and its modules.
func (e Entry) loads() []Command {
	var commands []Command
	for _, c := range e.Commands {
		switch c.Name {
		case "multiboot", "multiboot2", "xen_hypervisor":
			commands = []Command{c}
		case "module", "module2", "xen_module":
			if len(commands) > 0 {
				commands = append(commands, c)
			}
		}
	}
	return commands
}

// Linux returns what an entry without Xen loads: the kernel by linux, linux16 or
// linuxefi, and the files of initrd, initrd16 or initrdefi. ok is false for any other
// entry.
func (e Entry) Linux() (kernel Image, initrds []string, ok bool) {
	for _, c := range e.Commands {
		switch c.Name {
		case "linux", "linux16", "linuxefi":
			kernel, ok = c.image(), true
		case "initrd", "initrd16", "initrdefi":
			initrds = append(initrds, c.Words...)
		}
	}
	return kernel, initrds, ok
}

// Recovery reports whether the entry is for recovery, by the rule of
// Stanza.Recovery. grub-mkconfig writes "single" first among the arguments of its
// recovery entries, whatever language their titles have. XenServer's fallback entries, which
// boot the files that were installed first if an update fails, are for recovery too.
func (e Entry) Recovery() bool {
	if x, ok := e.Xen(); ok {
		return Recovery(e.Title, x.Dom0.Arguments) || x.fallback()
	}
	kernel, _, _ := e.Linux()
	return Recovery(e.Title, kernel.Arguments)
}

// image separates options, file and arguments, and joins the arguments as GRUB does
// (grub_create_loader_cmdline in grub-core/lib/cmdline.c). The word "placeholder" that
// 20_linux_xen writes first is one of them: Xen takes the first word of a command line
// for a file.
func (c Command) image() Image {
	words := c.Words
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		words = words[1:]
	}
	if len(words) == 0 {
		return Image{Line: c.Line, Command: c.Name}
	}
	var arguments []string
	for _, w := range words[1:] {
		arguments = append(arguments, loaderWord(w))
	}
	return Image{File: words[0], Arguments: ParseCommandLine(strings.Join(arguments, " ")), Line: c.Line, Command: c.Name}
}

func loaderWord(word string) string {
	var b strings.Builder
	for i := range len(word) {
		if strings.IndexByte("\\'\"", word[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(word[i])
	}
	if strings.Contains(word, " ") {
		return `"` + b.String() + `"`
	}
	return b.String()
}

// XenEntries returns the entries that boot Xen, including those of submenus, in the
// order of the file.
func (c *Config) XenEntries() []Entry {
	return xenEntries(nil, c.Entries)
}

func xenEntries(found, menu []Entry) []Entry {
	for _, e := range menu {
		if _, ok := e.Xen(); ok {
			found = append(found, e)
		}
		found = xenEntries(found, e.Entries)
	}
	return found
}
