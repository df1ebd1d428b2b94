package outside

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestErrors matches errors as another program does.
func TestErrors(t *testing.T) {
	root := t.TempDir()
	var attribute *pci.AttributeError
	if _, err := pci.Scan(root); !errors.As(err, &attribute) || attribute.Path != "/sys/bus/pci/devices" || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no bus: %#v", err)
	}
	var device *pci.DeviceError
	if _, err := pci.ReadDevice(root, pci.Address{}); !errors.As(err, &device) || !errors.As(err, &attribute) {
		t.Errorf("no device: %#v", err)
	}
	var missing *pciback.NoDeviceError
	if err := Hide(t.Context(), root, pci.Address{Slot: 9}); !errors.As(err, &missing) || missing.Device.Slot != 9 {
		t.Errorf("no device to hide: %#v", err)
	}
	for _, err := range modprobe.Read(modprobe.System{Root: "/dev/null"}).Unread {
		var path *fs.PathError
		if !errors.As(err, &path) {
			t.Errorf("not read: %#v", err)
		}
	}
}
