package lspci

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/topology"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/lspci"
	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/scratch"
)

// treeReferences are the lspci of this machine and the newer one, where they
// are.
func treeReferences(t *testing.T) (found []lspci.Program) {
	t.Helper()
	if installed, err := lspci.Installed(); err == nil {
		found = append(found, installed)
	}
	if unpacked, err := lspci.Unpacked(filepath.Join("..", "..", lspci.Folder)); err == nil {
		found = append(found, unpacked)
	}
	if len(found) == 0 {
		t.Skip("there is no lspci (Debian: apt install pciutils)")
	}
	return found
}

// grown is a machine as both see it.
type grown struct {
	root    string
	ids     string // a pci.ids
	domains []*topology.Domain
}

func grow(t *testing.T, root, ids string) grown {
	t.Helper()
	addresses, err := pci.List(root)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := pci.Read(root, addresses, pci.WithParent|pci.WithBuses)
	if err != nil {
		t.Fatal(err)
	}
	return grown{root, ids, topology.Grow(devices)}
}

// run returns the output of lspci. It skips machines at which lspci fails.
func (g grown) run(t *testing.T, r lspci.Program, flags ...string) string {
	t.Helper()
	args := append(slices.Clone(r.Command[1:]), "-A", "linux-sysfs", "-O", "sysfs.path="+g.root+"/sys/bus/pci", "-O", "hwdb.disable=1", "-i", g.ids)
	command := exec.Command(r.Command[0], append(args, flags...)...)
	command.Env = append(os.Environ(), "HOME="+g.root, "LC_ALL=C")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("lspci %s %v: %v", r.Version(), flags, err)
	}
	return string(out)
}

// tree compares what both draw; filter is the argument of -s, nil without one.
func (g grown) tree(t *testing.T, r lspci.Program, flags string, o Options, filter *string) {
	t.Helper()
	all := []string{flags}
	var chosen func(pci.Device) bool
	if filter != nil {
		var f pci.Filter
		if err := f.ParseSlot(*filter); err != nil {
			t.Fatal(err)
		}
		all, chosen = append(all, "-s", *filter), f.Match
	}
	if diff := cmp.Diff(g.run(t, r, all...), drawn(t, g.domains, o, chosen)); diff != "" {
		t.Errorf("lspci %s %s: -lspci +ours\n%s", r.Version(), strings.Join(all, " "), diff)
	}
}

// trees compares trees with and without names, and with filters, which lspci
// 3.9 has other rules for.
func (g grown) trees(t *testing.T, r lspci.Program) {
	t.Helper()
	names, err := pci.ReadNames(g.ids)
	if err != nil {
		t.Fatal(err)
	}
	g.tree(t, r, "-t", Options{}, nil)
	g.tree(t, r, "-tv", Options{Verbose: true, Names: names}, nil)
	g.tree(t, r, "-tvnn", Options{Verbose: true, Names: names, IDs: NameAndID}, nil)
	g.tree(t, r, "-tvn", Options{Verbose: true, IDs: Numeric}, nil)
	if !r.Recent() {
		return
	}
	for _, filter := range []string{"", "0:", "1:", "3:", "10000::", ".3", "1::", "7f:"} {
		g.tree(t, r, "-t", Options{}, &filter)
	}
}

// paths compares the slots of -P and -PP.
func (g grown) paths(t *testing.T, r lspci.Program) {
	t.Helper()
	for count, flags := range map[int]string{1: "-nDP", 2: "-nDPP"} {
		var want, got []string
		for line := range strings.Lines(g.run(t, r, flags)) {
			slot, _, _ := strings.Cut(line, " ")
			want = append(want, slot)
		}
		places := map[pci.Address]*topology.Function{}
		for f := range topology.All(g.domains) {
			places[f.Device.Address] = f
		}
		addresses, err := pci.List(g.root)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addresses {
			domain, _, _ := strings.Cut(a.String(), ":")
			got = append(got, domain+":"+path(places[a], count))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lspci %s %s: -lspci +ours\n%s", r.Version(), flags, diff)
		}
	}
}

