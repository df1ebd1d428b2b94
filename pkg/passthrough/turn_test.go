package passthrough_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	fake "github.com/xenpci/xenpci/internal/fakekernel/machine"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// lastTurn is a hypervisor that looks at the records when it is closed, which is before the turn
// ends.
type lastTurn struct {
	engine.Hypervisor
	look func()
}

func (x lastTurn) Close() error {
	x.look()
	return x.Hypervisor.Close()
}

// TestRecordedInTurn checks that what was decided is recorded when the turn ends: a daemon
// that waits for its turn must not hide a device that was given back just before.
func TestRecordedInTurn(t *testing.T) {
	m := unpack(t, "qemu")
	nine := address(t, "0000:00:09.0")
	var seen map[pci.Address]passthrough.Intent
	ways := enginetest.Ways(m.kernel)
	ways.OpenXen = func(sysfs.FS) (engine.Hypervisor, error) {
		return lastTurn{enginetest.Xen{Root: m.Root()}, func() {
			var err error
			seen, err = m.Intents()
			must(t, err)
		}}, nil
	}
	ctx := engine.WithWays(t.Context(), ways)
	for _, test := range []struct {
		name string
		do   func(context.Context) error
		want passthrough.Intent
	}{
		{"hide", func(ctx context.Context) error {
			_, err := m.Look().Hide(ctx, []pci.Address{nine}, passthrough.HideOptions{}, nil)
			return err
		}, passthrough.IntentHidden},
		{"unhide", func(ctx context.Context) error {
			_, err := m.Look().Unhide(ctx, []pci.Address{nine}, passthrough.UnhideOptions{}, nil)
			return err
		}, passthrough.IntentGivenBack},
		{"apply", func(ctx context.Context) error {
			m.write(t, passthrough.ListFile, "[[device]]\naddress = \"0000:00:09.0\"\n")
			_, err := m.Look().Apply(ctx, passthrough.ApplyOptions{}, nil)
			return err
		}, passthrough.IntentHidden},
	} {
		must(t, test.do(ctx))
		if diff := cmp.Diff(map[pci.Address]passthrough.Intent{nine: test.want}, seen); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestSwappedBeforeTheTurn has the declared card taken out, and another one put in, while the
// verb waits for its turn.
func TestSwappedBeforeTheTurn(t *testing.T) {
	m := unpack(t, "qemu")
	nine := address(t, "0000:00:09.0")
	m.write(t, passthrough.ListFile, "[[device]]\naddress = \"0000:00:09.0\"\nid = \"8086:100e\"\n")
	must(t, m.kernel.LoadModule("xen-pciback"))
	ways := enginetest.Ways(m.kernel)
	open := ways.OpenXen
	ways.OpenXen = func(f sysfs.FS) (engine.Hypervisor, error) { // before the lock is taken
		must(t, m.kernel.Pull(nine.String()))
		must(t, m.kernel.Plug("", fake.Device{Address: nine.String(), ID: "10ec:8139", Class: 0x020000}))
		return open(f)
	}
	applied, err := m.Look().Apply(engine.WithWays(t.Context(), ways), passthrough.ApplyOptions{}, nil)
	must(t, err)
	if len(applied.Devices) != 1 || applied.Devices[0].Error == nil || applied.Devices[0].Error.Code != passthrough.CodeGone {
		t.Errorf("%+v", applied.Devices)
	}
	if writes := m.kernel.Writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
}
