package foreign

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func TestAtBoot(t *testing.T) {
	t.Parallel()
	nine, ten := pci.Address{Slot: 9}, pci.Address{Slot: 10}
	grub := Setting{Where: Where{"/etc/default/grub", 3}, Devices: []pci.Address{nine}}
	with := func(change func(*Setting)) Setting {
		s := grub
		change(&s)
		return s
	}
	for _, test := range []struct {
		name    string
		setting Setting
		want    []Where
	}{
		{"it hides the device", grub, []Where{grub.Where}},
		{"it hides another", with(func(s *Setting) { s.Devices = []pci.Address{ten} }), nil},
		{"it has no effect", with(func(s *Setting) { s.Dead = true }), nil},
		{"pciback does not take this device by it", with(func(s *Setting) { s.idle = []pci.Address{nine} }), nil},
		{"something is wrong with it", with(func(s *Setting) { s.Problems = []string{"it is misspelt"} }), nil},
		{"it may come too late for a kernel", with(func(s *Setting) { s.Kernel = []string{"e1000 may take the devices first"} }), nil},
		{"it is of this boot", with(func(s *Setting) { s.File = runningFile }), nil},
		{"it loads the module before the driver", with(func(s *Setting) { s.kind = ruleKind }), nil},
		{"it loads the module", with(func(s *Setting) { s.kind = loadKind }), nil},
		{"it gives the module its list", with(func(s *Setting) { s.kind = optionsKind }), []Where{grub.Where}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := Settings{All: []Setting{test.setting}}.AtBoot(nine)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
