package network

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// connection is a line of /proc/net/tcp or /proc/net/tcp6.
type connection struct {
	local, peer netip.AddrPort
	state       uint8
	inode       string // of its socket; "0" when it no longer has one
}

// parseTCP reads /proc/net/tcp (net/ipv4/tcp_ipv4.c, tcp4_seq_show) and
// /proc/net/tcp6 (net/ipv6/tcp_ipv6.c). IPv4 that a socket of IPv6 has accepted
// is given as IPv4. Other lines, such as the heading, are passed over.
func parseTCP(text []byte) (connections []connection) {
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 10 {
			continue
		}
		local, ok1 := hexAddrPort(f[1])
		peer, ok2 := hexAddrPort(f[2])
		state, err := strconv.ParseUint(f[3], 16, 8)
		if !ok1 || !ok2 || err != nil {
			continue
		}
		connections = append(connections, connection{local: local, peer: peer, state: uint8(state), inode: f[9]})
	}
	return connections
}

// hexAddrPort reads "020200C0:0016": an address in words of the machine, of
// which IPv6 has four, and a port as a number.
func hexAddrPort(text string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(text, ":")
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	if len(host) == 8 {
		a, ok := hexIPv4(host)
		return netip.AddrPortFrom(a, uint16(number)), ok
	}
	a, ok := hexIPv6(host)
	bytes := a.As16()
	for word := range 4 {
		part := bytes[4*word:]
		binary.BigEndian.PutUint32(part, binary.LittleEndian.Uint32(part))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(bytes).Unmap(), uint16(number)), ok
}
