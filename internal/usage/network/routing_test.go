package network

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// twoNets has a card in each of two networks, and a tunnel.
func twoNets(w *wires) {
	w.card("eth0", at3)
	w.card("eth1", at4)
	w.virtual("tun0", "tun_flags")
	w.via("eth0", "0.0.0.0/0", "192.0.2.1", 100)
	w.via("eth1", "0.0.0.0/0", "198.51.100.1", 200)
	w.own("eth0", "192.0.2.2/24")
	w.own("eth1", "198.51.100.2/25")
	w.via("eth1", "192.0.2.128/25", "198.51.100.1", 0)
	w.via("eth1", "203.0.113.0/25", "198.51.100.1", 20)
	w.via("eth0", "203.0.113.0/25", "192.0.2.1", 10)
	w.own("tun0", "203.0.113.129/32")
	w.via("tun0", "203.0.113.130/32", "", 0)
	w.via("*", "203.0.113.192/26", "", 0)
	w.via("ppp9", "203.0.113.160/27", "", 0)
	w.own6("eth0", "2001:db8::2/64", 0x80)
	w.via6("eth1", "::/0", "2001:db8:0:1::1", 1024, 0x3)
	w.via6("lo", "2001:db8:6::/48", "::", 1024, 0x200200)
	w.via6("lo", "2001:db8::3/128", "::", 0, 0x80200001)
	w.tables()
}

func TestRoute(t *testing.T) {
	s, _ := lookAtNetwork(t, twoNets)
	for _, test := range []struct{ to, want string }{
		{"192.0.2.7", "eth0"},
		{"192.0.2.130", "eth1"},
		{"198.51.100.7", "eth1"},
		{"198.51.100.130", "eth0"}, // by the better default route
		{"203.0.113.7", "eth0"},    // by the lesser metric, though it stands later
		{"203.0.113.130", "tun0"},
		{"203.0.113.200", ""}, // a black hole
		{"203.0.113.161", ""}, // by an interface that is not there
		{"192.0.2.2", ""},     // its own
		{"127.0.1.1", ""},
		{"::ffff:192.0.2.7", "eth0"},
		{"2001:db8::7", "eth0"},
		{"2001:db8::7%eth0", "eth0"},
		{"2001:db8:1::7", "eth1"},
		{"2001:db8:6::1", ""}, // unreachable
		{"2001:db8::2", ""},   // its own
		{"2001:db8::3", ""},   // its own, by a route
		{"::1", ""},
	} {
		t.Run(test.to, func(t *testing.T) {
			var got string
			if n := s.Route(netip.MustParseAddr(test.to)); n != nil {
				got = n.String()
			}
			if got != test.want {
				t.Errorf("by %q; want %q", got, test.want)
			}
		})
	}
}

// Who has no default route gets nowhere.
func TestRouteNowhere(t *testing.T) {
	s, _ := lookAtNetwork(t, func(w *wires) {
		w.card("eth0", at3)
		w.own("eth0", "192.0.2.2/24")
		w.tables()
	})
	for _, to := range []string{"198.51.100.7", "2001:db8::7"} {
		if n := s.Route(netip.MustParseAddr(to)); n != nil {
			t.Errorf("%s by %s; want no way", to, n.String())
		}
	}
}

