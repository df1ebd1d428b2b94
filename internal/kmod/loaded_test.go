package kmod_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestLoaded(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"no module is loaded", "", nil},
		{"three, the last one first", "e1000e 352256 0 - Live 0x0000000000000000\nxen_pciback 86016 0 - Live 0x0\nvirtio_net 1 1 net_failover, Loading 0x0\n",
			[]string{"virtio_net", "xen_pciback", "e1000e"}},
		{"a line that was cut", "e1000e 352256 0 -\nxen_pci", []string{"e1000e"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.Mkdir(filepath.Join(root, "proc"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "proc", "modules"), []byte(test.text), 0o444); err != nil {
				t.Fatal(err)
			}
			got, err := kmod.Loaded(sysfs.New(root))
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
	if got, err := kmod.Loaded(sysfs.New(t.TempDir())); got != nil || err != nil {
		t.Errorf("a kernel without modules has %v, %v", got, err)
	}
}
