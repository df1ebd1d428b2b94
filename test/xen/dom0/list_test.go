//go:build xen

package dom0

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sharedFlags are lspci's that list has too. A tree with a filter is not among
// them: lspci before 3.10 draws it otherwise.
var sharedFlags = []string{
	"", "-n", "-nn", "-k", "-nnk", "-D", "-Dnnk",
	"-mm", "-m", "-nnmm", "-vmm", "-vm", "-vmmk", "-nnvmm",
	"-t", "-tv", "-tvnn", "-P", "-PP", "-PPnnk", "-PPvmm",
	"-x", "-xxx", "-xxxx", "-xnnk",
	"-s 00:09.0", "-s 1d", "-s 01:", "-s 00:1e.0 -nn", "-d 8086:", "-d 8086:100e -n", "-d ::0604 -PP", "-s .0 -d ::02xx -mm",
	"-s 1f.7", "-s 00:20.0", "-s 0:0:0:0", "-d zzzz:", "-d 8086", "-i nowhere",
}

// list prints what lspci prints, byte for byte.
func TestListAsLspci(t *testing.T) {
	begin(t, card)
	listsAsLspci(t)
}

// So it does where there are bridges to be drawn.
func TestListBridgesAsLspci(t *testing.T) {
	begin(t, card)
	says(t, must(t, "lspci", "-t").stdout, "-1e.0-[01]----01.0")
	says(t, must(t, "lspci", "-P").stdout, "00:1e.0/01.0 ")
	listsAsLspci(t)
}

// listsAsLspci holds list to lspci before a device is hidden and afterwards.
func listsAsLspci(t *testing.T) {
	t.Helper()
	lspci := []string{"lspci"}
	if strings.Contains(run(t, "lspci", "-O", "help").stdout, "hwdb.disable") {
		lspci = append(lspci, "-O", "hwdb.disable=1")
	}
	compare := func(t *testing.T) {
		for _, flags := range sharedFlags {
			t.Run("lspci "+flags, func(t *testing.T) { listsAs(t, lspci, strings.Fields(flags)) })
		}
	}
	t.Run("at home", compare)
	xenpci(t, done, "hide", "00:09.0")
	t.Run("hidden", compare)
}

// listsAs compares one call. The registers of a device at work may change from
// one read to the next: a difference counts only when lspci, asked again, says
// what it said before.
func listsAs(t *testing.T, lspci, flags []string) {
	t.Helper()
	const tries = 5
	for range tries {
		want := answerOf(t, slices.Concat(lspci, flags)...)
		got := answerOf(t, slices.Concat([]string{"xenpci", "list"}, flags)...)
		if want.Status == done && want.Complaints != "" {
			t.Fatalf("lspci has complaints: %q", want.Complaints)
		}
		diff := cmp.Diff(want, got)
		if diff == "" {
			return
		}
		if again := answerOf(t, slices.Concat(lspci, flags)...); again == want {
			t.Fatalf("list (-lspci +xenpci):\n%s", diff)
		}
		t.Log("lspci's answer has changed meanwhile")
	}
	t.Fatalf("lspci said something else each time, %d times", tries)
}

// answer is what a command said, without its own name before its complaint.
type answer struct {
	Output     string
	Status     int
	Complaints string
}

// answerOf runs a command whose output is too long for the log.
func answerOf(t *testing.T, args ...string) answer {
	t.Helper()
	var out bytes.Buffer
	r := runIn(t, func(c *exec.Cmd) { c.Stdout = &out }, args...)
	return answer{out.String(), r.status, strings.TrimPrefix(r.stderr, args[0]+": ")}
}

// --json prints one document, whatever becomes of the verb.
func TestJSON(t *testing.T) {
	begin(t, card)
	for _, test := range []struct {
		args   []string
		status int
	}{
		{[]string{"hide", "00:09.0"}, done},
		{[]string{"status"}, done},
		{[]string{"show", "00:09.0"}, done},
		{[]string{"list"}, done},
		{[]string{"hide", "00:1c.0"}, noDevice},
		{[]string{"hide", "00:09:0"}, usage},
		{[]string{"unhide", "00:09.0"}, done},
	} {
		var document struct {
			Version, Status int
			Verb            string
		}
		r := xenpci(t, test.status, append([]string{"--json"}, test.args...)...)
		if err := json.Unmarshal([]byte(r.stdout), &document); err != nil {
			t.Errorf("%s: %v", test.args, err)
		}
		if document.Version != 2 || document.Status != test.status || document.Verb != test.args[0] {
			t.Errorf("%s: %+v", test.args, document)
		}
	}
}

// A slot outlives its device.
func TestDeviceThatWent(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	mustWrite(t, devices+card+"/remove", "1")
	says(t, xenpci(t, done, "status").stdout, card)
	run(t, "xenpci", "unhide", "00:09.0")
	mustWrite(t, "/sys/bus/pci/rescan", "1")
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}
