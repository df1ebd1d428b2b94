package network

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// Flags of routes (include/uapi/linux/route.h and ipv6_route.h).
const (
	routeGateway  = 0x0002
	routeReject   = 0x0200
	routeExpires  = 0x00400000
	routeAddrconf = 0x00040000
	routeLocal    = 0x80000000
)

// addressPermanent is the flag of an address that does not expire
// (include/uapi/linux/if_addr.h).
const addressPermanent = 0x80

// parseRoutes reads /proc/net/route (net/ipv4/fib_trie.c, fib_route_seq_show).
// Other lines, such as the heading, are passed over. Of a route with several next
// hops the kernel shows the first.
func parseRoutes(text []byte) (routes []route) {
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 8 {
			continue
		}
		to, ok1 := hexIPv4(f[1])
		mask, ok2 := hexIPv4(f[7])
		flags, err1 := strconv.ParseUint(f[3], 16, 32)
		metric, err2 := strconv.ParseUint(f[6], 10, 32)
		if !ok1 || !ok2 || err1 != nil || err2 != nil {
			continue
		}
		routes = append(routes, route{
			to:      netip.PrefixFrom(to, prefixLength(mask)),
			metric:  uint32(metric),
			device:  f[0],
			gateway: flags&routeGateway != 0,
			reject:  flags&routeReject != 0 || f[0] == "*",
		})
	}
	return routes
}

// parseIPv6Routes reads /proc/net/ipv6_route (net/ipv6/route.c, before 5.7
// ip6_fib.c): all tables in one, and a line for each next hop.
func parseIPv6Routes(text []byte) (routes []route) {
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 10 {
			continue
		}
		to, ok := hexIPv6(f[0])
		length, err1 := strconv.ParseUint(f[1], 16, 8)
		metric, err2 := strconv.ParseUint(f[5], 16, 32)
		flags, err3 := strconv.ParseUint(f[8], 16, 32)
		if !ok || err1 != nil || err2 != nil || err3 != nil || length > 128 {
			continue
		}
		routes = append(routes, route{
			to:      netip.PrefixFrom(to, int(length)),
			metric:  uint32(metric),
			device:  f[9],
			gateway: flags&routeGateway != 0,
			reject:  flags&routeReject != 0,
			local:   flags&routeLocal != 0,
			learned: flags&(routeAddrconf|routeExpires) != 0,
		})
	}
	return routes
}

// parseIfInet6 reads /proc/net/if_inet6 (net/ipv6/addrconf.c, if6_seq_show).
func parseIfInet6(text []byte) (addresses []address) {
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		a, ok := hexIPv6(f[0])
		length, err1 := strconv.ParseUint(f[2], 16, 8)
		flags, err2 := strconv.ParseUint(f[4], 16, 32)
		if !ok || err1 != nil || err2 != nil || length > 128 {
			continue
		}
		addresses = append(addresses, address{
			Prefix:  netip.PrefixFrom(a, int(length)),
			device:  f[5],
			dynamic: flags&addressPermanent == 0,
		})
	}
	return addresses
}

// parseFibTrie reads /proc/net/fib_trie (net/ipv4/fib_trie.c,
// fib_trie_seq_show): dom0's own addresses, each once though a kernel without
// rules shows them in two tables, and the tables whose routes nothing else
// shows.
func parseFibTrie(text []byte) (own []address, tables []string) {
	var leaf netip.Addr
	seen := make(map[netip.Addr]bool)
	for line := range strings.Lines(string(text)) {
		if id, ok := strings.CutPrefix(line, "Id "); ok {
			tables = append(tables, strings.TrimRight(id, ":\n"))
			continue
		}
		line = strings.TrimSpace(line)
		if a, ok := strings.CutPrefix(line, "|-- "); ok {
			leaf, _ = netip.ParseAddr(a)
			continue
		}
		if line == "/32 host LOCAL" && leaf.Is4() && !seen[leaf] {
			seen[leaf] = true
			own = append(own, address{Prefix: netip.PrefixFrom(leaf, 32)})
		}
	}
	return own, tables
}

// hexIPv4 reads an address as the kernel prints it: its four bytes as one number
// in the machine's byte order, which is little-endian wherever Xen runs.
func hexIPv4(text string) (netip.Addr, bool) {
	n, err := strconv.ParseUint(text, 16, 32)
	if err != nil || len(text) != 8 {
		return netip.Addr{}, false
	}
	var a [4]byte
	binary.LittleEndian.PutUint32(a[:], uint32(n))
	return netip.AddrFrom4(a), true
}

// hexIPv6 reads the sixteen bytes of an address in network byte order.
func hexIPv6(text string) (netip.Addr, bool) {
	var a [16]byte
	if len(text) != 2*len(a) {
		return netip.Addr{}, false
	}
	_, err := hex.Decode(a[:], []byte(text))
	return netip.AddrFrom16(a), err == nil
}

func prefixLength(mask netip.Addr) int {
	a := mask.As4()
	return bits.LeadingZeros32(^binary.BigEndian.Uint32(a[:]))
}
