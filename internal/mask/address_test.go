package mask_test

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/mask"
)

// common is how many bits two addresses begin with in common.
func common(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	for i := range x {
		if x[i] != y[i] {
			return 8*i + bits.LeadingZeros8(x[i]^y[i])
		}
	}
	return a.BitLen()
}

// TestAddr: any two addresses have as much in common afterwards as before.
func TestAddr(t *testing.T) {
	m := mask.New(key)
	random := rand.New(rand.NewPCG(1, 2))
	var all []netip.Addr
	for range 300 {
		var v4 [4]byte
		binary.BigEndian.PutUint32(v4[:], random.Uint32())
		near := v4
		near[1+random.IntN(3)] ^= 1 << random.IntN(8)
		all = append(all, netip.AddrFrom4(v4), netip.AddrFrom4(near), netip.AddrFrom4([4]byte{192, 168, v4[0], v4[1]}), netip.AddrFrom4([4]byte{10, v4[1], 0, 1}))
	}
	masked := make([]netip.Addr, len(all))
	for i, a := range all {
		masked[i] = m.Addr(a)
	}
	for i, a := range all {
		for j, b := range all {
			if want, got := common(a, b), common(masked[i], masked[j]); want != got {
				t.Fatalf("%s and %s have %d bits in common, as %s and %s %d", a, b, want, masked[i], masked[j], got)
			}
		}
	}
}

// TestAddrMeans: what an address is, it is afterwards; and no other stays.
func TestAddrMeans(t *testing.T) {
	m := mask.New(key)
	for _, text := range []string{"0.0.0.0", "127.0.0.1", "127.0.1.1", "224.0.0.251", "255.255.255.0", "255.255.255.255", "::", "::1", "ff02::1"} {
		if a := netip.MustParseAddr(text); m.Addr(a) != a {
			t.Errorf("%s became %s", a, m.Addr(a))
		}
	}
	for _, text := range []string{"10.0.0.1", "172.16.5.4", "192.168.1.1", "fd00::2", "8.8.8.8", "169.254.7.7", "100.64.0.9", "2001:db8::1", "fe80::a6bf:1ff:fe12:3456", "::ffff:192.0.2.1", "fe80::1%eth0"} {
		a := netip.MustParseAddr(text)
		b := m.Addr(a)
		if a == b || a.IsPrivate() != b.IsPrivate() || a.IsLinkLocalUnicast() != b.IsLinkLocalUnicast() || a.Is4In6() != b.Is4In6() || !b.IsGlobalUnicast() && a.IsGlobalUnicast() || a.Zone() != b.Zone() {
			t.Errorf("%s became %s", a, b)
		}
	}
	if v4, v6 := m.Addr(netip.MustParseAddr("192.0.2.1")), m.Addr(netip.MustParseAddr("::ffff:192.0.2.1")); v6.Unmap() != v4 {
		t.Errorf("%s and %s", v4, v6)
	}
}

// hex4 is an address as /proc/net/route has it.
func hex4(a netip.Addr) string {
	raw := a.As4()
	return fmt.Sprintf("%08X", binary.NativeEndian.Uint32(raw[:]))
}

