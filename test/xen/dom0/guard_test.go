//go:build xen

package dom0

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The devices of the host that has something to lose.
const (
	display  = "0000:00:02.0" // the VGA card that the firmware started on
	port1    = "0000:00:04.0" // a root port, and behind it
	path1    = "0000:01:00.0" // the first way to the namespace of a subsystem
	port2    = "0000:00:05.0"
	path2    = "0000:02:00.0" // the second way to it
	port3    = "0000:00:06.0"
	single   = "0000:03:00.0" // a drive of its own
	disk     = "0000:00:07.0"
	keyboard = "0000:00:0c.0" // the USB controller with the only keyboard
	spareUSB = "0000:00:0d.0"
	host     = "0000:00:00.0"
	isa      = "0000:00:1f.0"
)

// finding is a finding of the guard.
type finding struct{ Level, Code, Reason string }

// having returns the findings that have one of the levels.
func having(found []finding, levels ...string) (chosen []finding) {
	for _, f := range found {
		if slices.Contains(levels, f.Level) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// chain reports whether a text has all the words, in their order.
func chain(text string, words ...string) bool {
	for _, word := range words {
		_, rest, ok := strings.Cut(text, word)
		if !ok {
			return false
		}
		text = rest
	}
	return true
}

// wantRefused fails the test unless hide refuses the device by the chain, and
// leaves it alone.
func wantRefused(t *testing.T, address string, words ...string) {
	t.Helper()
	found := judged(t, address, refused)
	wantSentence(t, found, "refuse", words)
	wantLeft(t, address, found)
}

// wantLeft fails the test unless hide refuses a device with all that was found,
// and leaves it alone.
func wantLeft(t *testing.T, address string, found []finding) {
	t.Helper()
	before := driver(address)
	r := xenpci(t, refused, "hide", address)
	saysAll(t, r.stderr, having(found, "refuse"))
	if driver(address) != before || slices.Contains(slots(), address) {
		t.Errorf("%s: refused, and moved: driver %q, was %q; slots %q", address, driver(address), before, slots())
	}
}

// wantWarned fails the test unless hide takes the device, and says beforehand
// what has less to lose then.
func wantWarned(t *testing.T, address string, words ...string) {
	t.Helper()
	found := judged(t, address, done)
	wantSentence(t, found, "warn", words)
	r := xenpci(t, done, "hide", address)
	saysAll(t, r.stderr, having(found, "warn"))
	wantHidden(t, address)
}

// wantFree fails the test unless hide takes the device, and knows nothing that
// is on it.
func wantFree(t *testing.T, address string) {
	t.Helper()
	for _, f := range judged(t, address, done) {
		if strings.Contains(f.Reason, "on "+address) {
			t.Errorf("%s is free, and yet: %s", address, f.Reason)
		}
	}
	xenpci(t, done, "hide", address)
	wantHidden(t, address)
}

// judged is what the guard finds of a device. It fails the test unless check,
// show, list and hide say the same, and that is the exit status of hide.
func judged(t *testing.T, address string, status int) []finding {
	t.Helper()
	var checked, planned struct {
		Result struct {
			Devices []struct {
				Findings []finding
				Hide     struct{ Verdict, Class, Reason, Short string }
			}
		}
	}
	decode(t, xenpci(t, status, "check", "--json", address).stdout, &checked)
	decode(t, xenpci(t, status, "hide", "--dry-run", "--json", address).stdout, &planned)
	if len(checked.Result.Devices) != 1 || len(planned.Result.Devices) != 1 {
		t.Fatalf("%s: %d devices checked and %d planned for", address, len(checked.Result.Devices), len(planned.Result.Devices))
	}
	found, verdict := checked.Result.Devices[0].Findings, checked.Result.Devices[0].Hide
	if diff := cmp.Diff(found, planned.Result.Devices[0].Findings); diff != "" {
		t.Errorf("%s: check and hide differ (-check +hide):\n%s", address, diff)
	}
	if class := map[int]string{done: "done", refused: "refused"}[status]; verdict.Class != class {
		t.Errorf("%s: check says that hide ends as %q, and it ends as %q", address, verdict.Class, class)
	}
	row := passthroughRows(t)[address]
	why, _, _ := strings.Cut(row.why, "no guest: ")
	why = strings.TrimSuffix(why, "; ")
	warned := verdict.Short == "" && len(found) > 0 // list tells what hide would warn of
	if why != verdict.Short && !warned || status != done && why == "" {
		t.Errorf("%s: check says %q for the reason %q, list --passthrough %q for %q", address, verdict.Verdict, verdict.Short, row.state, row.why)
	}
	saysAll(t, xenpci(t, done, "show", address).stdout, found)
	saysAll(t, xenpci(t, status, "check", address).stdout, found)
	return found
}

func decode(t *testing.T, text string, document any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), document); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
}

// wantSentence fails the test unless a finding of that level has the words, in
// their order.
func wantSentence(t *testing.T, found []finding, level string, words []string) {
	t.Helper()
	for _, f := range having(found, level) {
		if chain(f.Reason, words...) {
			return
		}
	}
	t.Errorf("no %q with %q in %q", level, words, found)
}

// saysAll fails the test unless the text has all findings.
func saysAll(t *testing.T, text string, found []finding) {
	t.Helper()
	for _, f := range found {
		says(t, text, f.Reason)
	}
}

// What the machine is made of is refused, and so is what people see it by and
// type to it with; their like, which nobody uses, are not.
func TestGuardMachine(t *testing.T) {
	must(t, "modprobe", "-a", "usbhid", "hid-generic")
	keys := keyboardAt(t, keyboard)
	for _, test := range []struct {
		name, address string
		words         []string
	}{
		{"host bridge", host, []string{"host bridge"}},
		{"ISA bridge", isa, []string{"ISA bridge"}},
		{"boot VGA", display, []string{"boot display is on", display}},
		{"the only keyboard", keyboard, []string{"the only keyboard", keys, "is on", keyboard}},
	} {
		t.Run(test.name, func(t *testing.T) { wantRefused(t, test.address, test.words...) })
	}
	t.Run("USB without a keyboard", func(t *testing.T) {
		begin(t, spareUSB)
		wantFree(t, spareUSB)
		keyboardAt(t, keyboard)
	})
}
