package kernellog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/kernellog"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestListen has a file in place of the device, from which one read returns one record only if
// nothing more is there.
func TestListen(t *testing.T) {
	root := t.TempDir()
	name := filepath.Join(root, "dev/kmsg")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	nine := pci.Address{Slot: 9}
	say := func(text string) {
		t.Helper()
		file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	// record fills a text up, so that one read returns it alone.
	record := func(text string) string { return text + strings.Repeat(" ", 16<<10-len(text)) }
	say("3,1,5,-;nvme 0000:00:09.0: before\n")
	l := kernellog.Listen(sysfs.New(root))
	defer l.Close()
	for _, tt := range []struct {
		name, record string
		want         []string
	}{
		{"about the device", "3,2,5,-;nvme 0000:00:09.0: it failed\n", []string{"nvme 0000:00:09.0: it failed"}},
		{"by another device of its driver", "4,3,5,-;nvme nvme0: Removing after probe failure status: -19\n", nil},
		{"several devices of its driver", record("6,3,5,-;nvme nvme1: pci function 0000:00:0a.0\n") + record("6,3,5,-;nvme nvme0: pci function 0000:00:09.0\n") +
			record("4,3,5,-;nvme nvme1: Removing after probe failure status: -19\n") + record("4,3,5,-;nvme nvme10: Device not ready\n") + "4,3,5,-;nvme nvme0: Device not ready\n",
			[]string{"nvme nvme0: pci function 0000:00:09.0", "nvme nvme0: Device not ready"}},
		{"by a name that another device has since", record("6,3,5,-;nvme nvme0: pci function 0000:00:09.0\n") + record("6,3,5,-;nvme nvme0: pci function 0000:00:0a.0\n") + "4,3,5,-;nvme nvme0: Device not ready\n",
			[]string{"nvme nvme0: pci function 0000:00:09.0"}},
		{"behind a VMD controller", "3,2,5,-;nvme 10000:00:09.0: it failed\n", nil},
		{"at the end of a sentence", "3,2,5,-;sky2: it is at [0000:00:09.0].\n", []string{"sky2: it is at [0000:00:09.0]."}},
		{"by a name that a driver has given it", record("6,4,5,-;sky2 card1: found at 0000:00:09.0\n") + record("3,4,5,-;sky2 card0: it failed\n") + "3,4,5,-;sky2 card1: it failed\n",
			[]string{"sky2 card1: found at 0000:00:09.0", "sky2 card1: it failed"}},
		{"by the address of a bridge", record("6,4,5,-;pcieport 0000:00:1c.0: error of 0000:00:09.0\n") + "3,4,5,-;pcieport 0000:00:1c.0: it failed\n",
			[]string{"pcieport 0000:00:1c.0: error of 0000:00:09.0"}},
		{"about another", "3,4,5,-;e1000 0000:00:0a.0: it failed\n", nil},
		{"by a program", "11,5,5,-;nvme 0000:00:09.0: it failed\n", nil},
		{"no record", "0000:00:09.0\n", nil},
		{"nothing", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			say(tt.record)
			if diff := cmp.Diff(tt.want, l.About(nine)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if heard := kernellog.Listen(sysfs.New(t.TempDir())).About(nine); heard != nil {
		t.Errorf("without a log: %q", heard)
	}
}
