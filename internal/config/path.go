package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// errNoPath says what a path looks like.
var errNoPath = errors.New(`it is no path from a root port, as in "0000:00:1c.0/00.0"; leave the key out, or let xenpci write it`)

// Path says where a device sits so that bus numbers do not count: the address of
// the function on the root bus, and then slot and function of each one on the
// way down: "0000:00:1c.0/00.0". A virtual function may be on a later bus than
// the bridge above it leads to; the distance stands in front: "+1:10.0".
//
// What is behind an Intel VMD controller has the controller as its root, since
// the kernel gives such domains any number. first has, for each function that
// others are behind, the lowest bus of those; see firstBuses.
//
// Firmware may number the ports of a root complex anew when a slot is filled or
// emptied, so a path is strong evidence and no proof.
func Path(d pci.Device, first map[pci.Address]uint8) string {
	chain := append(append([]pci.Address{}, d.Above...), d.Address)
	var path strings.Builder
	path.WriteString(chain[0].String())
	for i, a := range chain[1:] {
		path.WriteByte('/')
		if distance := a.Bus - first[chain[i]]; distance > 0 {
			fmt.Fprintf(&path, "+%x:", distance)
		}
		fmt.Fprintf(&path, "%02x.%d", a.Slot, a.Function)
	}
	return path.String()
}

// firstBuses finds the lowest bus behind each function. A physical function is
// always on it, so it is the bridge's secondary bus, without asking the bridge.
func firstBuses(devices []pci.Device) map[pci.Address]uint8 {
	first := map[pci.Address]uint8{}
	for _, d := range devices {
		chain := append(append([]pci.Address{}, d.Above...), d.Address)
		for i, a := range chain[1:] {
			if bus, known := first[chain[i]]; !known || a.Bus < bus {
				first[chain[i]] = a.Bus
			}
		}
	}
	return first
}

// maxPath is how many functions a path may have: more bridges below one another
// than there are bus numbers cannot be.
const maxPath = 256

// checkPath holds a declared path to the form that Path gives.
func checkPath(v string) error {
	parts := strings.Split(v, "/")
	if _, ok := pci.ParseName(parts[0]); !ok || len(parts) > maxPath {
		return errNoPath
	}
	for _, part := range parts[1:] {
		if distance, rest, far := strings.Cut(part, ":"); far {
			hops, isFar := strings.CutPrefix(distance, "+")
			if _, ok := hexNumber(hops, len(hops)); !isFar || !ok || len(hops) == 0 || len(hops) > 2 || hops[0] == '0' || hops != strings.ToLower(hops) {
				return errNoPath
			}
			part = rest
		}
		if _, ok := pci.ParseName("0000:00:" + part); !ok {
			return errNoPath
		}
	}
	return nil
}
