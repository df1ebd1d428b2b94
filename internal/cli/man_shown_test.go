package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/test/scratch"
)

// shownCall is a call with what it prints.
type shownCall struct{ about, text string }

// shownCalls are the calls that the pages show, on a machine of testdata/sysfs. What comes
// before them is called without being shown.
var shownCalls = map[string][]struct {
	about, machine string
	before         []string
	call           string
}{
	"xenpci-list": {{"What can be given away, on a server with one hidden device:", "server", []string{"hide 18:02.0"}, "list --passthrough"}},
	"xenpci-status": {
		{"Two devices, one of them declared:", "server", []string{"hide 18:02.0", "hide --boot 82:00.0"}, "status"},
		{"Nothing is hidden yet:", "laptop", nil, "status"},
	},
	"xenpci-show":   {{"A free network card:", "server", nil, "show 18:00.1"}},
	"xenpci-check":  {{"The disk that / is on, and a network card:", "server", nil, "check 00:17.0 18:00.1"}},
	"xenpci-hide":   {{"For now and for every boot; the disk is refused:", "server", nil, "hide --boot --dry-run 18:00.1 00:17.0"}, {"Now:", "server", nil, "hide 18:00.1"}},
	"xenpci-unhide": {{"Back to the driver that it came from:", "server", []string{"hide 18:00.1"}, "unhide 18:00.1"}},
	"xenpci-verify": {{"A device that somebody has given back to dom0:", "server", []string{"hide --boot 18:00.1", "unhide 18:00.1"}, "verify"}},
}

// shown makes the calls of a page on a terminal of 80 columns.
func shown(t *testing.T, page string) (all []shownCall) {
	t.Helper()
	for _, call := range shownCalls[page] {
		root := unpackMachine(t, call.machine)
		for _, before := range call.before {
			printed(t, root, before)
		}
		all = append(all, shownCall{call.about, "# xenpci " + call.call + "\n" + printed(t, root, call.call)})
	}
	return all
}

func unpackMachine(t *testing.T, name string) (root string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "sysfs", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := archive.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	root = scratch.Dir(t)
	if err := archive.Unpack(a, root); err != nil {
		t.Fatal(err)
	}
	// The init system, and the kernel's log.
	for _, folder := range []string{"run/systemd/system", "var/log"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/log/dmesg"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// printed is what a call prints, to both outputs.
func printed(t *testing.T, root, call string) string {
	t.Helper()
	var out strings.Builder
	env := Env{Out: &out, Err: &out, Root: true, DefaultRoot: root, screen: &screen{columns: 80, ascii: true}}
	ctx := engine.WithWays(context.Background(), enginetest.Ways(fakekernel.Open(root)))
	Main(ctx, strings.Fields(call), env)
	return out.String()
}
