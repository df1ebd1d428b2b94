package usage

import (
	"net/netip"
	"slices"
)

// addresses notes what dom0's own addresses are on. Those that any card gets by
// itself, link-local ones and those of a router's advertisement, say nothing.
func addresses(s *scan) {
	r := s.routes()
	for _, own := range r.addresses {
		if own.dynamic || own.Addr().IsLoopback() || own.Addr().IsLinkLocalUnicast() {
			continue
		}
		devices, prefix := r.interfacesOf(own.Addr())
		verb := " is"
		if len(devices) > 1 {
			verb = " may be"
		}
		for _, device := range devices {
			if n, ok := s.nets[device]; ok {
				s.need(Warn, "address "+prefix.String()+verb, n)
			}
		}
	}
}

// interfacesOf are the interfaces that have an address of dom0's own, or may
// have it, and the prefix that it has there. The kernel shows IPv4 addresses
// without their interface: it is one with a route to the address's own network.
// An address without one, on lo or a tunnel's, has none here.
func (r *routing) interfacesOf(a netip.Addr) (devices []string, prefix netip.Prefix) {
	if !a.Is4() {
		for _, own := range r.addresses {
			if own.Addr() == a {
				devices, prefix = append(devices, own.device), own.Prefix
			}
		}
		return devices, prefix
	}
	length := 1 // 0 is the default route of a tunnel
	for _, way := range r.v4 {
		if way.gateway || way.reject || way.to.Bits() < length || !way.to.Contains(a) {
			continue
		}
		if way.to.Bits() > length {
			length, devices = way.to.Bits(), nil
		}
		if !slices.Contains(devices, way.device) {
			devices = append(devices, way.device)
		}
	}
	return devices, netip.PrefixFrom(a, length)
}