// TestProcNet masks the kernel's tables of one machine, and finds one address
// again in all of them.
func TestProcNet(t *testing.T) {
	m := mask.New(key)
	own, router, peer := netip.MustParseAddr("192.168.7.20"), netip.MustParseAddr("192.168.7.1"), netip.MustParseAddr("198.51.100.77")
	lan := netip.MustParsePrefix("192.168.7.0/24")
	const rest = "\t0003\t0\t0\t0\t%s\t0\t0\t0   \n"
	route := "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n" +
		"xenbr0\t00000000\t%s" + fmt.Sprintf(rest, "00000000") + "xenbr0\t%s\t00000000" + fmt.Sprintf(rest, hex4(netip.MustParseAddr("255.255.255.0")))
	trie := "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     +-- %s/24 2 0 2\n        |-- %s\n           /24 link UNICAST\n        |-- %s\n           /32 host LOCAL\n"
	tcp := "   0: %s:0016 %s:D431 01 00000000:00000000 02:000A7214 00000000     0        0 12345 4 0000000000000000 20 4 31 10 -1\n"
	check := func(name, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	check("route", m.Route(fmt.Sprintf(route, hex4(router), hex4(lan.Addr()))), fmt.Sprintf(route, hex4(m.Addr(router)), hex4(m.Prefix(lan).Addr())))
	network := m.Prefix(lan).Addr()
	check("fib_trie", m.FibTrie(fmt.Sprintf(trie, lan.Addr(), lan.Addr(), own)), fmt.Sprintf(trie, network, network, m.Addr(own)))
	check("tcp", m.TCP(fmt.Sprintf(tcp, hex4(own), hex4(peer))), fmt.Sprintf(tcp, hex4(m.Addr(own)), hex4(m.Addr(peer))))
	if !m.Prefix(lan).Contains(m.Addr(own)) || m.Prefix(lan).Contains(m.Addr(peer)) {
		t.Errorf("%s, %s, %s", m.Prefix(lan), m.Addr(own), m.Addr(peer))
	}
}

// hex6 is an address as if_inet6 has it, and as tcp6 has it.
func hex6(a netip.Addr) (plain, words string) {
	raw := a.As16()
	for at := 0; at < len(raw); at += 4 {
		words += fmt.Sprintf("%08X", binary.NativeEndian.Uint32(raw[at:]))
	}
	return fmt.Sprintf("%x", raw), words
}

func TestProcNet6(t *testing.T) {
	m := mask.New(key)
	own, router, mapped := netip.MustParseAddr("2001:db8:5::a4bf:1ff:fe12:3456"), netip.MustParseAddr("fe80::1"), netip.MustParseAddr("::ffff:192.0.2.1")
	lan := netip.MustParsePrefix("2001:db8:5::/64")
	text := func(a, lan, router, mapped netip.Addr) string {
		plain, words := hex6(a)
		network, _ := hex6(lan)
		hop, _ := hex6(router)
		_, peer := hex6(mapped)
		zero := strings.Repeat("0", 32)
		return plain + " 02 40 00 80   xenbr0\n" +
			network + " 40 " + zero + " 00 " + hop + " 00000100 00000001 00000000 00000001   xenbr0\n" +
			"   1: " + words + ":0016 " + peer + ":C001 01 00000000:00000000\n"
	}
	lines := strings.SplitAfter(text(own, lan.Addr(), router, mapped), "\n")
	got := m.IfInet6(lines[0]) + m.IPv6Route(lines[1]) + m.TCP(lines[2])
	if want := text(m.Addr(own), m.Prefix(lan).Addr(), m.Addr(router), m.Addr(mapped)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// FuzzTexts: whatever a kernel prints, masking ends, and changes no line ends.
func FuzzTexts(f *testing.F) {
	f.Add("Main:\n  +-- 10.0.0.0/8 2 0 2\n     |-- 10.0.0.0\n        /8 host LOCAL\n")
	f.Add("28 1 254:1 / / rw - nfs host:/x rw,addr=10.0.0.1\n")
	f.Add("eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n")
	f.Add("0123456789abcdef0123456789abcdef:0016 a4:bf:01:12:34:56 LVM- UUID= by-id/ iqn.2001-01.")
	f.Fuzz(func(t *testing.T, text string) {
		m := mask.New(key)
		m.LearnSerial(text)
		m.LearnMAC(text)
		for name, masked := range map[string]string{
			"text": m.Text(text), "addresses": m.AddressText(text), "route": m.Route(text), "IPv6 route": m.IPv6Route(text),
			"if_inet6": m.IfInet6(text), "TCP": m.TCP(text), "trie": m.FibTrie(text), "command line": m.CommandLine(text, "host"),
			"mounts": m.Mounts(text), "inputs": m.Inputs(text), "WWN": m.WWN(text), "serial": m.Serial(text),
		} {
			if strings.Count(masked, "\n") != strings.Count(text, "\n") {
				t.Errorf("%s: %q became %q", name, text, masked)
			}
		}
	})
}
