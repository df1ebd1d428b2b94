package network

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// kernelText is a file of /proc/net as Linux 6.18 wrote it, in a network
// namespace with addresses from documentation.
func kernelText(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "net", name))
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// exact compares values with their unexported fields.
var exact = cmp.Options{cmp.AllowUnexported(route{}, address{}, connection{}), cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{})}

func TestParseRoutes(t *testing.T) {
	to := netip.MustParsePrefix
	want := []route{
		{to: to("0.0.0.0/0"), device: "xenbr0", gateway: true},
		{to: to("0.0.0.0/0"), device: "eth2", gateway: true, metric: 200},
		{to: to("192.0.2.0/24"), device: "xenbr0"},
		{to: to("198.18.0.0/15"), device: "xenbr0", gateway: true}, // the first of its two ways
		{to: to("198.51.100.64/26"), device: "eth2"},
		{to: to("203.0.113.2/32"), device: "tun0"},
		{to: to("203.0.113.128/25"), device: "*", reject: true},
		{to: to("203.0.113.192/26"), device: "*", reject: true},
	}
	if diff := cmp.Diff(want, parseRoutes(kernelText(t, "route")), exact); diff != "" {
		t.Error(diff)
	}
}

func TestParseIPv6Routes(t *testing.T) {
	to := netip.MustParsePrefix
	want := []route{
		{to: to("::/0"), device: "xenbr0", metric: 1024, gateway: true}, // of table 100
		{to: to("2001:db8::/64"), device: "xenbr0", metric: 256},
		{to: to("2001:db8:0:1::/64"), device: "eth2", metric: 256},
		{to: to("2001:db8:5::/48"), device: "xenbr0", metric: 1024, gateway: true},
		{to: to("2001:db8:5::/48"), device: "eth2", metric: 1024, gateway: true},
		{to: to("2001:db8:6::/48"), device: "lo", metric: 1024, reject: true},
		{to: to("fe80::/64"), device: "vif3.0", metric: 256},
		{to: to("fe80::/64"), device: "eth2", metric: 256},
		{to: to("fe80::/64"), device: "xenbr0", metric: 256},
		{to: to("fe80::/64"), device: "mv0", metric: 256},
		{to: to("::/0"), device: "xenbr0", metric: 1024, gateway: true},
		{to: to("::1/128"), device: "lo", local: true},
		{to: to("2001:db8::2/128"), device: "xenbr0", local: true},
		{to: to("2001:db8:0:1::2/128"), device: "eth2", local: true},
		{to: to("ff00::/8"), device: "vif3.0", metric: 256},
		{to: to("ff00::/8"), device: "eth2", metric: 256},
		{to: to("ff00::/8"), device: "xenbr0", metric: 256},
		{to: to("ff00::/8"), device: "mv0", metric: 256},
		{to: to("::/0"), device: "lo", metric: 0xffffffff, reject: true},
	}
	if diff := cmp.Diff(want, parseIPv6Routes(kernelText(t, "ipv6_route")), exact); diff != "" {
		t.Error(diff)
	}
}

func TestParseIfInet6(t *testing.T) {
	own := netip.MustParsePrefix
	want := []address{
		{Prefix: own("2001:db8:0:1::2/64"), device: "eth2"},
		{Prefix: own("::1/128"), device: "lo"},
		{Prefix: own("fe80::200:5eff:fe00:5306/64"), device: "mv0"},
		{Prefix: own("fe80::200:5eff:fe00:5302/64"), device: "xenbr0"},
		{Prefix: own("fe80::200:5eff:fe00:5302/64"), device: "vif3.0"},
		{Prefix: own("fe80::200:5eff:fe00:5303/64"), device: "eth2"},
		{Prefix: own("2001:db8::2/64"), device: "xenbr0"},
	}
	if diff := cmp.Diff(want, parseIfInet6(kernelText(t, "if_inet6")), exact); diff != "" {
		t.Error(diff)
	}
}

func TestParseFibTrie(t *testing.T) {
	var want []address
	for _, own := range []string{"127.0.0.1/32", "192.0.2.2/32", "192.0.2.3/32", "198.51.100.9/32", "198.51.100.65/32", "203.0.113.1/32"} {
		want = append(want, address{Prefix: netip.MustParsePrefix(own)})
	}
	text := kernelText(t, "fib_trie")
	// A kernel without rules shows one trie as two tables.
	for _, text := range [][]byte{text, append(bytes.Clone(text), text[bytes.Index(text, []byte("Main:")):]...)} {
		own, tables := parseFibTrie(text)
		if diff := cmp.Diff(want, own, exact); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"100"}, tables); diff != "" {
			t.Error(diff)
		}
	}
}

