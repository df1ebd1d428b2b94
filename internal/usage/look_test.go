package usage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

// link is the content of a file in plant that shall be a symbolic link.
func link(target string) string { return "-> " + target }

// plant makes a tree of files and links below a new root.
func plant(t testing.TB, files map[string]string) string {
	t.Helper()
	root := scratch.Dir(t)
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

// look lets one part look at a machine of some devices and files.
func look(t *testing.T, part func(*scan), devices []pci.Device, files map[string]string) *Graph {
	t.Helper()
	s := &scan{fsys: sysfs.New(plant(t, files)), devices: devices, functions: make(map[pci.Address]*Node)}
	for _, d := range devices {
		s.functions[d.Address] = functionNode(d, func(pci.Device) string { return "" })
	}
	for _, d := range devices {
		if len(d.Above) > 0 {
			s.functions[d.Address].On = []*Node{s.functions[d.Above[len(d.Above)-1]]}
		}
	}
	part(s)
	return newGraph(s.needs, s.facts, s.blind)
}

// addressOf is the address that s is.
func addressOf(t *testing.T, s string) pci.Address {
	t.Helper()
	a, err := pci.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// said is what a graph says of each device that it says something of, each
// taken alone.
func said(g *Graph, devices []pci.Device) map[string][]string {
	all := make(map[string][]string)
	for _, d := range devices {
		if found := texts(g.Findings(d.Address)); found != nil {
			all[d.Address.Short()] = found
		}
	}
	return all
}
