package hostboot

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Kernel is what is known of the words that dom0's kernel and its modules take.
type Kernel struct {
	File  string // the image
	Own   image.Kernel
	fs    sysfs.FS
	types map[string]kmod.Parameter // of what is built in, by "module.name" with '_'
	files map[string]string         // of the loadable modules; nil where they are not known
	read  map[string][]kmod.Parameter
}

// ReadKernel reads the parameters of the kernel that boots next, and of its modules. The errors
// are those of image.ReadKernel: then only what is known of modules is in the result.
func ReadKernel(ctx context.Context, f sysfs.FS, n Next) (*Kernel, error) {
	k := &Kernel{File: cmp.Or(n.Kernel.Name, n.Kernel.Named), fs: f, types: map[string]kmod.Parameter{}, read: map[string][]kmod.Parameter{}}
	var err error
	k.Own, err = image.ReadKernel(ctx, f, k.File)
	release, ok := kmod.OfImage(f, k.File)
	if !ok {
		return k, err
	}
	k.files, _ = release.Files()              // nil where there are none
	builtIn, _ := release.BuiltInParameters() // since Linux 5.2
	for _, p := range builtIn {
		k.types[dashes(p.Module+"."+p.Name)] = p
	}
	return k, err
}

// seen reports whether the kernel itself was read.
func (k *Kernel) seen() bool { return len(k.Own.Parameters) > 0 }

// dashes writes '-' as '_', which are the same in the names of modules and parameters.
func dashes(name string) string { return strings.ReplaceAll(name, "-", "_") }

// Type returns the type and the description of a parameter of something built in; "" where they
// are not known.
func (k *Kernel) Type(name string) (kind, about string) {
	p := k.types[dashes(name)]
	return p.Type, p.About
}

// Modules returns the loadable modules that words of a command line are for, sorted, with '_'.
func (k *Kernel) Modules(line Line) []string {
	found := map[string]bool{}
	for _, w := range line.Words {
		module, _, dotted := strings.Cut(key(w.Text), ".")
		if _, is := k.files[dashes(module)]; dotted && is {
			found[dashes(module)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Loadable reports whether there is a loadable module of a name.
func (k *Kernel) Loadable(module string) bool { return k.files[dashes(module)] != "" }

// Parameters returns the parameters of a loadable module. The error is that of
// image.ReadModule.
func (k *Kernel) Parameters(ctx context.Context, module string) ([]kmod.Parameter, error) {
	module = dashes(module)
	if all, ok := k.read[module]; ok {
		return all, nil
	}
	all, err := image.ReadModule(ctx, k.fs, k.files[module])
	if err == nil {
		k.read[module] = all
	}
	return all, err
}

func key(word string) string {
	name, _, _ := strings.Cut(word, "=")
	return name
}

// Meaning is what dom0's kernel makes of a word of its command line.
type Meaning string

// The meanings.
const (
	Taken       Meaning = "taken"        // by the kernel or by a module
	NoParameter Meaning = "no_parameter" // there is such a module, and it has no such parameter
	NoModule    Meaning = "no_module"    // there is no such module, and one with nearly that name
	Misspelt    Meaning = "misspelt"     // the kernel takes a word of nearly that name, and nothing is known to take this one
	Elsewhere   Meaning = "elsewhere"    // it may be for init, or for a script of the initramfs
)

// Judge returns what the kernel makes of a word, and the name that was probably meant: "" where
// none is near.
func (k *Kernel) Judge(ctx context.Context, word string) (m Meaning, near string) {
	if _, ok := k.Own.Finds(word); ok {
		return Taken, ""
	}
	name := key(word)
	module, parameter, dotted := strings.Cut(name, ".")
	switch {
	case !dotted:
		return k.undotted(name)
	case forInit(module) || slices.Contains(generic[:], parameter):
		return Elsewhere, ""
	}
	if own := k.own(module); len(own) > 0 {
		near := nearest(dashes(name), own)
		switch {
		case slices.Contains(own, dashes(name)):
			return Taken, ""
		case near == "" && !k.seen(): // what reads it may have no parameter of a module
			return Elsewhere, ""
		}
		return NoParameter, near
	}
	if !k.Loadable(module) {
		return k.noModule(ctx, module, parameter)
	}
	names, ok := k.named(ctx, module)
	switch {
	case !ok || slices.Contains(names, dashes(name)):
		return Taken, ""
	default:
		return NoParameter, nearest(dashes(name), names)
	}
}

// generic are parameters that every module has (kernel/module/main.c, lib/dynamic_debug.c).
var generic = [...]string{"async_probe", "dyndbg"}

// own returns the parameters of something that is built in, with its name before them.
func (k *Kernel) own(module string) (names []string) {
	prefix := dashes(module) + "."
	for _, p := range k.Own.Parameters {
		if name := dashes(p.Name); strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	for name := range k.types {
		if strings.HasPrefix(name, prefix) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// named returns the parameters of a loadable module, with its name before them; false if its
// file cannot be read.
func (k *Kernel) named(ctx context.Context, module string) (names []string, ok bool) {
	all, err := k.Parameters(ctx, module)
	for _, p := range all {
		names = append(names, dashes(module+"."+p.Name))
	}
	return names, err == nil
}

// noModule looks for a module of nearly that name that has the parameter.
func (k *Kernel) noModule(ctx context.Context, module, parameter string) (Meaning, string) {
	module = dashes(module)
	modules := slices.Sorted(maps.Keys(k.files))
	for _, p := range k.Own.Parameters {
		if m, _, dotted := strings.Cut(dashes(p.Name), "."); dotted {
			modules = append(modules, m)
		}
	}
	near := nearest(module, modules)
	// pciback of Xen's own kernels is xen-pciback in Linux's.
	for _, renamed := range [...]string{"xen_" + module, strings.TrimPrefix(module, "xen_")} {
		if renamed != module && slices.Contains(modules, renamed) {
			near = renamed
		}
	}
	if near == "" {
		return Elsewhere, ""
	}
	meant := near + "." + dashes(parameter)
	names := k.own(near)
	if k.Loadable(near) {
		names, _ = k.named(ctx, near)
	}
	if !slices.Contains(names, meant) {
		return Elsewhere, ""
	}
	return NoModule, meant
}

// undotted judges a word that the kernel does not take and that has no dot. It may be for init:
// only what is nearly a word of the kernel is called misspelt.
func (k *Kernel) undotted(name string) (Meaning, string) {
	if forInit(name) {
		return Elsewhere, ""
	}
	var names []string
	for _, p := range k.Own.Parameters {
		if !strings.Contains(p.Name, ".") {
			names = append(names, dashes(p.Name))
		}
	}
	if near := nearest(dashes(name), names); near != "" {
		return Misspelt, near
	}
	return Elsewhere, ""
}

const (
	shortest = 5  // letters of a name that can be said to be misspelt
	longest  = 64 // of one that is compared
	long     = 8  // from this length on, two letters may be wrong
)

// nearest returns the name of which one is a misspelling; "" if it is nearly none of them.
func nearest(name string, names []string) string {
	if len(name) < shortest || len(name) > longest {
		return ""
	}
	most := 1
	if len(name) >= long {
		most = 2
	}
	for n := 1; n <= most; n++ {
		if i := slices.IndexFunc(names, func(other string) bool { return len(other) >= shortest && prose.Near(name, other, n) }); i >= 0 {
			return names[i]
		}
	}
	return ""
}
