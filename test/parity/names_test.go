package parity

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/scratch"
)

// A pci.ids of any form that lspci takes is taken, and a file that is not there
// is no error.
func TestNamesTaken(t *testing.T) {
	t.Parallel()
	lspci := references(t)
	c := oddMachine(t, manyDevices)
	ids := shortNames(pcitree.IDs(manyDevices))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(ids); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, file, content string }{
		{"packed", "pci.ids.gz", packed.String()},
		{"packed, under the name of a plain one", "pci.ids", packed.String()},
		{"plain, under the name of a packed one", "pci.ids.gz", string(ids)},
		{"not there", "pci.ids", ""},
		{"not there, packed", "pci.ids.gz", ""},
		{"no line", "pci.ids", "\n"},
		{"a block to come", "pci.ids", "1000  Maker\nZ what\n\tever\n\t\t\tis\nC 02  Network\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.ids = filepath.Join(scratch.Dir(t), test.file)
			c.short = c.ids
			if test.content != "" {
				if err := os.WriteFile(c.ids, []byte(test.content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range lspci {
				c.compare(t, l, []string{"-nnk"})
			}
		})
	}
}

// A pci.ids that is none is refused with lspci's words, and read only for names.
func TestNamesRefused(t *testing.T) {
	t.Parallel()
	lspci := references(t)
	c := oddMachine(t, manyDevices)
	for _, test := range []struct{ name, text string }{
		{"something else", "1000  Maker\nsomething else\n"},
		{"a vendor twice", "1000  Maker\n1000  Maker\n"},
		{"a device twice", "1000  Maker\n\t0001  Card\n\t0001  Card\n"},
		{"a vendor without a name", "1000  \n"},
		{"a device without a name", "1000  Maker\n\t0001 \n"},
		{"a device of nothing", "\t0001  Card\n"},
		{"a card of no device", "1000  Maker\n\t\t1000 0001  Card\n"},
		{"too deep", "1000  Maker\n\t0001  Card\n\t\t\t1000 0001  Card\n"},
		{"digits that are none", "C 02  Network\n\tzz  Ethernet\n"},
		{"subsystems of nobody", "S 1000\n\t0001  Card\n"},
		{"a card with two blanks between its numbers", "1000  Maker\n\t0001  Card\n\t\t1000  0001  Card\n"},
		{"an interface twice", "C 02  Network\n\t\t01  One\n\t00  Ethernet\n\t\t01  One\n"},
		{"a zero byte", "1000  Maker\n#\x00\n"},
		{"a long line", "# fine\n1000  " + strings.Repeat("x", 2000) + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.ids = filepath.Join(scratch.Dir(t), "pci.ids")
			c.short = c.ids
			if err := os.WriteFile(c.ids, []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, l := range lspci {
				// lspci has begun its first line by then.
				want, got := l.run(t, c.root, c.ids, nil), list(c.root, c.ids, nil)
				want.Output = ""
				want.Complaints = lastLine(want.Complaints)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("lspci %s: -lspci +list\n%s", l.Version(), diff)
				}
				c.compare(t, l, []string{"-n"})
				c.compare(t, l, []string{"-t", "-s", "0:"})
			}
		})
	}
}

// lastLine is what ended lspci, after what it only warned of.
func lastLine(complaints string) string {
	lines := strings.SplitAfter(strings.TrimRight(complaints, "\n")+"\n", "\n")
	return strings.TrimPrefix(lines[len(lines)-2], "lspci: ")
}
