package pciback_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/pkg/pciback"
)

// behindProbe is attributes of which one read waits while a probe of the device is under way.
type behindProbe struct {
	access
	end func() // of the probe
}

func (b behindProbe) Read(ctx context.Context, name string) (string, error) {
	b.end()
	return b.access.Read(ctx, name)
}

// TestStateBehindProbe reads the state of a device that a driver is probing: the kernel shows the
// driver, and does not show the override until the probe has ended.
func TestStateBehindProbe(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(device string) error
		gone bool
	}{
		{"the driver refuses the device", func(device string) error { return os.Remove(filepath.Join(device, "driver")) }, false},
		{"the device is pulled out", func(device string) error { return os.Remove(device) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := machine(t, "qemu")
			device := filepath.Join(h.Root, "sys/bus/pci/devices", nine.String())
			d := pciback.New(h.Root).WithAttributes(behindProbe{access{h}, func() { must(t, tt.end(device)) }})
			state, err := d.State(t.Context(), nine)
			if missing := (*pciback.NoDeviceError)(nil); errors.As(err, &missing) != tt.gone || state.Driver != "" {
				t.Errorf("%+v, %v", state, err)
			}
		})
	}
}
