package mask

import (
	"net/netip"
	"slices"
)

// IP addresses are masked bit by bit from the front, and whether a bit is turned
// over depends on the key and on the bits before it alone. So two addresses have
// as many bits in common afterwards as before (Xu, Fan, Ammar and Moon:
// Prefix-Preserving IP Address Anonymization, 2002): an address is still in each
// network that it was in, and in no other, and routes still lead where they led.
//
// Ranges with a meaning keep it: on the way to the beginning of one of these no
// bit is turned over. The first bit that is free always is, so that no address
// stays what it was.

// ranges are those whose beginning stays: private and link-local networks.
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

// meanings are the ranges that stay altogether: no address, loopback, multicast
// and broadcast.
func meanings() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("224.0.0.0/3"),
		netip.MustParsePrefix("::/16"),
		netip.MustParsePrefix("ff00::/8"),
	}
}

// Addr masks an address. One of IPv4 within IPv6 becomes what it becomes
// outside of it.
func (m *Mask) Addr(a netip.Addr) netip.Addr {
	if a.Is4In6() {
		return netip.AddrFrom16(m.Addr(a.Unmap()).As16())
	}
	if slices.ContainsFunc(m.meanings, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return a
	}
	bytes := a.AsSlice()
	masked := slices.Clone(bytes)
	turned := false // a bit before this one
	for i := range bytes {
		random := m.random("address", string(bytes[:i]))
		node := 1 // of the tree of this byte's beginnings
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

// leads says whether the first bits of an address lead to a range that begins
// with more of them.
func (m *Mask) leads(a netip.Addr, bits int) bool {
	beginning := netip.PrefixFrom(a, bits)
	return slices.ContainsFunc(m.leading, func(p netip.Prefix) bool {
		return p.Bits() > bits && p.Addr().BitLen() == a.BitLen() && beginning.Contains(p.Addr())
	})
}

// Prefix masks the address of a network; what is no part of it stays 0.
func (m *Mask) Prefix(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(m.Addr(p.Addr()), p.Bits()).Masked()
}
