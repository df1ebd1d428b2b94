package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// completionOptions are those for commands without completions of their own: no files.
func completionOptions() (o cobra.CompletionOptions) {
	o.DisableDefaultCmd = true
	o.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	return o
}

// completeIDs offers the addresses and names of the devices that offer chooses, except
// those that are on the command line already. Where a path has begun, the shell completes
// files.
func (a *app) completeIDs(offer func(passthrough.Device) bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if strings.HasPrefix(begun, "/") {
			return nil, cobra.ShellCompDirectiveDefault
		}
		all, ok := a.survey()
		if !ok {
			return nil, cobra.ShellCompDirectiveError
		}
		var addresses, names []cobra.Completion
		for _, s := range all {
			at := addressFrom(s.Device.Address, begun)
			if !offer(s.Device) || slices.ContainsFunc(given, func(id string) bool { return isOf(id, s) }) {
				continue
			}
			if at != "" {
				addresses = append(addresses, cobra.CompletionWithDesc(at, deviceWords(s.Device, "")))
			}
			for _, name := range s.Names {
				if strings.HasPrefix(name, begun) && simpleWord(name) {
					names = append(names, cobra.CompletionWithDesc(name, s.Device.Address.String()+" "+deviceWords(s.Device, name)))
				}
			}
		}
		return append(addresses, names...), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// survey returns what shows at little cost of the devices of the tree that the flags name.
func (a *app) survey() ([]passthrough.Surveyed, bool) {
	host, err := passthrough.Open(a.root, passthrough.Options{})
	if err != nil {
		return nil, false
	}
	names, _ := pci.OpenNames(a.root)
	defer names.Close()
	all, err := host.Look().Survey(names)
	return all, err == nil
}

// addressFrom returns the address in the form that has begun, with its domain or without;
// "" where it begins otherwise.
func addressFrom(a pci.Address, begun string) string {
	for _, text := range []string{a.String(), a.Short()} {
		if strings.HasPrefix(text, strings.ToLower(begun)) {
			return text
		}
	}
	return ""
}

// isOf reports whether an ID on the command line is one of a device.
func isOf(id string, s passthrough.Surveyed) bool {
	selector, err := pci.ParseSelector(id)
	if err != nil {
		return slices.Contains(s.Names, id)
	}
	return selector.Kind != pci.KindModel && (selector.Address == s.Device.Address ||
		selector.Kind == pci.KindSlot && selector.Address.SameSlot(s.Device.Address))
}

// maxModel is how many characters of a device's name a description has: the shell cuts what
// does not fit on the screen, and the state is at the end.
const maxModel = 32

// deviceWords describes a device: "Ethernet 3c905B 100BaseTX, eth1, free". The name that it
// is described for is left out.
func deviceWords(d passthrough.Device, but string) string {
	names := slices.DeleteFunc(slices.Clone(d.KernelNames), func(name string) bool { return name == but })
	var parts []string
	for _, part := range []string{screen{ascii: !isUTF8()}.cut(strings.Replace(d.Short, ": ", " ", 1), maxModel), few(names, namesWidth), wasNames(d.Was), stateCell(d, false).text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// anyDevice offers every device.
func anyDevice(passthrough.Device) bool { return true }

// completeLayers offers the boot layers.
func completeLayers(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var all []string
	for _, layer := range passthrough.Layers() {
		all = append(all, layer.String())
	}
	return beginning(all, begun), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeDrivers offers the drivers that the kernel has.
func (a *app) completeDrivers(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	host, err := passthrough.Open(a.root, passthrough.Options{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return beginning(host.Drivers(), begun), cobra.ShellCompDirectiveNoFileComp
}

// completeFlag has complete offer the values of a flag that the command has.
func completeFlag(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	_ = cmd.RegisterFlagCompletionFunc(flag, complete) // the error is that there is no such flag
}

// completeSlot offers addresses without their domain, as -s takes them.
func (a *app) completeSlot(_ *cobra.Command, _ []string, begun string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
	all, _ := a.survey()
	for _, s := range all {
		if at := addressFrom(s.Device.Address, begun); at != "" {
			found = append(found, cobra.CompletionWithDesc(at, deviceWords(s.Device, "")))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeModel offers the ids of all devices, as -d takes them.
func (a *app) completeModel(_ *cobra.Command, _ []string, begun string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
	all, _ := a.survey()
	for _, s := range all {
		one := cobra.CompletionWithDesc(s.Device.Vendor+":"+s.Device.Device, s.Device.Name)
		if !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	return beginning(found, begun), cobra.ShellCompDirectiveNoFileComp
}

// beginning returns those of some texts that begin as one does.
func beginning(texts []string, begun string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return !strings.HasPrefix(text, begun) })
}

// completeFiles has the shell complete files.
func completeFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}