func TestParseTCP(t *testing.T) {
	at := netip.MustParseAddrPort
	for name, want := range map[string][]connection{
		"tcp": {
			{at("192.0.2.2:22"), at("0.0.0.0:0"), tcpListen, "1035517"},
			{at("127.0.0.1:22"), at("0.0.0.0:0"), tcpListen, "1035523"},
			{at("192.0.2.7:55867"), at("192.0.2.2:2222"), tcpEstablished, "1035527"},
			{at("192.0.2.7:44379"), at("192.0.2.2:22"), tcpEstablished, "1035518"},
			{at("127.0.0.1:22"), at("127.0.0.1:52429"), tcpEstablished, "1035525"},
			{at("127.0.0.1:52429"), at("127.0.0.1:22"), tcpEstablished, "1035524"},
			{at("192.0.2.2:22"), at("192.0.2.7:44379"), tcpEstablished, "1035519"},
		},
		"tcp6": {
			{at("[2001:db8::2]:22"), at("[::]:0"), tcpListen, "1035520"},
			{at("[::]:2222"), at("[::]:0"), tcpListen, "1035526"},
			{at("[2001:db8::7]:36217"), at("[2001:db8::2]:22"), tcpEstablished, "1035521"},
			{at("[2001:db8::2]:22"), at("[2001:db8::7]:36217"), tcpEstablished, "1035522"},
			{at("192.0.2.2:2222"), at("192.0.2.7:55867"), tcpEstablished, "1035528"},
		},
	} {
		if diff := cmp.Diff(want, parseTCP(kernelText(t, name)), exact); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// seed gives a target what the kernel wrote, and what is cut or bent of it.
func seed(f *testing.F, name string) {
	text := kernelText(f, name)
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add(bytes.ReplaceAll(text, []byte("0"), []byte("f")))
	f.Add(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
}

// Each fuzz target prints what was parsed as the kernel does and parses it
// again.

func FuzzParseRoutes(f *testing.F) {
	seed(f, "route")
	f.Fuzz(func(t *testing.T, text []byte) {
		var again []byte
		routes := parseRoutes(text)
		for _, r := range routes {
			flags := 1
			if r.gateway {
				flags |= routeGateway
			}
			if r.reject {
				flags |= routeReject
			}
			all := netip.MustParseAddr("255.255.255.255")
			mask, err := all.Prefix(r.to.Bits())
			if err != nil {
				t.Fatal(err)
			}
			again = fmt.Appendf(again, "%s\t%08X\t%08X\t%04X\t0\t0\t%d\t%08X\t0\t0\t0\n", r.device, number(r.to.Addr()), 0, flags, r.metric, number(mask.Masked().Addr()))
		}
		if diff := cmp.Diff(routes, parseRoutes(again), exact); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzParseIPv6Routes(f *testing.F) {
	seed(f, "ipv6_route")
	f.Fuzz(func(t *testing.T, text []byte) {
		var again []byte
		routes := parseIPv6Routes(text)
		for _, r := range routes {
			var flags uint32 = 1
			for flag, set := range map[uint32]bool{routeGateway: r.gateway, routeReject: r.reject, routeLocal: r.local, routeAddrconf: r.learned} {
				if set {
					flags |= flag
				}
			}
			again = fmt.Appendf(again, "%s %02x %032d 00 %032d %08x %08x %08x %08x %8s\n", bare(r.to.Addr()), r.to.Bits(), 0, 0, r.metric, 1, 0, flags, r.device)
		}
		if diff := cmp.Diff(routes, parseIPv6Routes(again), exact); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzParseIfInet6(f *testing.F) {
	seed(f, "if_inet6")
	f.Fuzz(func(t *testing.T, text []byte) {
		var again []byte
		addresses := parseIfInet6(text)
		for _, a := range addresses {
			flags := addressPermanent
			if a.dynamic {
				flags = 0
			}
			again = fmt.Appendf(again, "%s %02x %02x %02x %02x %8s\n", bare(a.Addr()), 2, a.Bits(), 0, flags, a.device)
		}
		if diff := cmp.Diff(addresses, parseIfInet6(again), exact); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzParseFibTrie(f *testing.F) {
	seed(f, "fib_trie")
	f.Fuzz(func(t *testing.T, text []byte) {
		var again []byte
		own, tables := parseFibTrie(text)
		for _, table := range tables {
			again = fmt.Appendf(again, "Id %s:\n", table)
		}
		for _, a := range own {
			again = fmt.Appendf(again, "     |-- %s\n        /32 host LOCAL\n", a.Addr())
		}
		ownAgain, tablesAgain := parseFibTrie(again)
		if diff := cmp.Diff(own, ownAgain, exact); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(tables, tablesAgain); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzParseTCP(f *testing.F) {
	seed(f, "tcp")
	seed(f, "tcp6")
	f.Fuzz(func(t *testing.T, text []byte) {
		var again []byte
		connections := parseTCP(text)
		for _, c := range connections {
			again = fmt.Appendf(again, "   0: %s %s %02X 0:0 0:0 0 0 0 %s 1 0 20 0 0 10 -1\n", hexed(c.local), hexed(c.peer), c.state, c.inode)
		}
		if diff := cmp.Diff(connections, parseTCP(again), exact); diff != "" {
			t.Error(diff)
		}
	})
}