func TestDefaultRoutes(t *testing.T) {
	for _, test := range []struct {
		name  string
		build func(*wires)
		want  map[string][]string
	}{
		{"none", func(*wires) {}, map[string][]string{}},
		{"two of different metric", func(w *wires) {
			w.via("eth0", "0.0.0.0/0", "192.0.2.1", 100)
			w.via("eth1", "0.0.0.0/0", "198.51.100.1", 200)
		}, map[string][]string{
			"00:03.0": {"refuse: the default route (metric 100) > eth0 > 0000:00:03.0"},
			"00:04.0": {"refuse: the default route (metric 200) > eth1 > 0000:00:04.0"},
		}},
		{"IPv6 alone", func(w *wires) {
			w.via6("eth0", "::/0", "2001:db8::1", 1024, 0x3)
		}, map[string][]string{"00:03.0": {"refuse: the IPv6 default route > eth0 > 0000:00:03.0"}}},
		{"two routers of one network", func(w *wires) {
			w.via6("eth0", "::/0", "2001:db8::1", 1024, 0x3)
			w.via6("eth0", "::/0", "2001:db8::9", 1024, 0x3)
		}, map[string][]string{"00:03.0": {"refuse: the IPv6 default route > eth0 > 0000:00:03.0"}}},
		{"from a router alone", func(w *wires) {
			w.via6("eth0", "::/0", "fe80::1", 1024, 0x450003)
		}, map[string][]string{"00:03.0": {"refuse: the IPv6 default route > eth0 > 0000:00:03.0"}}},
		{"from a router beside a fixed one", func(w *wires) {
			w.via("eth0", "0.0.0.0/0", "192.0.2.1", 0)
			w.via6("eth0", "::/0", "fe80::1", 1024, 0x450003)
			w.via6("eth1", "::/0", "fe80::1", 1024, 0x400003) // as NetworkManager sets it
		}, map[string][]string{
			"00:03.0": {
				"refuse: the default route > eth0 > 0000:00:03.0",
				"warn: the IPv6 default route > 2 interfaces > eth0 > 0000:00:03.0; left: eth1",
			},
			"00:04.0": {"warn: the IPv6 default route > 2 interfaces > eth1 > 0000:00:04.0; left: eth0"},
		}},
		{"fixed on one card, from a router on the other", func(w *wires) {
			w.via6("eth0", "::/0", "2001:db8::1", 1024, 0x3)
			w.via6("eth1", "::/0", "fe80::1", 1024, 0x450003)
		}, map[string][]string{
			"00:03.0": {
				"refuse: the IPv6 default route (metric 1024) > eth0 > 0000:00:03.0",
				"warn: the IPv6 default route > 2 interfaces > eth0 > 0000:00:03.0; left: eth1",
			},
			"00:04.0": {"warn: the IPv6 default route > 2 interfaces > eth1 > 0000:00:04.0; left: eth0"},
		}},
		{"through a tunnel", func(w *wires) {
			w.via("tun0", "0.0.0.0/0", "", 0)
		}, all("warn: route_unknown the default route")},
		{"by what is not there", func(w *wires) {
			w.via("ppp0", "0.0.0.0/0", "", 0)
		}, all("warn: route_unknown the default route")},
		{"in a table of its own", func(w *wires) {
			w.addresses = "Id 100:\n  |-- 0.0.0.0\n     /0 universe UNICAST\n"
		}, all("warn: route_unknown table 100")},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, g := lookAtNetwork(t, func(w *wires) {
				w.card("eth0", at3)
				w.card("eth1", at4)
				w.virtual("tun0", "tun_flags")
				test.build(w)
				w.tables()
			}, (*Network).defaultRoutes)
			if diff := cmp.Diff(test.want, graphtest.All(g, cards(t))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	_, g := lookAtNetwork(t, func(w *wires) {
		w.card("eth0", at3)
		w.card("eth1", at4)
		w.own("eth0", "192.0.2.2/24")
		w.own("eth0", "192.0.2.3/24")
		w.own("eth0", "198.51.100.2/24") // in one network with eth1
		w.via("eth1", "198.51.100.0/24", "", 0)
		w.via("eth1", "0.0.0.0/0", "", 0)
		w.via("eth1", "0.0.0.0/1", "", 0)                // 127.0.0.1 is in there
		w.via("eth1", "192.0.2.0/25", "198.51.100.1", 0) // for others, by a router
		w.via("*", "192.0.2.0/26", "", 0)
		w.own("eth1", "203.0.113.2/32") // no file shows its interface
		w.own("eth1", "169.254.7.7/16")
		w.own6("eth0", "2001:db8::2/64", 0x80)
		w.own6("eth1", "2001:db8:0:1::2/64", 0x00) // from a router
		w.own6("eth1", "fe80::200:5eff:fe00:5302/64", 0x80)
		w.tables()
	}, (*Network).addresses)
	want := map[string][]string{
		"00:03.0": {
			"refuse: address 192.0.2.2/24 > eth0 > 0000:00:03.0",
			"refuse: address 192.0.2.3/24 > eth0 > 0000:00:03.0",
			"refuse: address 198.51.100.2/24 (perhaps) > eth0 > 0000:00:03.0",
			"refuse: address 2001:db8::2/64 > eth0 > 0000:00:03.0",
		},
		"00:04.0": {"refuse: address 198.51.100.2/24 (perhaps) > eth1 > 0000:00:04.0"},
	}
	if diff := cmp.Diff(want, graphtest.All(g, cards(t))); diff != "" {
		t.Error(diff)
	}
}

// A table that is longer than what is read of it is not taken for the whole.
func TestRoutesCut(t *testing.T) {
	_, g := lookAtNetwork(t, func(w *wires) {
		w.card("eth0", at3)
		w.via("eth0", "0.0.0.0/0", "192.0.2.1", 0)
		w.routes = strings.Repeat(w.routes, tableLimit/len(w.routes))
		w.tables()
	}, (*Network).defaultRoutes)
	want := []string{
		"refuse: the default route > eth0 > 0000:00:03.0",
		"warn: route_unknown routes",
	}
	if diff := cmp.Diff(want, graphtest.Facts(g.Findings(graphtest.Address(t, "00:03.0")))); diff != "" {
		t.Error(diff)
	}
}
