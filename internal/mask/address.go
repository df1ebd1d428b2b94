package mask

import (
	"net/netip"
	"slices"
)

// IP addresses are masked bit by bit from the front. Whether a bit is inverted depends
// only on the key and on the bits before it. So two masked addresses have a common
// prefix of the same length as before (Xu, Fan, Ammar and Moon: Prefix-Preserving IP
// Address Anonymization, 2002): each address is still in the same networks, and routes
// still lead to the same machines.
//
// Special ranges stay recognisable: the bits of their prefixes are not inverted. The
// first bit after that always is, so that every address changes.

// ranges returns the ranges whose prefix stays: private and link-local networks.
func ranges() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("2000::/3"),
		netip.MustParsePrefix("fc00::/7"),
		netip.MustParsePrefix("fe80::/64"),
	}
}

// meanings returns the ranges whose addresses do not change: unspecified, loopback,
// multicast and broadcast.
func meanings() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("224.0.0.0/3"),
		netip.MustParsePrefix("::/16"),
		netip.MustParsePrefix("ff00::/8"),
	}
}

// Addr masks an address. An IPv4-mapped IPv6 address gives the same result as the IPv4
// address.
func (m *Mask) Addr(a netip.Addr) netip.Addr {
	if a.Is4In6() {
		return netip.AddrFrom16(m.Addr(a.Unmap()).As16())
	}
	if slices.ContainsFunc(m.meanings, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return a
	}
	bytes := a.AsSlice()
	masked := slices.Clone(bytes)
	turned := false // an earlier bit was inverted
	for i := range bytes {
		random := m.random("address", string(bytes[:i]))
		node := 1 // in the tree of this byte's prefixes
		for bit := range 8 {
			if !m.leads(a, 8*i+bit) {
				if !turned || random[node/8]>>(node%8)&1 == 1 {
					masked[i] ^= 0x80 >> bit
				}
				turned = true
			}
			node = 2*node + int(bytes[i]>>(7-bit)&1)
		}
	}
	other, _ := netip.AddrFromSlice(masked)
	return other.WithZone(a.Zone())
}

// leads reports whether the first bits of an address are a proper prefix of a range's
// prefix.
func (m *Mask) leads(a netip.Addr, bits int) bool {
	beginning := netip.PrefixFrom(a, bits)
	return slices.ContainsFunc(m.leading, func(p netip.Prefix) bool {
		return p.Bits() > bits && p.Addr().BitLen() == a.BitLen() && beginning.Contains(p.Addr())
	})
}

// Prefix masks the address of a network; the bits after the prefix stay 0.
func (m *Mask) Prefix(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(m.Addr(p.Addr()), p.Bits()).Masked()
}
