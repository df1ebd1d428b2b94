package daemon

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/metrics"
	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/internal/daemon/uevent"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/promtool"
)

// TestPromtool has Prometheus' own checker read the metrics: of a daemon that has just
// started, of one with a device in every state and every counter counted, and of one whose
// list has one name twice.
func TestPromtool(t *testing.T) {
	program, err := promtool.Find(filepath.Join("..", "..", promtool.File))
	if err != nil {
		t.Skip("no promtool; go run ./test/promtool/fetch unpacks one on Debian: ", err)
	}
	for _, test := range []struct {
		name    string
		metrics func(t *testing.T) string
	}{
		{"a daemon that starts", func(t *testing.T) string { return start(t, "qemu", "").metrics() }},
		{"every state, every counter", func(t *testing.T) string {
			var text strings.Builder
			must(t, metrics.Write(&text, inEveryState(t).measure()))
			return text.String()
		}},
		{"one name twice", func(t *testing.T) string {
			return start(t, "qemu", declares(lan)+"name = \"lan\"\n"+declares("0000:00:0a.0")+"name = \"lan\"\n").metrics()
		}},
		{"one address twice", func(t *testing.T) string { return start(t, "qemu", declares(lan, lan)).metrics() }},
		{"a name that is another's address", func(t *testing.T) string {
			return start(t, "qemu", declares(lan)+declares("0000:00:0a.0")+"name = \""+lan+"\"\n").metrics()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.metrics(t)
			sampled := map[string]bool{} // promtool does not see that one is there twice
			for line := range strings.Lines(text) {
				series := line[:strings.LastIndexByte(line, ' ')]
				if sampled[series] {
					t.Errorf("twice: %s", line)
				}
				sampled[series] = true
			}
			check := exec.CommandContext(t.Context(), program, "check", "metrics")
			check.Stdin = strings.NewReader(text)
			if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("promtool check metrics: %v\n%s\n%s", err, out, text)
			}
		})
	}
}

// metrics returns the reply of the method Metrics.
func (r *running) metrics() string {
	r.t.Helper()
	var out struct{ Text string }
	must(r.t, r.dial().Call(r.t.Context(), interfaceName+".Metrics", nil, &out))
	return out.Text
}

// inEveryState returns a daemon that has looked, and found a device in every state.
func inEveryState(t *testing.T) *Daemon {
	t.Helper()
	host, err := passthrough.Open(fakekernel.Unpack(t, "qemu").Root, passthrough.Options{})
	must(t, err)
	d := &Daemon{host: host, reconciler: reconcile.New(host), counts: newCounts()}
	d.server, err = varlink.NewServer(d.service())
	must(t, err)
	for i, state := range passthrough.DeclaredStates() {
		at, err := pci.ParseAddress(fmt.Sprintf("0000:%02x:00.0", i))
		must(t, err)
		device := passthrough.DeclaredDevice{Declared: at, Device: at, State: state, Model: "A \"card\" of\nC:\\ & \u00e9 \xff"}
		if i%2 == 0 {
			device.Name = fmt.Sprintf("name%d", i)
		}
		d.last.Devices = append(d.last.Devices, device)
		d.counts.rebinds[rebind{at, "e1000e"}]++
		d.counts.rebinds[rebind{at, "none"}]++
		d.counts.arrived([]string{"pciback", "e1000e", ""}[i%3])
	}
	for _, action := range []string{"add", "remove", "bind", "unbind", "change", "a\"b"} {
		d.counts.uevent(uevent.Event{Action: action})
	}
	d.counts.overruns, d.counts.refusals, d.counts.looks["failed"] = 1, 2e9, 3
	d.looked(time.Now())
	return d
}
