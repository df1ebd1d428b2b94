package lspci

import "github.com/xenpci/xenpci/internal/topology"

// path returns the slot that -P shows: the bridges from the root bus to a function,
// "00:1c.0/00.0". For -PP, a count of 2 or more, each has its bus, "00:1c.0/02:00.0". It
// begins with the domain, if that is shown.
func path(f *topology.Function, count int) string {
	above, at := f.Bus.Bridge, onBus(f)
	switch {
	case above == nil:
		return at
	case count > 1:
		return path(above, count) + "/" + at
	default:
		return path(above, count) + "/" + at[len("00:"):]
	}
}

// onBus returns the address without its domain, "00:1c.0".
func onBus(f *topology.Function) string {
	a := f.Device.Address
	a.Domain = 0
	return a.Short()
}
