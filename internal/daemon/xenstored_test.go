package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
)

// TestXenstored starts xenstored, stops it and starts it again under a daemon. The daemon
// hears of guests' devices while xenstored runs, and works while it does not. That
// interval is an hour long leaves the other sources alone to cause looks.
func TestXenstored(t *testing.T) {
	r := &running{t: t, kernel: fakekernel.Unpack(t, "qemu"), reload: make(chan struct{}, 1), log: &lines{}}
	r.write("/etc/xenpci/devices.toml", declares(lan))
	r.write("/etc/xenpci/daemon.toml", "interval = 3600\n")
	server := xenstoretest.Start(t, r.kernel.Root)
	r.run()
	wantHeard(r, server)

	server.Stop()
	same(t, []string{lan + " hidden"}, r.call("Reconcile", nil))
	same(t, []string{lan + " done"}, r.call("Unhide", map[string]any{"ids": []string{lan}}))
	same(t, []string{lan + " given_back"}, r.call("Reconcile", nil))

	must(t, os.Remove(filepath.Join(r.kernel.Root, xenstoretest.Socket))) // as a xenstored that starts does
	server = xenstoretest.Start(t, r.kernel.Root)
	wantHeard(r, server)
	same(t, []string{lan + " hidden"}, r.call("Reload", nil))
}

// wantHeard waits until a change of guests' devices causes a look.
func wantHeard(r *running, server *xenstoretest.Server) {
	r.t.Helper()
	for end := time.Now().Add(patience); ; {
		before := r.looks()
		server.Set(backends+"/7/0/online", time.Now().String())
		time.Sleep(2 * quiet)
		if after := r.looks(); after != before && after != "" {
			return
		}
		if time.Now().After(end) {
			r.t.Fatal("it does not hear of changes in xenstore")
		}
	}
}

// looks returns how often the daemon has looked at the whole machine.
func (r *running) looks() string {
	_, rest, _ := strings.Cut(r.metrics(), `xenpci_reconciles_total{result="done"} `)
	n, _, _ := strings.Cut(rest, "\n")
	return n
}
