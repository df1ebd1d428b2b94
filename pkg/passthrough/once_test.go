package passthrough_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/test/calls"
)

// hideFour hides four devices of the tree below root, at every boot.
func hideFour(root string) error {
	ctx := engine.WithWays(context.Background(), enginetest.Ways(fakekernel.Open(root)))
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		return err
	}
	view := host.Look()
	devices, err := view.Select("00:04.0", "00:04.1", "00:04.2", "00:04.3")
	if err != nil {
		return err
	}
	moved, err := view.HideAtBoot(ctx, devices, passthrough.HideOptions{}, nil)
	for _, one := range moved.Devices {
		if one.Error != nil {
			err = errors.Join(err, one.Error)
		}
	}
	return err
}

// TestEachFactOnce counts how often a hide of four devices at every boot reads
// the declared list, lists the devices, reads one of them that it has nothing to
// do with, and looks at what is mounted.
func TestEachFactOnce(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	m := unpack(t, "server")
	must(t, m.kernel.LoadModule("xen-pciback"))
	m.write(t, "etc/xenpci/devices.toml", "# none yet\n")
	lines, err := calls.Trace([]string{os.Args[0]}, hideVariable+"="+m.Root())
	must(t, err)
	got := map[string]int{}
	for _, line := range lines {
		for what, is := range facts {
			if is.MatchString(line) {
				got[what]++
			}
		}
	}
	want := map[string]int{
		// To select them, then once in the turn at the list, and again in the turn at the devices,
		// which may come minutes later, when disks were mounted and other runs have
		// moved devices.
		"lists of the devices": 3, "reads of another device": 2, "looks of the guard": 2,
		// Once to plan, once to see that nobody has changed it since, and once by
		// what replaces it, which keeps mode and owner.
		"reads of the list": 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// facts are the system calls, as strace prints them, by which each fact is read.
var facts = map[string]*regexp.Regexp{
	"lists of the devices":    regexp.MustCompile(`getdents64\(\d+<[^>]*/sys/bus/pci/devices>.* = 0$`),
	"reads of another device": regexp.MustCompile(`openat\(.*"0000:00:14\.0/modalias"`),
	"looks of the guard":      regexp.MustCompile(`openat\(.*/proc/swaps"`),
	"reads of the list":       regexp.MustCompile(`openat\(.*/etc/xenpci/devices\.toml", O_RDONLY`),
}
