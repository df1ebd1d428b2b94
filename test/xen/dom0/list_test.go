//go:build xen

package dom0

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list prints what lspci prints, byte for byte.
func TestListAsLspci(t *testing.T) {
	begin(t, card)
	xenpci(t, done, "hide", "00:09.0")
	for _, flags := range []string{"", "-n", "-nn", "-D", "-k", "-nnk", "-Dnnk", "-s 00:09.0", "-s 1d", "-d 8086:", "-d 8086:100e -n", "-nn -s 00:1e.0"} {
		t.Run("lspci "+flags, func(t *testing.T) {
			want := must(t, append([]string{"lspci"}, strings.Fields(flags)...)...).stdout
			got := xenpci(t, done, append([]string{"list"}, strings.Fields(flags)...)...).stdout
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("xenpci list %s (-lspci +xenpci):\n%s", flags, diff)
			}
		})
	}
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
		if document.Version != 1 || document.Status != test.status || document.Verb != test.args[0] {
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
