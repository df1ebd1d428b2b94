// Package graphtest helps the tests of the rooms that build a graph: trees of
// files to read, and findings as short lines of facts.
package graphtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Link is the content of a file in Plant that shall be a symbolic link.
func Link(target string) string { return "-> " + target }

// Plant makes a tree of files and links below a new root.
func Plant(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		name = filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if target, isLink := strings.CutPrefix(content, "-> "); err == nil && isLink {
			err = os.Symlink(target, name)
		} else if err == nil {
			err = os.WriteFile(name, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Builder returns a builder with these devices, without their models.
func Builder(devices []pci.Device) *graph.Builder {
	return graph.NewBuilder(devices, func(pci.Device) string { return "" })
}

// Address parses an address.
func Address(t testing.TB, s string) pci.Address {
	t.Helper()
	a, err := pci.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Facts returns the facts of each finding on a line, without its prose: what needs
// the device by which chain and what would be left ("refuse: / > md0 > sda >
// 0000:00:1f.2; left: sdb"), or else the code, the subject and the related
// functions ("warn: disk_unknown zd0").
func Facts(found []graph.Finding) (lines []string) {
	for _, f := range found {
		words := []string{string(f.Code)}
		if f.Subject != "" {
			words = append(words, f.Subject)
		}
		for _, a := range f.Related {
			words = append(words, a.String())
		}
		line := strings.Join(words, " ")
		if len(f.Chain) > 0 {
			line = f.Subject
			if strings.Contains(f.Reason, " may be on ") {
				line += " (perhaps)"
			}
			for _, l := range f.Chain {
				line += " > " + l.String()
			}
		}
		if f.Left != nil {
			line += "; left: " + strings.Join(f.Left, ", ")
		}
		lines = append(lines, f.Severity.String()+": "+line)
	}
	return lines
}

// All returns the facts of each device that there are findings about, each taken
// alone, by its short address.
func All(g *graph.Graph, devices []pci.Device) map[string][]string {
	all := make(map[string][]string)
	for _, d := range devices {
		if found := Facts(g.Findings(d.Address)); found != nil {
			all[d.Address.Short()] = found
		}
	}
	return all
}