func TestTreeParity(t *testing.T) {
	const machines = 24
	for _, r := range treeReferences(t) {
		t.Run(r.Version(), func(t *testing.T) {
			compared := 0
			for seed := range uint64(machines) {
				dir := scratch.Dir(t)
				if err := pcitree.Write(dir, seed); err != nil {
					t.Fatal(err)
				}
				ids := filepath.Join(dir, "pci.ids")
				if err := os.WriteFile(ids, pcitree.IDs(seed), 0o644); err != nil {
					t.Fatal(err)
				}
				g := grow(t, dir, ids)
				if !g.sound(r) {
					continue
				}
				compared++
				g.trees(t, r)
				g.paths(t, r)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			if compared < machines/8 {
				t.Errorf("%d of %d machines were compared", compared, machines)
			}
		})
	}
}

func TestTreeParityArchives(t *testing.T) {
	archives, err := filepath.Glob("../../testdata/sysfs/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	ids := filepath.Join(scratch.Dir(t), "pci.ids")
	if err := os.WriteFile(ids, pcitree.IDs(1), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, r := range treeReferences(t) {
		for _, archive := range archives {
			name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
			t.Run(r.Version()+"/"+name, func(t *testing.T) {
				g := grow(t, fakekernel.Unpack(t, name).Root, ids)
				if g.sound(r) { // else this lspci draws it otherwise
					g.trees(t, r)
					g.paths(t, r)
				}
			})
		}
	}
}

// Lines end where lspci's do. The widths of the numbers bring the last bridge
// into every place around the limit.
func TestTreeParityLongLines(t *testing.T) {
	const noNames = "/dev/null"
	for _, r := range treeReferences(t) {
		for _, chain := range []struct{ bridges, wide int }{
			{75, 9}, {75, 10}, {75, 11}, {75, 12}, {76, 5}, {76, 6}, {76, 7}, {76, 8}, {77, 0}, {77, 1}, {77, 2}, {77, 3}, {77, 4},
		} {
			g := grow(t, writeChain(t, chain.bridges, chain.wide), noNames)
			g.tree(t, r, "-tvn", Options{Verbose: true, IDs: Numeric}, nil)
		}
	}
}

// writeChain makes a row of bridges, each with a function beside it; so many of
// them have two bus numbers.
func writeChain(t *testing.T, bridges, wide int) string {
	t.Helper()
	root := scratch.Dir(t)
	dir := root + "/sys/devices/pci0000:00"
	for bus := range bridges + 1 {
		bridge := pci.Address{Bus: uint8(bus)}
		last := uint8(bus + 1)
		if bus < wide {
			last = 0xff
		}
		if bus < bridges {
			writeFunction(t, root, dir, bridge, 0x060400, &pci.Buses{Secondary: uint8(bus + 1), Subordinate: last})
		}
		writeFunction(t, root, dir, pci.Address{Bus: uint8(bus), Slot: 1}, 0x020000, nil)
		dir += "/" + bridge.String()
	}
	return root
}

func writeFunction(t *testing.T, root, dir string, a pci.Address, class uint32, behind *pci.Buses) {
	t.Helper()
	config := make([]byte, 64)
	if behind != nil {
		config[0x0e], config[0x18], config[0x19], config[0x1a] = 1, a.Bus, behind.Secondary, behind.Subordinate
	}
	dir += "/" + a.String()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"vendor": "0x8086\n", "device": "0x1234\n", "class": fmt.Sprintf("0x%06x\n", class), "revision": "0x00\n", "config": string(config),
	} {
		if err := os.WriteFile(dir+"/"+name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	links := root + "/sys/bus/pci/devices"
	if err := os.MkdirAll(links, 0o755); err != nil {
		t.Fatal(err)
	}
	target, err := filepath.Rel(links, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, links+"/"+a.String()); err != nil {
		t.Fatal(err)
	}
}

// sound reports whether this lspci shows all devices in the right place. Version 3.10 and
// later assume that a root bus is behind a bridge that is not configured or claims its own
// bus, and then crash or leave devices out.
func (g grown) sound(r lspci.Program) bool {
	for f := range topology.All(g.domains) {
		if f.Range == nil || f.Device.Parent != nil || !r.Recent() {
			continue
		}
		if own := f.Device.Address.Bus; f.Range.Secondary == 0 || f.Range.Secondary <= own && own <= f.Range.Subordinate {
			return false
		}
	}
	return r.Recent() || len(g.domains) == 1 && g.domains[0].Number == 0 && g.domains[0].Buses[0].Number == 0
}
