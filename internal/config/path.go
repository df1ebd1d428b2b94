package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// errNoPath shows what a path looks like.
var errNoPath = errors.New(`not a path from a root port, such as "0000:00:1c.0/00.0"; leave the key out, or let xenpci write it`)

// Path returns the place of a device independent of bus numbers: the address of
// the function on the root bus, and then the slot and function of each device on
// the way down: "0000:00:1c.0/00.0". A virtual function may be on a later bus than
// the one behind the bridge above it; then the distance comes first: "+1:10.0".
//
// A device behind an Intel VMD controller has the controller as its root, since
// the kernel gives such domains any number. first has the lowest bus behind each
// bridge; see firstBuses.
//
// Firmware may renumber the ports of a root complex when a slot is filled or
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

// firstBuses returns the lowest bus behind each function that others are behind.
// A physical function is always on that bus, so it is the bridge's secondary bus,
// found without reading the bridge.
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

// maxPath is how many functions a path may have: there cannot be more bridges
// below one another than bus numbers.
const maxPath = 256

// checkPath checks that a declared path has the form that Path returns.
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
