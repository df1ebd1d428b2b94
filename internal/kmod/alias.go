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

// Aliases finds the modules that claim a PCI device. It is made by
// Kernel.Aliases, opens a file when the first device needs it, and may be shared
// between goroutines.
//
// Sources are asked as libkmod does, the first that knows the device answers:
//   - the administrator's alias lines in modprobe.d;
//   - modules.alias.bin, in place of which modules.alias does;
//   - modules.builtin.alias.bin, what is built in (since kmod 27), in place of
//     which modules.builtin.modinfo does (since Linux 5.2).
//
// libkmod also asks for a module, a symbol, an install or a remove line of that
// very name; none has the name of a device. Lines "blacklist" do not count, nor
// do they for lspci, and the kernel's command line can make no alias.
//
// lspci leaves its line out for all devices, and says once "Unable to load
// libkmod resources: error -2" on stderr (-22 for a broken file), where
// modules.dep.bin, modules.alias.bin, modules.symbols.bin or modules.builtin.bin
// is not there. Aliases is content with modules.alias, so that it can answer for
// a captured tree.
type Aliases struct {
	sources []func() source
}

// source says which modules claim a device, in the order in which modprobe
// would load them, the same twice in a row named once.
type source interface {
	modules(modalias string) []string
}

// alias is one line "alias PATTERN MODULE".
type alias struct {
	pattern, module string
	priority        int // what has the lower one comes first
}

// list is aliases in the order in which they answer.
type list []alias

// busPrefix begins the alias of every PCI device.
const busPrefix = "pci:"

// Aliases is for the devices of this kernel. Where it has neither
// modules.alias.bin nor modules.alias the error has fs.ErrNotExist in its chain,
// and Aliases knows what the other files say.
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

// Modules names the modules for a modalias such as
// "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00", in the order in
// which modprobe would load them; '_' stands for '-' in their names. The same
// module twice in a row is named once. It knows nothing of other buses.
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

// loadable has the aliases of what is a file; nothing where no index can be
// read.
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

// builtIn has the aliases of what is part of the kernel.
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

// matching appends to found those of aliases that match.
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
