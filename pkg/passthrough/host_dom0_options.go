package passthrough

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/option"
	"github.com/xenpci/xenpci/internal/kmod"
)

// Dom0Options returns the parameters of dom0's kernel that boots next: its own, and those of the
// loadable modules for which there are words on its line. With a name it returns the parameter
// of that name ("console", "xen-pciback.hide"), or all of a module ("xen-pciback"). The error is
// CodeBadOption if there is none of that name, or about reading the kernel.
func (v *View) Dom0Options(ctx context.Context, name string) (HostOptions, error) {
	next := v.nextBoot()
	switch {
	case next.Err != nil:
		return HostOptions{}, wrapped(next.Err)
	case !next.Xen:
		return HostOptions{}, &Error{Code: CodeFailed, Reason: "what boots next does not boot Xen, or is not known, so that dom0's kernel is not known either"}
	}
	kernel, err := hostboot.ReadKernel(ctx, v.fs, next)
	if err != nil {
		return HostOptions{}, within("the parameters of dom0's kernel cannot be read", err)
	}
	all := HostOptions{Image: kernel.File, Release: next.KernelRelease(), Read: true, Options: []HostOption{}}
	modules := kernel.Modules(next.Dom0Line)
	if wanted, _, _ := strings.Cut(name, "."); kernel.Loadable(wanted) && !slices.Contains(modules, sameDashes(wanted)) {
		modules = append(modules, sameDashes(wanted))
	}
	var names []string
	add := func(o HostOption, is ...string) {
		names = append(names, o.Name)
		is = append(is, o.Name)
		if name == "" || slices.ContainsFunc(is, func(n string) bool { return sameDashes(n) == sameDashes(name) }) {
			all.Options = append(all.Options, o)
		}
	}
	for _, p := range kernel.Own.Parameters {
		module, _, _ := strings.Cut(p.Name, ".")
		add(newOwnParameter(kernel, next, p), module)
	}
	for _, module := range modules {
		parameters, err := kernel.Parameters(ctx, module)
		if err != nil {
			return HostOptions{}, wrapped(err)
		}
		for _, p := range parameters {
			add(newModuleParameter(next, module, p), module)
		}
	}
	slices.SortStableFunc(all.Options, func(a, b HostOption) int { return cmp.Compare(a.Name, b.Name) })
	if name == "" || len(all.Options) > 0 {
		return all, nil
	}
	missing := &Error{Code: CodeBadOption, Reason: fmt.Sprintf("dom0's kernel takes no parameter %q; init or the initramfs may read such a word", name)}
	if near := option.Nearest(name, names); near != "" {
		missing.Advice = "did you mean " + near + "?"
	}
	return HostOptions{}, missing
}

// sameDashes writes '-' as '_', which are the same to the kernel.
func sameDashes(name string) string { return strings.ReplaceAll(name, "-", "_") }

func newOwnParameter(k *hostboot.Kernel, next hostboot.Next, p image.Parameter) HostOption {
	kind, about := k.Type(p.Name)
	o := HostOption{Name: p.Name, Type: newParameterType(kind), About: about, Set: parameterWords(next, image.Kernel{Parameters: []image.Parameter{p}})}
	if p.Source != image.Param {
		o.Type = HostOptionCustom
	}
	return o
}

func newModuleParameter(next hostboot.Next, module string, p kmod.Parameter) HostOption {
	name := module + "." + p.Name
	return HostOption{
		Name: name, Type: newParameterType(p.Type), Module: module, About: p.About,
		Set: parameterWords(next, image.Kernel{Parameters: []image.Parameter{{Name: name, Source: image.Param}}}),
	}
}

// parameterWords returns the words of dom0's line that set a parameter.
func parameterWords(next hostboot.Next, one image.Kernel) []HostWord {
	words := []HostWord{}
	for i, w := range next.Dom0Line.Words {
		if _, is := one.Finds(w.Text); is && (i > 0 || !w.Leading()) {
			words = append(words, HostWord{w.Text, newHostPlace(w.Place)})
		}
	}
	return words
}

// newParameterType returns the type of a parameter whose module names it (kernel/params.c); "" for
// one that does not.
func newParameterType(kind string) HostOptionType {
	switch kind {
	case "":
		return ""
	case "bool":
		return HostOptionBool
	case "invbool":
		return HostOptionInverted
	case "charp", "string":
		return HostOptionString
	case "int", "short", "long":
		return HostOptionNumber
	case "uint", "ushort", "ulong", "ullong", "byte", "hexint":
		return HostOptionUnsigned
	}
	return HostOptionCustom // arrays, and types of the module's own
}
