//go:build xen

package xenboot

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// look prints what a host is like when nothing is declared.
const look = `set -e
cat /proc/cmdline
cat /sys/hypervisor/type
ls /sys/bus/pci/drivers/e1000 | grep 0000: | xargs
dmesg | grep -o 'Linux version'
systemctl --failed --no-legend --plain | xargs
xenpci status --json`

// TestPlain boots what Debian installs, with nothing declared: the laboratory
// itself.
func TestPlain(t *testing.T) {
	answers := fresh(t, root.Debian, twins()).run(t, host.Order{Script: look})
	lines := strings.SplitN(answers, "\n", 6)
	if len(lines) < 6 {
		t.Fatalf("answers: %s", answers)
	}
	want := []string{
		"placeholder root=UUID=" + root.UUID + " ro console=ttyS0 console=hvc0 log_buf_len=4M", "xen",
		"0000:00:09.0 0000:00:0a.0", "Linux version", "",
	}
	if diff := cmp.Diff(want, lines[:5]); diff != "" {
		t.Errorf("the host (-want +got):\n%s", diff)
	}
	var status struct {
		Result struct {
			Pciback struct {
				Presence string
				Dom0     bool
			}
			Devices []any
		}
	}
	if err := json.Unmarshal([]byte(lines[5]), &status); err != nil {
		t.Fatalf("%v: %s", err, lines[5])
	}
	if r := status.Result; r.Pciback.Presence != "loadable" || !r.Pciback.Dom0 || len(r.Devices) > 0 {
		t.Errorf("status %+v", r)
	}
}
