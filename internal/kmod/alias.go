package kmod

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/xenpci/xenpci/internal/fnmatch"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// Aliases finds the modules that claim a PCI device. Kernel.Aliases returns it. It
// opens a file when the first device needs it, and may be shared between
// goroutines.
//
// It searches these sources in the order of libkmod, and uses the first that has
// the device:
//   - the administrator's alias lines in modprobe.d;
//   - modules.alias.bin, or else modules.alias;
//   - for built-in modules modules.builtin.alias.bin (since kmod 27), or else
//     modules.builtin.modinfo (since Linux 5.2).
//
// libkmod also looks for a module, a symbol, an install line or a remove line of
// that name; none has the name of a device. As in lspci, blacklist lines have no
// effect. The kernel command line cannot define aliases.
//
// If modules.dep.bin, modules.alias.bin, modules.symbols.bin or
// modules.builtin.bin is missing, lspci omits the modules of all devices and prints
// "Unable to load libkmod resources: error -2" once on stderr (-22 for a corrupt
// file). Aliases needs only modules.alias, so that it works on a captured tree.
type Aliases struct {
	sources []func() source
}

// source returns the modules that claim a device, in the order in which modprobe
// would load them, without consecutive duplicates.
type source interface {
	modules(modalias string) []string
}

// alias is one line "alias PATTERN MODULE".
type alias struct {
	pattern, module string
	priority        int // lower comes first
}

// list is aliases in the order in which they are used.
type list []alias

// busPrefix begins the alias of every PCI device.
const busPrefix = "pci:"

// Aliases returns the aliases of this kernel. If it has neither modules.alias.bin
// nor modules.alias, the error has fs.ErrNotExist in its chain, and the Aliases
// that is returned with it uses the other sources.
func (k Kernel) Aliases() (*Aliases, error) {
	a := &Aliases{sources: []func() source{
		sync.OnceValue(func() source { return administratorAliases(k.fsys) }),
		sync.OnceValue(k.loadable),
		sync.OnceValue(k.builtIn),
	}}
	if text := k.dir + "/modules.alias"; !k.fsys.Exists(text+".bin") && !k.fsys.Exists(text) {
		missing := &sysfs.AttrError{Op: "open", Path: text, Err: syscall.ENOENT}
		return a, fmt.Errorf("modules of kernel %s: %w", k.Release, missing)
	}
	return a, nil
}

// Modules returns the modules for a modalias such as
// "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00", in the order in which
// modprobe would load them, without consecutive duplicates and with '_' for '-' in
// their names. It returns none for devices on other buses.
func (a *Aliases) Modules(modalias string) []string {
	modalias, ok := modprobe.PatternName(modalias)
	if !ok || !strings.HasPrefix(modalias, busPrefix) || len(modalias) > fnmatch.MaxText {
		return nil
	}
	for _, source := range a.sources {
		if modules := source().modules(modalias); len(modules) > 0 {
			return modules
		}
	}
	return nil
}

// loadable returns the aliases of loadable modules; an empty source if no index
// can be read.
func (k Kernel) loadable() source {
	if ix, err := openIndex(k.fsys, k.dir+"/modules.alias.bin"); err == nil {
		return ix
	}
	text, err := k.fsys.Read(k.dir+"/modules.alias", maxIndex)
	if err != nil {
		return list(nil)
	}
	return newTable(parseAliases(string(text)))
}

// builtIn returns the aliases of built-in modules.
func (k Kernel) builtIn() source {
	if ix, err := openIndex(k.fsys, k.dir+"/modules.builtin.alias.bin"); err == nil {
		return ix
	}
	text, err := k.fsys.Read(k.dir+"/modules.builtin.modinfo", maxIndex)
	if err != nil {
		return list(nil)
	}
	return newTable(parseModinfo(string(text)))
}

// modules implements source.
func (l list) modules(modalias string) []string {
	if len(l) == 0 {
		return nil
	}
	text := fnmatch.New(modalias)
	return names(matching(nil, l, &text))
}

// matching appends the aliases that match text to found.
func matching(found, aliases []alias, text *fnmatch.Text) []alias {
	for _, a := range aliases {
		if text.Match(a.pattern) {
			found = append(found, a)
		}
	}
	return found
}

func names(aliases []alias) (modules []string) {
	for _, a := range aliases {
		modules = append(modules, a.module)
	}
	return slices.Compact(modules)
}
