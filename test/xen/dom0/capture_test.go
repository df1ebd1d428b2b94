//go:build xen

package dom0

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel/archive"
)

// captured holds what snapshot writes of this machine, as it is now, to the
// machine itself: nothing in it tells this machine from others, and the guard
// says of it what it says here. With XENPCI_CAPTURES in the environment it
// prints the archive, for testdata/sysfs.
func captured(t *testing.T, name string) {
	t.Helper()
	t.Setenv("TMPDIR", "/run") // in memory, whatever / is on
	file := filepath.Join(t.TempDir(), name)
	xenpci(t, done, "snapshot", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d bytes", name, len(text))
	t.Run("masked", func(t *testing.T) { wantMasked(t, text) })
	t.Run("judged alike", func(t *testing.T) { wantAlike(t, text) })
	if os.Getenv("XENPCI_CAPTURES") != "" {
		fmt.Printf("capture: %s %d\n%s", name, len(text), text)
	}
}

// identities are files that hold what tells this machine from others.
var identities = []string{
	"/sys/class/net/*/address", "/sys/class/block/*/device/serial", "/sys/class/nvme/*/serial", "/sys/class/block/*/uuid", "/sys/class/block/*/wwid",
	"/sys/class/block/*/serial", "/sys/bus/usb/devices/*/serial",
}

// wantMasked fails the test when an archive holds a serial number, a MAC
// address, a UUID or the name of this machine.
func wantMasked(t *testing.T, text []byte) {
	t.Helper()
	looked := 0
	for _, pattern := range identities {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			content, _ := os.ReadFile(file) // some have none
			value := strings.TrimSpace(string(content))
			if value == "" || strings.Trim(value, "0:-") == "" || strings.HasPrefix(value, "0000:") || value == vifAddress {
				continue // the serial number of a root hub is the address of its controller
			}
			looked++
			if bytes.Contains(text, []byte(value)) {
				t.Errorf("%s: %s is in the archive", file, value)
			}
		}
	}
	systems, _ := filepath.Glob("/sys/fs/btrfs/*-*")
	for _, system := range systems {
		looked++
		if bytes.Contains(text, []byte(filepath.Base(system))) {
			t.Errorf("%s is in the archive", system)
		}
	}
	if looked == 0 {
		t.Error("this machine has nothing to mask")
	}
}

// vifAddress is what Xen's scripts give to dom0's end of every guest's card.
const vifAddress = "fe:ff:ff:ff:ff:ff"

// ipAddress matches what a mask changes in a sentence.
var ipAddress = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b|\b[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}(/|\b)`)

// wantAlike fails the test unless the guard says of the machine in an archive
// what it says of this one.
func wantAlike(t *testing.T, text []byte) {
	t.Helper()
	parsed, err := archive.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := archive.Unpack(parsed, root); err != nil {
		t.Fatal(err)
	}
	want, got := withoutIP(verdicts(t)), withoutIP(verdicts(t, "--root", root))
	if len(want) == 0 {
		t.Error("there is no device here")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the guard (-here +archive):\n%s", diff)
	}
}

// verdict is what the guard says of one device.
type verdict struct {
	Address  string
	Findings []finding
	Hints    []struct{ Code, Reason string } // for the administrator of a guest
	Hide     struct{ Verdict string }
}

// verdicts are those on all devices.
func verdicts(t *testing.T, flags ...string) []verdict {
	t.Helper()
	var all struct{ Result struct{ Devices []verdict } }
	checked := run(t, append(append([]string{"xenpci"}, flags...), "check", "--json")...)
	if err := json.Unmarshal([]byte(checked.stdout), &all); err != nil {
		t.Fatalf("%v in:\n%s", err, checked.stdout)
	}
	return all.Result.Devices
}

// withoutIP makes all IP addresses the same.
func withoutIP(all []verdict) []verdict {
	for _, v := range all {
		for i := range v.Findings {
			v.Findings[i].Reason = ipAddress.ReplaceAllStringFunc(v.Findings[i].Reason, func(found string) string {
				if strings.Count(found, ":") == 2 && strings.HasPrefix(found, "0000:") {
					return found // a device's
				}
				return "IP"
			})
		}
	}
	return all
}
