package passthrough_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestCompanionsApart refuses every way to have only a part of a USB controller hidden at
// a boot, whatever is forced and whatever is hidden now.
func TestCompanionsApart(t *testing.T) {
	const ehciAlone = "[[device]]\naddress = \"0000:00:1d.7\"\n"
	slot := []string{"00:1d.0", "00:1d.1", "00:1d.2", "00:1d.7"}
	for _, test := range []struct {
		name string
		list string   // the declared list before
		now  []string // hidden before
		act  func(t *testing.T, m machine) error
	}{
		{"declare", "", nil, func(t *testing.T, m machine) error {
			d, err := m.Look().Declare(m.context(t), addresses(t, "00:1d.0"), passthrough.DeclareOptions{Force: true}, nil)
			return firstError(err, d.Refused)
		}},
		{"declare what is hidden now", "", slot, func(t *testing.T, m machine) error {
			d, err := m.Look().Declare(m.context(t), addresses(t, "00:1d.7"), passthrough.DeclareOptions{}, nil)
			return firstError(err, d.Refused)
		}},
		{"declare all but one", "", nil, func(t *testing.T, m machine) error {
			d, err := m.Look().Declare(m.context(t), addresses(t, slot[1:]...), passthrough.DeclareOptions{Force: true}, nil)
			return firstError(err, d.Refused)
		}},
		{"enable the layers for a list that was written by hand", ehciAlone, nil, func(t *testing.T, m machine) error {
			_, err := m.Look().EnableBoot(m.context(t), passthrough.EnableOptions{Force: true}, nil)
			return err
		}},
		{"withdraw one of all", ehciAlone + "[[device]]\naddress = \"0000:00:1d.0\"\n[[device]]\naddress = \"0000:00:1d.1\"\n[[device]]\naddress = \"0000:00:1d.2\"\n", slot,
			func(t *testing.T, m machine) error {
				_, err := m.Look().Withdraw(m.context(t), slot[:1], false, nil)
				return err
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := unpack(t, "desktop")
			must(t, m.kernel.LoadModule("xen-pciback"))
			if test.list != "" {
				m.write(t, "etc/xenpci/devices.toml", test.list)
			}
			if len(test.now) > 0 {
				moved, err := m.Look().Hide(m.context(t), addresses(t, test.now...), passthrough.HideOptions{}, nil)
				must(t, firstError(err, moved.Devices))
			}
			err := test.act(t, m)
			if e := passthrough.AsError(err); e == nil || e.Code != passthrough.CodeUSBCompanions {
				t.Errorf("%v", err)
			}
			after, _ := os.ReadFile(filepath.Join(m.Root(), "etc/xenpci/devices.toml"))
			if string(after) != test.list {
				t.Errorf("the list has become %q", after)
			}
		})
	}
}

// TestWithdrawUnrelated takes another device off a list that has a part of a USB controller.
func TestWithdrawUnrelated(t *testing.T) {
	m := unpack(t, "desktop")
	m.write(t, "etc/xenpci/devices.toml", "[[device]]\naddress = \"0000:00:1d.7\"\n[[device]]\naddress = \"0000:00:1b.0\"\n")
	for _, id := range []string{"00:1b.0", "00:1d.7"} {
		_, err := m.Look().Withdraw(m.context(t), []string{id}, false, nil)
		must(t, err)
	}
}

func addresses(t *testing.T, texts ...string) []pci.Address {
	t.Helper()
	var all []pci.Address
	for _, text := range texts {
		all = append(all, address(t, text))
	}
	return all
}

// firstError is err, or that of the first device that has one.
func firstError(err error, outcomes []passthrough.Outcome) error {
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Error != nil {
			return o.Error
		}
	}
	return nil
}
