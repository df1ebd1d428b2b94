package modprobe

import "github.com/xenpci/xenpci/internal/fnmatch"

// Rules are the lines of one kind that match a module. One of them counts.
type Rules struct {
	Wins  *Found  // nil where there is none
	Loses []Found // in the order of the files; modprobe does nothing by them
}

// Softdep returns the softdep lines of a module. kmod uses the first alone
// (kmod_module_get_softdeps in libkmod/libkmod-module.c), modules.softdep
// among them; module-init-tools the last.
func (c *Config) Softdep(module string) Rules { return c.rules(Softdep, module) }

// Install returns the commands that are run in place of loading a module. Here
// too the first counts, or the last for module-init-tools. InstallIgnored says
// whether it is run at all.
func (c *Config) Install(module string) Rules { return c.rules(Install, module) }

// InstallIgnored says that no install command is run for a module, since a
// softdep line names modules that go before or after it (mod->ignorecmd in
// libkmod/libkmod-module.c; measured with kmod 30). So a softdep that is added
// switches an install line off, and for a module with a softdep of its own, as
// r8169 has, an install line does nothing.
//
// kmod looks whether such a module exists, and this package does not: names of
// modules that are not there leave the install command be.
func (c *Config) InstallIgnored(module string) bool {
	r := c.Softdep(module)
	return r.Wins != nil && len(r.Wins.Directive.Pre)+len(r.Wins.Directive.Post) > 0
}

func (c *Config) rules(kind Kind, module string) (r Rules) {
	found := c.matching(kind, module)
	if len(found) == 0 {
		return r
	}
	wins := c.winner(len(found))
	r.Wins = &found[wins]
	r.Loses = append(r.Loses, found[:wins]...)
	r.Loses = append(r.Loses, found[wins+1:]...)
	return r
}

func (c *Config) matching(kind Kind, module string) (found []Found) {
	for _, f := range c.Lines(kind) {
		if fnmatch.Match(f.Directive.Module, Name(module)) {
			found = append(found, f)
		}
	}
	return found
}

// winner is which of several lines counts.
func (c *Config) winner(lines int) int {
	if c.old {
		return lines - 1
	}
	return 0
}

// Blacklist returns the lines that keep a module from being loaded by what its
// device is. "modprobe MODULE" loads it anyway. One on the kernel command
// line counts only where it is spelled with '_', as kmod compares it as it is.
func (c *Config) Blacklist(module string) (found []Found) {
	for _, f := range c.Lines(Blacklist) {
		if f.Directive.Module == Name(module) {
			found = append(found, f)
		}
	}
	return found
}

// Aliases returns the alias lines whose pattern matches a name or a modalias: the
// modules that "modprobe NAME" loads if no module has that name. A name longer than
// 63 bytes, as those of some buses other than PCI are, matches only itself.
func (c *Config) Aliases(name string) (found []Found) {
	normal, ok := PatternName(name)
	if !ok {
		return nil
	}
	for _, f := range c.Lines(Alias) {
		if fnmatch.Match(f.Directive.Text, normal) {
			found = append(found, f)
		}
	}
	return found
}
