package modprobe

import "github.com/xenpci/xenpci/internal/fnmatch"

// Rules are the lines of one kind that match a module. Only one of them takes effect.
type Rules struct {
	Wins  *Found  // the one that takes effect; nil if there is none
	Loses []Found // the others, in the order of the files
}

// Softdep returns the softdep lines of a module. kmod uses the first alone
// (kmod_module_get_softdeps in libkmod/libkmod-module.c), modules.softdep
// among them; module-init-tools the last.
func (c *Config) Softdep(module string) Rules { return c.rules(Softdep, module) }

// Install returns the commands that modprobe runs instead of loading a module. kmod
// uses the first, module-init-tools the last. InstallIgnored reports whether it is
// run at all.
func (c *Config) Install(module string) Rules { return c.rules(Install, module) }

// InstallIgnored reports whether kmod runs no install command for a module, because a
// softdep line names modules to load before or after it (mod->ignorecmd in
// libkmod/libkmod-module.c; measured with kmod 30). Adding a softdep line so disables
// an install line, and for a module that brings its own softdep, such as r8169, an
// install line does nothing.
//
// kmod checks that a module of such a name exists, and runs the install command if
// none does; this package does not check.
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

// winner returns the index of the line that takes effect.
func (c *Config) winner(lines int) int {
	if c.old {
		return lines - 1
	}
	return 0
}

// Blacklist returns the lines that keep a module from being loaded for its device.
// "modprobe MODULE" still loads it. On the kernel command line the name must be spelled
// with '_', since kmod compares it as it is.
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
