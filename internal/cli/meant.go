package cli

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// sayMeant prints which device was meant by each ID that is a name, and keeps it for the
// document. What has been said is not repeated.
func (a *app) sayMeant(all []passthrough.Meant) {
	for _, m := range all {
		i := slices.IndexFunc(a.meant, func(said passthrough.Meant) bool { return said.ID == m.ID })
		switch {
		case i < 0:
			a.meant = append(a.meant, m)
		case reflect.DeepEqual(a.meant[i], m):
			continue
		default:
			a.meant[i] = m
		}
		if !a.json {
			a.warn(meantWords(m))
		}
	}
}

// mostDevices is how many devices meantWords names.
const mostDevices = 5

// meantWords returns what was meant: "eth0 is 0000:00:10.0, Intel Corporation 82540EM
// Gigabit Ethernet Controller"; "xenbr0 is on eth0, on 0000:00:10.0, ...".
func meantWords(m passthrough.Meant) string {
	var addresses, others []string
	own := append([]string{path.Base(m.ID)}, m.Via...)
	for _, d := range m.Devices {
		addresses = append(addresses, d.Device.String())
		for _, name := range d.KernelNames {
			if !slices.Contains(own, name) {
				others = append(others, name)
			}
		}
	}
	text := m.ID + " is "
	switch {
	case m.By == passthrough.NameFormer:
		text = m.ID + " was "
	case len(m.Via) > 0:
		text += "on " + strings.Join(m.Via, ", on ") + ", on "
	}
	text += fewOf(addresses, mostDevices)
	if len(m.Devices) > 0 && m.Devices[0].Name != "" {
		text += ", " + m.Devices[0].Name
	}
	switch {
	case m.By == passthrough.NameFormer:
		text += ", before it was hidden"
	case len(others) > 0 && len(m.Devices) == 1 && isPart(m.By):
		text += "; also on it: " + fewNames(others)
	case len(others) > 0:
		text += "; on it: " + fewNames(others)
	}
	return text
}

// isPart reports whether a name is that of something on a device.
func isPart(by passthrough.NameKind) bool {
	return by == passthrough.NameInterface || by == passthrough.NameDisk || by == passthrough.NameMAC
}
