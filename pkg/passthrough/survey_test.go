package passthrough_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// TestSurvey compares a survey with what Check finds, on all captured machines: of each
// device it has the same names, and a device that is in use in the survey is not free.
func TestSurvey(t *testing.T) {
	archives, err := filepath.Glob("../../testdata/sysfs/*.txtar")
	must(t, err)
	inUse := 0
	for _, archive := range archives {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			m := unpack(t, name)
			surveyed, err := m.Look().Survey(nil)
			must(t, err)
			view := m.Look()
			addresses, err := view.Addresses()
			must(t, err)
			checked, err := view.Check(m.context(t), nil, addresses...)
			must(t, err)
			if len(surveyed) != len(checked.Devices) {
				t.Fatalf("%d devices; %d are there", len(surveyed), len(checked.Devices))
			}
			for i, s := range surveyed {
				got, want := s.Device, checked.Devices[i]
				if got.Address != want.Address || got.Short != want.Short || got.Class != want.Class || got.Hidden != want.Hidden || strings.Join(s.Names, " ") != strings.Join(want.KernelNames, " ") {
					t.Errorf("%+v;\nwant %+v", got, want)
				}
				if got.State == passthrough.DeviceInUse {
					inUse++
					if want.State != passthrough.DeviceInUse {
						t.Errorf("%s is in use, and %s", got.Address, want.State)
					}
				}
				if want.State == passthrough.DeviceHostPart && got.State != want.State {
					t.Errorf("%s is a part of the host, and %s", got.Address, got.State)
				}
			}
		})
	}
	if inUse < 10 {
		t.Errorf("%d devices are in use", inUse)
	}
}
