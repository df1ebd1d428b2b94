package mask

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// Lengths of addresses in the hexadecimal texts of /proc/net.
const (
	hex4 = 8
	hex6 = 32
)

// Route masks /proc/net/route. Its lines have an interface, the address of a network and
// a gateway, and the mask in the eighth column (net/ipv4/fib_trie.c).
func (m *Mask) Route(text string) string {
	return eachLine(text, func(line string) string {
		f := strings.Split(line, "\t")
		const to, gateway, netmask = 1, 2, 7
		if len(f) <= netmask || len(f[to]) != hex4 || len(f[netmask]) != hex4 {
			return line
		}
		ones, err := strconv.ParseUint(f[netmask], 16, 32)
		if err != nil {
			return line
		}
		f[0] = m.Text(f[0])
		f[to] = m.hexPrefix(f[to], bits.OnesCount64(ones), host)
		f[gateway] = m.hexAddr(f[gateway], host)
		return strings.Join(f, "\t")
	})
}

// IPv6Route masks /proc/net/ipv6_route. Its lines have the destination and the source
// network with their lengths, and the next hop (net/ipv6/route.c).
func (m *Mask) IPv6Route(text string) string {
	return eachLine(text, func(line string) string {
		f := strings.Split(line, " ")
		const hop = 4
		if len(f) <= hop {
			return line
		}
		for _, at := range [...]int{0, 2} {
			if length, err := strconv.ParseUint(f[at+1], 16, 8); err == nil {
				f[at] = m.hexPrefix(f[at], int(length), network)
			}
		}
		f[hop] = m.hexAddr(f[hop], network)
		last := len(f) - 1
		f[last] = m.Text(f[last])
		return strings.Join(f, " ")
	})
}

// IfInet6 masks /proc/net/if_inet6: an address at the beginning of a line
// (net/ipv6/addrconf.c).
func (m *Mask) IfInet6(text string) string {
	return eachLine(text, func(line string) string {
		address, rest, _ := strings.Cut(line, " ")
		return m.hexAddr(address, network) + " " + m.Text(rest)
	})
}

// TCP masks the addresses of /proc/net/tcp and tcp6, each with its port
// (net/ipv4/tcp_ipv4.c, net/ipv6/tcp_ipv6.c).
func (m *Mask) TCP(text string) string {
	return m.sockets.ReplaceAllStringFunc(text, func(match string) string {
		address, port, _ := strings.Cut(match, ":")
		return m.hexAddr(address, host) + ":" + port
	})
}

// FibTrie masks /proc/net/fib_trie: the networks of the trie's nodes, "+--
// 10.0.0.0/8 2 0 2", and its leaves, "|-- 10.0.0.0", below which lines "/8 host
// LOCAL" give their lengths. The trie keeps its order, which need not be that of
// the new addresses.
func (m *Mask) FibTrie(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if at := strings.Index(line, "+-- "); at >= 0 {
			node, rest, _ := strings.Cut(line[at+4:], " ")
			if p, err := netip.ParsePrefix(node); err == nil {
				lines[i] = line[:at+4] + m.Prefix(p).String() + " " + rest
			}
		}
		if at := strings.Index(line, "|-- "); at >= 0 {
			leaf, end := cutEnd(line[at+4:])
			if a, err := netip.ParseAddr(leaf); err == nil && a.Is4() {
				lines[i] = line[:at+4] + m.Prefix(netip.PrefixFrom(a, shortest(lines[i+1:]))).Addr().String() + end
			}
		}
	}
	return strings.Join(lines, "")
}

// cutEnd cuts a line before its line end, which is "\n" or empty.
func cutEnd(line string) (content, end string) {
	content = strings.TrimSuffix(line, "\n")
	return content, line[len(content):]
}

// shortest returns the shortest of the lengths that follow a leaf.
func shortest(lines []string) int {
	least := 32
	for _, line := range lines {
		rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "/")
		if !ok {
			break
		}
		length, _, _ := strings.Cut(rest, " ")
		if n, err := strconv.Atoi(length); err == nil && n >= 0 {
			least = min(least, n)
		}
	}
	return least
}

// order is the byte order in which the kernel prints the 32-bit words of an address.
type order bool

const (
	network order = false // byte by byte
	host    order = true  // as numbers in the machine's byte order
)

// words converts the words of an address into network byte order, or back.
func (o order) words(raw []byte) {
	for at := 0; o == host && at+4 <= len(raw); at += 4 {
		binary.BigEndian.PutUint32(raw[at:], binary.NativeEndian.Uint32(raw[at:]))
	}
}

// hexAddr masks an address of 8 or 32 digits.
func (m *Mask) hexAddr(text string, o order) string { return m.hexPrefix(text, 4*len(text), o) }

// hexPrefix masks the address of a network.
func (m *Mask) hexPrefix(text string, length int, o order) string {
	raw, err := hex.DecodeString(text)
	if err != nil || len(text) != hex4 && len(text) != hex6 || length > 8*len(raw) {
		return text
	}
	o.words(raw)
	a, _ := netip.AddrFromSlice(raw)
	a = m.Addr(a)
	if length < a.BitLen() { // Masked treats an IPv4-mapped address as IPv4
		a = netip.PrefixFrom(a, length).Masked().Addr()
	}
	raw = a.AsSlice()
	o.words(raw)
	if o == host { // %08X there, %pi6 here
		return strings.ToUpper(hex.EncodeToString(raw))
	}
	return hex.EncodeToString(raw)
}

// eachLine passes every line without its line end to change.
func eachLine(text string, change func(string) string) string {
	var changed strings.Builder
	for line := range strings.Lines(text) {
		content, end := cutEnd(line)
		changed.WriteString(change(content) + end)
	}
	return changed.String()
}
