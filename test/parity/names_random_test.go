package parity

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/cli"
	"github.com/xenpci/xenpci/test/sample"
	"github.com/xenpci/xenpci/test/scratch"
)

// A pci.ids out of a seed, with a mistake now and then, is taken or refused as
// lspci does, and of the same line.
func TestNamesRandom(t *testing.T) {
	t.Parallel()
	const texts = 1000
	lspci := references(t)
	root := scratch.Dir(t)
	addDevice(t, root, "0000:00:00.0", map[string]string{"class": "0x020000\n", "revision": "0x00\n"})
	taken, refused := 0, 0
	for n := range texts {
		if !sample.Takes(n, texts, oneIn) {
			continue
		}
		ids := filepath.Join(root, fmt.Sprint(n))
		text := randomNames(rand.New(rand.NewPCG(uint64(n), 6)))
		if err := os.WriteFile(ids, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, l := range lspci {
			want, got := l.run(t, root, ids, nil), list(root, ids, nil)
			if want.Status == cli.StatusDone {
				taken++
				want.Complaints = "" // that the device has no config
			} else {
				refused++
				want.Output = "" // lspci has begun its line by then
				want.Complaints = lastLine(want.Complaints)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d, lspci %s: -lspci +list\n%s\n%q", n, l.Version(), diff, text)
			}
		}
	}
	t.Logf("%d texts are taken and %d refused", taken, refused)
	if taken == 0 || refused == 0 {
		t.Errorf("%d texts are taken and %d refused", taken, refused)
	}
}

// randomNames are some lines, each of which mostly fits the one above.
func randomNames(r *rand.Rand) string {
	var text strings.Builder
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	odd := func(usual string, others ...string) string {
		if r.IntN(60) > 0 {
			return usual
		}
		return pick(others...)
	}
	number := func() string {
		return odd(pick("8086", "0001", fmt.Sprintf("%04x", r.IntN(5000)), fmt.Sprintf("%04x", r.IntN(5000))), "10B7", "10g7", "1", "00010", "")
	}
	short := func() string { return odd(fmt.Sprintf("%02x", r.IntN(60)), "0C", "x2", "2", "002", "") }
	gap := func() string { return odd("  ", " ", "\t", " \t ", "", "\r", "\x00") }
	name := func() string {
		return odd("Name", "", "#", " ", "\xff", "Name\r", "Name\rmore", "Na\x00me", "Name ", "Name \t", strings.Repeat("n", 1010), strings.Repeat("n", 1020))
	}
	end := func() string { return odd("\n", "\r\n", " \n", "\n\n", "\n#\n", "\n \t# comment\n", "\n\x00\n", "\r") }
	kind := pick("vendor", "class", "vendor", "class", "cards", "other", "none")
	for range 1 + r.IntN(14) {
		tabs := r.IntN(3)
		if r.IntN(6) == 0 || kind == "none" && r.IntN(8) > 0 {
			kind, tabs = pick("vendor", "vendor", "class", "class", "cards", "other"), 0
		}
		text.WriteString(odd(strings.Repeat("\t", tabs), "", "\t", "\t\t", "\t\t\t", " "))
		switch {
		case kind == "vendor" && tabs < 2, kind == "cards" && tabs > 0:
			text.WriteString(number() + gap() + name())
		case kind == "vendor":
			text.WriteString(number() + odd(" ", "  ", "\t", "", "\r") + number() + gap() + name())
		case kind == "cards":
			text.WriteString("S " + number() + odd("", " ", "  ", "more"))
		case kind == "class" && tabs == 0:
			text.WriteString("C " + short() + gap() + name())
		case kind == "class":
			text.WriteString(short() + gap() + name())
		default:
			text.WriteString(pick("Z ", "Z 1", "A\t1", "Q what", "what"))
		}
		text.WriteString(end())
	}
	return strings.TrimSuffix(text.String(), pick("", "", "\n", "\r\n"))
}
