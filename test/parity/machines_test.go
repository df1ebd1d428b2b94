package parity

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/sample"
	"github.com/xenpci/xenpci/test/scratch"
)

// oneIn is how many cases there are for each one that a sample of them has.
const oneIn = 10

// Over odd machines, list prints what lspci prints.
func TestGenerated(t *testing.T) {
	t.Parallel()
	const trees, calls = 250, 10
	lspci := references(t)
	indexes := moduleIndexes(t, 1)
	for n := range trees {
		if !sample.Takes(n, trees, oneIn) {
			continue
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			seed := uint64(n)
			c := oddMachine(t, seed)
			c.install(t, indexes)
			r := rand.New(rand.NewPCG(seed, 4))
			for range calls {
				flags := drawFlags(r).flags(r)
				for _, l := range lspci {
					c.compare(t, l, flags)
				}
			}
		})
	}
}

// Over real machines, any two options together give what lspci gives.
func TestArchives(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob("../../testdata/sysfs/*.txtar")
	if err != nil || len(found) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	ids := realNames(t)
	lspci := references(t)
	for n, archive := range found {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newComparison(t, fakekernel.Unpack(t, name).Root, ids)
			r := rand.New(rand.NewPCG(uint64(n), 5))
			sets := allPairs(r)
			for i, set := range sets {
				flags := set.flags(r)
				if !sample.Takes(n+i, n+len(sets), oneIn) { // another part of each machine's
					continue
				}
				for _, l := range lspci {
					c.compare(t, l, flags)
				}
			}
		})
	}
}

// Over a healthy machine with a thousand functions, as over a small one.
func TestLarge(t *testing.T) {
	t.Parallel()
	lspci := references(t)
	ids := realNames(t)
	root := scratch.Dir(t)
	if err := pcitree.WriteMachine(root, 1000, ids); err != nil {
		t.Fatal(err)
	}
	c := newComparison(t, root, ids)
	for _, flags := range [][]string{{"-nnk"}, {"-tv"}, {"-vmmkD"}, {"-mm"}, {"-nPP"}, {"-s", "1f:"}, {"-td", "8086:"}, {"-nx"}} {
		for _, l := range lspci {
			c.compare(t, l, flags)
		}
	}
}

// realNames are the pci.ids of this machine.
func realNames(t *testing.T) []byte {
	t.Helper()
	ids, err := os.ReadFile("/usr/share/misc/pci.ids")
	if err != nil {
		t.Skip("no pci.ids (Debian: apt install pci.ids)")
	}
	return ids
}

// Arguments of -s and -d, taken or refused, choose the same devices and get the
// same words.
func TestFilters(t *testing.T) {
	t.Parallel()
	lspci := references(t)
	c := oddMachine(t, manyDevices)
	for _, flags := range [][]string{
		{"-s", ""}, {"-s", ":"}, {"-s", "::"}, {"-s", "*"}, {"-s", "*:*:*.*"}, {"-s", "1f"}, {"-s", "1F."}, {"-s", ".1"},
		{"-s", "0:"}, {"-s", "0::"}, {"-s", "10000::"}, {"-s", "1:02:1f.0"}, {"-s", "*.1"}, {"-s", "*:1:.1"},
		{"-s", "20"}, {"-s", ".8"}, {"-s", "100:"}, {"-s", "80000000::"}, {"-s", "1.2.3"}, {"-s", "1:2:3:4"}, {"-s", "g"},
		{"-s", " 1"}, {"-s", "1f.0 "}, {"-s", "00000000000001:"}, {"-s", strings.Repeat("0", 63)}, {"-s", strings.Repeat("0", 64)},
		{"-d", ":"}, {"-d", "1001:"}, {"-d", ":0003"}, {"-d", "1001:3"}, {"-d", "*:*"}, {"-d", "::0200"}, {"-d", "::2"},
		{"-d", "::02xx"}, {"-d", "::XXxx"}, {"-d", "::xxxxx"}, {"-d", ":::30"}, {"-d", "::0c03:30"}, {"-d", ":::100"},
		{"-d", "1001"}, {"-d", ""}, {"-d", "10000:"}, {"-d", ":10000"}, {"-d", "1:2:3:4:5"}, {"-d", "x:"},
		{"-s", "1:", "-s", "2:"}, {"-s", "1:3", "-s", ".0"}, {"-d", "1001:3", "-d", "1002:"}, {"-s", "99", "-d", "x"}, {"-d", "x", "-s", "99"},
	} {
		for _, l := range lspci {
			c.compare(t, l, flags)
		}
	}
	// Up to 3.9, lspci did not take 0x.
	for _, flags := range [][]string{{"-s", "0x1:"}, {"-s", ".0X0"}, {"-d", "0x1001:0x3"}, {"-d", "::0x02"}, {"-s", "0x"}} {
		for _, l := range lspci {
			if l.Recent() {
				c.compare(t, l, flags)
			}
		}
	}
}

// Options may be bundled, given again, and have their argument beside them.
func TestSpelling(t *testing.T) {
	t.Parallel()
	lspci := references(t)
	c := oddMachine(t, manyDevices)
	for _, flags := range [][]string{
		{"-nnkD"}, {"-vmmk"}, {"-mvmk"}, {"-v", "-n", "-m", "-m"}, {"-xn", "-xx"}, {"-nD", "-n"}, {"-mx", "-P", "-P"},
		{"-s0:"}, {"-d1001:"}, {"-ns", "0:"}, {"-nd1002:", "-k"}, {"-s", "0:", "-s1f"},
		{"-nnn"}, {"-mmm"}, {"-mmmv"}, {"-vvmm"}, {"-PPP"}, {"-xxxxx"}, {"-kk"}, {"-DD"}, {"-tt"}, {"-tvv"}, {"-nnnntv"},
	} {
		for _, l := range lspci {
			c.compare(t, l, flags)
		}
	}
}

// manyDevices is the seed of a machine with devices for most filters.
const manyDevices = 54
