//go:build xen

package dom0

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// standing is where a device is, as list --json says it.
type standing struct {
	Driver string
	Hidden bool
	Slot   bool
	Guest  string // "tenant (3)"
	Hide   string // "yes", "already" or "refused"
}

// state is the device in the words of the table, where these follow from its standing: the
// guest that has it, or that it is hidden.
func (s standing) state() string {
	switch {
	case s.Guest != "":
		return s.Guest
	case s.Hidden:
		return "hidden"
	}
	return ""
}

// A device that a guest has, one that is hidden and free ones: the table, the
// document and the pictures say of each what xl, the kernel and hide say.
func TestListForPassthrough(t *testing.T) {
	begin(t, card, twin)
	wantStandings(t)
	xenpci(t, done, "hide", "00:09.0", "00:0a.0")
	startGuest(t, "tenant", card)
	wantStandings(t, "tenant")
	for _, flags := range []string{"-nnk", "-vmmk", "-tv", "-xxxx -s 00:09.0"} {
		listsAs(t, []string{"lspci"}, strings.Fields(flags))
	}
	wantDrawn(t, xenpci(t, done, "list", "--tree").stdout, map[string]string{
		card: "pciback -> tenant", twin: "pciback", realtek: "8139cp", "0000:00:00.0": "no driver",
	})
	wantPicture(t, "tenant")
	destroyGuest(t, "tenant")
	wantStandings(t)
	wantDrawn(t, xenpci(t, done, "list", "--tree").stdout, map[string]string{card: "pciback", twin: "pciback"})
}

// Without xenstored nobody is waited for.
func TestListForPassthroughWithoutXenstored(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	for _, flags := range []string{"--passthrough", "--json", "--tree"} {
		if r := xenpci(t, done, "list", flags); r.took > soon || r.stderr != "" {
			t.Errorf("list %s took %v and complained: %q", flags, r.took, r.stderr)
		}
	}
	row := passthroughRows(t)[card]
	if row.driver != "pciback" || row.state != "hidden" {
		t.Errorf("%s: %+v, want it hidden", card, row)
	}
	got := passthroughDocument(t)[card]
	if want := (standing{Driver: "pciback", Hidden: true, Slot: true, Hide: "already"}); got != want {
		t.Errorf("%s: %+v, want %+v", card, got, want)
	}
}

// Where there is no pciback, hide refuses and so does the table.
func TestListForPassthroughWithoutPciback(t *testing.T) {
	begin(t, card)
	run(t, "modprobe", "-r", "xen-pciback")
	found, err := filepath.Glob("/lib/modules/*/kernel/drivers/xen/xen-pciback/*")
	if err != nil || len(found) == 0 {
		t.Fatalf("no module to take away: %v", err)
	}
	// This comes last: when the module is in its place again.
	t.Cleanup(func() { must(t, "depmod") })
	aside(t, filepath.Dir(found[0]))
	must(t, "depmod")
	refusal := xenpci(t, failed, "hide", "--dry-run", "00:09.0").stderr
	row := passthroughRows(t)[card]
	if row.driver != "e1000" || row.why == "" {
		t.Errorf("%s: %+v, want a reason", card, row)
	}
	why, _, _ := strings.Cut(row.why, "; no guest: ")
	says(t, refusal, why) // hide says what to do as well
	if got, want := passthroughDocument(t)[card], (standing{Driver: "e1000", Hide: "refused"}); got != want {
		t.Errorf("%s: %+v, want %+v", card, got, want)
	}
}

// wantStandings compares what list says of every device with what xl, the
// kernel and hide say. The guests are those that may have devices.
func wantStandings(t *testing.T, guests ...string) {
	t.Helper()
	want := standings(t, guests)
	rows := passthroughRows(t)
	for address, s := range want {
		row, state := rows[address], s.state()
		if row.driver != s.Driver || state != "" && row.state != state || state == "" && (row.state == "hidden" || strings.HasSuffix(row.state, ")")) {
			t.Errorf("list --passthrough: %s: %+v, and it is %+v", address, row, s)
		}
	}
	if diff := cmp.Diff(want, passthroughDocument(t)); diff != "" {
		t.Errorf("list --json (-wanted +said):\n%s", diff)
	}
}

