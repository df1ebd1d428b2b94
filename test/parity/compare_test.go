package parity

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/cli"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/scratch"
)

// comparison is one machine that both are shown.
type comparison struct {
	root    string
	ids     string // a pci.ids
	short   string // the same with short names
	modules bool   // /lib/modules of lspci is the tree's

	domains int
	first   bool // there is a device on bus 0000:00
	unset   bool // a bridge says that the bus behind it is 00, on which there are devices
}

// oddMachine is one of pcitree's, with its pci.ids.
func oddMachine(t *testing.T, seed uint64) comparison {
	t.Helper()
	root := scratch.Dir(t)
	if err := pcitree.Write(root, seed); err != nil {
		t.Fatal(err)
	}
	return newComparison(t, root, pcitree.IDs(seed))
}

// newComparison keeps a pci.ids outside of the tree, where only -i finds it.
func newComparison(t *testing.T, root string, ids []byte) comparison {
	t.Helper()
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := scratch.Dir(t)
	c := comparison{root: root, ids: dir + "/pci.ids", short: dir + "/short.ids"}
	for name, text := range map[string][]byte{c.ids: ids, c.short: shortNames(ids)} {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c.look(t)
	return c
}

// look finds out what decides whether lspci can be followed.
func (c *comparison) look(t *testing.T) {
	t.Helper()
	addresses, err := pci.List(c.root)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := pci.Read(c.root, addresses, pci.WithBuses)
	if err != nil {
		t.Fatal(err)
	}
	zero, unset := map[uint32]bool{}, map[uint32]bool{}
	domains := map[uint32]bool{}
	for _, d := range devices {
		domains[d.Address.Domain] = true
		zero[d.Address.Domain] = zero[d.Address.Domain] || d.Address.Bus == 0
		unset[d.Address.Domain] = unset[d.Address.Domain] || d.Behind != nil && d.Behind.Secondary == 0
	}
	c.domains, c.first = len(domains), zero[0]
	for domain := range domains {
		c.unset = c.unset || zero[domain] && unset[domain]
	}
}

// shortNames cuts names so that any two of them and their ids are within what
// lspci 3.9 prints whole.
func shortNames(ids []byte) []byte {
	const longest = 55
	var short bytes.Buffer
	for line := range bytes.Lines(ids) {
		text := bytes.TrimRight(line, "\r\n")
		end := line[len(text):]
		short.Write(text[:min(len(text), longest)])
		short.Write(end)
	}
	return short.Bytes()
}

// older are the ways in which lspci changed with 3.10: what it printed before is
// not wanted. Long names are another, see TestLongNames.
var older = []change{
	{"-t drew all domains as one forest", func(c comparison, flags []string) bool {
		return c.domains > 1 && given(flags, 't')
	}},
	{"-t with a filter hid what is behind a bridge that it chose", func(_ comparison, flags []string) bool {
		return given(flags, 't') && (given(flags, 's') || given(flags, 'd'))
	}},
	{"-t drew bus 0000:00 even where there is none", func(c comparison, flags []string) bool {
		return !c.first && given(flags, 't')
	}},
}

// change is a way in which lspci changed, and where that shows.
type change struct {
	what string
	is   func(c comparison, flags []string) bool
}

// given reports whether an option is among flags, be it in a bundle.
func given(flags []string, option byte) bool {
	return slices.ContainsFunc(flags, func(f string) bool {
		return strings.HasPrefix(f, "-") && strings.IndexByte(f, option) > 0
	})
}

// compare runs both with the same flags: they print the same bytes, end with the
// same status, and have the same to complain about. lspci may warn of a file
// that it then does without; list does not.
func (c comparison) compare(t *testing.T, r reference, flags []string) {
	t.Helper()
	ids := c.ids
	if !r.Recent() {
		ids = c.short
		for _, o := range older {
			if o.is(c, flags) {
				return
			}
		}
	}
	want, got := r.run(t, c.root, ids, flags), list(c.root, ids, flags)
	if c.unset && (given(flags, 't') || given(flags, 'P')) {
		// lspci puts the root bus behind that bridge, and mostly crashes.
		want = answer{Output: got.Output}
	}
	if !c.modules {
		want.Output = moduleLines.ReplaceAllString(want.Output, "")
		got.Output = moduleLines.ReplaceAllString(got.Output, "")
	}
	switch want.Status {
	case crashed: // any answer is better
		want = answer{Output: got.Output}
	case cli.StatusDone:
		want.Complaints = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lspci %s %q: -lspci +list\n%s", r.Version(), flags, diff)
	}
}
