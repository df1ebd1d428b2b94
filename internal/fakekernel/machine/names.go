package machine

import (
	_ "embed"
	"strings"
)

// idNames has the names of all devices of the machines, in the form of pci.ids.
//
//go:embed pci.ids
var idNames string

// names writes the part of pci.ids that this machine needs.
func (b *builder) names() {
	wanted := map[string]bool{}
	for _, d := range b.machine.Devices {
		for _, pair := range []string{d.ID, d.Subsystem} {
			vendor, _, _ := strings.Cut(pair, ":")
			wanted[vendor], wanted[pair] = true, true
		}
	}
	var kept strings.Builder
	var vendor, product string
	for line := range strings.Lines(idNames) {
		name := strings.TrimLeft(line, "\t")
		keep := false
		switch depth := len(line) - len(name); {
		case strings.HasPrefix(line, "#") || strings.HasPrefix(vendor, "C ") && depth > 0:
			keep = true
		case depth == 0:
			vendor, _, _ = strings.Cut(name, "  ")
			keep = strings.HasPrefix(name, "C ") || wanted[vendor]
		case depth == 1:
			product, _, _ = strings.Cut(name, "  ")
			keep = wanted[vendor+":"+product]
		default:
			subsystem, _, _ := strings.Cut(name, "  ")
			keep = wanted[vendor+":"+product] && wanted[strings.Replace(subsystem, " ", ":", 1)]
		}
		if keep {
			kept.WriteString(line)
		}
	}
	b.file("/usr/share/misc/pci.ids", 0o644, kept.String())
}