// standings asks xl, the kernel and a dry run of hide. xl lists what is hidden
// and free in one place, and what a guest has in another.
func standings(t *testing.T, guests []string) map[string]standing {
	t.Helper()
	free := strings.Fields(must(t, "xl", "pci-assignable-list").stdout)
	owners := map[string]string{}
	for _, guest := range guests {
		owner := fmt.Sprintf("%s (%s)", guest, strings.TrimSpace(must(t, "xl", "domid", guest).stdout))
		for _, address := range strings.Fields(must(t, "xl", "pci-list", guest).stdout) {
			owners[address] = owner
		}
	}
	present, err := os.ReadDir(devices)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]standing{}
	for _, entry := range present {
		address := entry.Name()
		s := standing{Driver: driver(address), Slot: slices.Contains(slots(), address), Hide: dryRunOfHide(t, address)}
		s.Hidden = slices.Contains(free, address)
		if owner := owners[address]; owner != "" {
			s.Hidden, s.Guest = true, owner
		}
		all[address] = s
	}
	return all
}

// dryRunOfHide is what hide would do, in the words of the document. Only
// steps that move the device write to files.
func dryRunOfHide(t *testing.T, address string) string {
	t.Helper()
	switch r := run(t, "xenpci", "hide", "--dry-run", address); {
	case r.status != done:
		return "refused"
	case strings.Contains(r.stdout, ": /sys/"):
		return "yes"
	}
	return "already"
}

// passthroughRow is a row of the table.
type passthroughRow struct{ driver, state, why string }

// columnGap is between two columns; no cell has two blanks.
var columnGap = regexp.MustCompile(` {2,}`)

// passthroughRows reads the table of list --passthrough.
func passthroughRows(t *testing.T) map[string]passthroughRow {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(xenpci(t, done, "list", "--passthrough", "--all").stdout) {
		cells := columnGap.Split(strings.TrimSpace(line), -1)
		for i, cell := range cells {
			if cell == "-" {
				cells[i] = ""
			}
		}
		rows = append(rows, cells)
	}
	header := []string{"ADDRESS", "DEVICE", "NAME", "DRIVER", "STATE", "GUEST?", "WHY"}
	if len(rows) == 0 || !slices.Equal(rows[0], header) {
		t.Fatalf("the table has another header: %q", rows)
	}
	all := map[string]passthroughRow{}
	for _, cells := range rows[1:] {
		if len(cells) != len(header) {
			t.Fatalf("a row of %d cells: %q", len(cells), cells)
		}
		all[cells[0]] = passthroughRow{driver: cells[3], state: cells[4], why: cells[6]}
	}
	return all
}

// passthroughDocument is the same out of list --json.
func passthroughDocument(t *testing.T) map[string]standing {
	t.Helper()
	var document struct {
		Result struct {
			Devices []struct {
				Address, Driver, Slot string
				Hidden                bool
				Guest                 *struct {
					ID   int
					Name string
				}
				Hide struct{ Verdict string }
			}
		}
	}
	text := answerOf(t, "xenpci", "list", "--json")
	if err := json.Unmarshal([]byte(text.Output), &document); err != nil || text.Status != done {
		t.Fatalf("list --json: status %d: %v", text.Status, err)
	}
	all := map[string]standing{}
	for _, d := range document.Result.Devices {
		s := standing{Driver: d.Driver, Hidden: d.Hidden, Slot: d.Slot == "registered", Hide: d.Hide.Verdict}
		if d.Guest != nil {
			s.Guest = fmt.Sprintf("%s (%d)", d.Guest.Name, d.Guest.ID)
		}
		all[d.Address] = s
	}
	return all
}

// wantDrawn fails the test unless the line of each device ends with that, and with what a
// hidden card was.
func wantDrawn(t *testing.T, tree string, ends map[string]string) {
	t.Helper()
	for address, end := range ends {
		short := strings.TrimPrefix(address, "0000:")
		line := regexp.MustCompile(`(?m)^\S+ ` + regexp.QuoteMeta(short) + `  .*  ` + regexp.QuoteMeta(end) + `(, (was )?eth\d+)?$`)
		if !line.MatchString(tree) {
			t.Errorf("%s: no line with the end %q in:\n%s", address, end, tree)
		}
	}
}

// wantPicture fails the test unless --svg writes a whole document that names
// the guest in its text.
func wantPicture(t *testing.T, guest string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "machine.svg")
	if r := xenpci(t, done, "list", "--tree", "--svg", file); r.stdout+r.stderr != "" {
		t.Errorf("the picture goes into the file, and this was said besides: %q", r.stdout+r.stderr)
	}
	picture, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer picture.Close()
	var root string
	var text strings.Builder
	for decoder := xml.NewDecoder(picture); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if root == "" {
				root = token.Name.Space + " " + token.Name.Local
			}
		case xml.CharData:
			text.Write(token)
		}
	}
	if want := "http://www.w3.org/2000/svg svg"; root != want {
		t.Errorf("the picture's outermost element is %q, want %q", root, want)
	}
	says(t, text.String(), guest)
}
