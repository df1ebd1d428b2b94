package network

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Where the cards of the machines below are.
const (
	at3       = "pci0000:00/0000:00:03.0"
	at4       = "pci0000:00/0000:00:04.0"
	atUSB     = "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0"
	atVirtio  = "pci0000:00/0000:00:05.0/virtio0"
	atNetback = "vif-3-0"
)

// lookAtNetwork reads the network of a machine and lets some parts add their needs.
func lookAtNetwork(t *testing.T, build func(*wires), parts ...func(*Network)) (*Network, *graph.Graph) {
	t.Helper()
	w := &wires{t: t, files: map[string]string{"proc/version": "Linux version 6.18.44\n"}, homes: make(map[string]string)}
	w.virtual("lo")
	w.tables()
	build(w)
	b := graphtest.Builder(cards(t))
	n := read(b, sysfs.New(graphtest.Plant(t, w.files)), cards(t))
	for _, part := range parts {
		part(n)
	}
	return n, b.Graph()
}

func cards(t *testing.T) (devices []pci.Device) {
	for _, a := range []string{"00:03.0", "00:04.0", "00:05.0", "00:14.0"} {
		devices = append(devices, pci.Device{Address: graphtest.Address(t, a)})
	}
	return devices
}

// all expects the same of all cards.
func all(texts ...string) map[string][]string {
	return map[string][]string{"00:03.0": texts, "00:04.0": texts, "00:05.0": texts, "00:14.0": texts}
}

func TestNetwork(t *testing.T) {
	for _, test := range []struct {
		name     string
		build    func(*wires)
		want     map[string][]string // of each card, taken alone
		together []string            // of 00:03.0, when 00:04.0 is taken too
	}{
		{"a card", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.own("eth0", "192.0.2.2/24")
			w.via("eth0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{"00:03.0": {
			"refuse: the default route > eth0 > 0000:00:03.0",
			"refuse: address 192.0.2.2/24 > eth0 > 0000:00:03.0",
		}}, nil},
		{"cards on USB and virtio", func(w *wires) {
			w.card("enx0", atUSB)
			w.card("eth0", atVirtio)
			w.own("enx0", "192.0.2.2/24")
			w.own("eth0", "198.51.100.2/24")
			w.tables()
		}, map[string][]string{
			"00:05.0": {"refuse: address 198.51.100.2/24 > eth0 > 0000:00:05.0"},
			"00:14.0": {"refuse: address 192.0.2.2/24 > enx0 > 0000:00:14.0"},
		}, nil},
		{"a bridge with a guest", func(w *wires) {
			w.card("eth0", at3)
			w.card("vif3.0", atNetback)
			w.virtual("vif3.0-emu", "tun_flags")
			w.virtual("dummy0")
			w.bridge("xenbr0", "dummy0", "eth0", "vif3.0", "vif3.0-emu")
			w.own("xenbr0", "192.0.2.2/24")
			w.tables()
		}, map[string][]string{"00:03.0": {
			"refuse: the network of guest 3 (vif3.0) > bridge xenbr0 > eth0 > 0000:00:03.0",
			"refuse: address 192.0.2.2/24 > bridge xenbr0 > eth0 > 0000:00:03.0",
		}}, nil},
		{"a bridge among guests alone", func(w *wires) {
			w.card("eth0", at3)
			w.card("vif3.0", atNetback)
			w.bridge("virbr0", "vif3.0")
			w.own("virbr0", "198.51.100.1/24")
			w.tables()
		}, map[string][]string{}, nil},
		{"a bridge with two uplinks", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.bridge("xenbr0", "eth0", "eth1")
			w.via("xenbr0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{
			"00:03.0": {"warn: the default route > bridge xenbr0 > eth0 > 0000:00:03.0; left: eth1"},
			"00:04.0": {"warn: the default route > bridge xenbr0 > eth1 > 0000:00:04.0; left: eth0"},
		}, []string{"refuse: the default route > bridge xenbr0 > eth0 > 0000:00:03.0"}},
		{"a bond under a bridge", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.bond("bond0", "eth0", "eth1")
			w.bridge("xenbr0", "bond0")
			w.via("xenbr0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{
			"00:03.0": {"warn: the default route > bridge xenbr0 > bond0 > eth0 > 0000:00:03.0; left: eth1"},
			"00:04.0": {"warn: the default route > bridge xenbr0 > bond0 > eth1 > 0000:00:04.0; left: eth0"},
		}, []string{"refuse: the default route > bridge xenbr0 > bond0 > eth0 > 0000:00:03.0"}},
		{"a bond with one card without a link", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.bond("bond0", "eth0", "eth1")
			w.files[w.homes["eth1"]+"/operstate"] = "down\n"
			w.via("bond0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{
			"00:03.0": {"refuse: the default route > bond0 > eth0 > 0000:00:03.0"},
			"00:04.0": {"warn: the default route > bond0 > eth1 (no link) > 0000:00:04.0; left: eth0"},
		}, nil},
		{"a bond with no link at all", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.bond("bond0", "eth0", "eth1")
			w.files[w.homes["eth0"]+"/operstate"] = "down\n"
			w.files[w.homes["eth1"]+"/operstate"] = "down\n"
			w.via("bond0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{
			"00:03.0": {"warn: the default route > bond0 > eth0 > 0000:00:03.0; left: eth1"},
			"00:04.0": {"warn: the default route > bond0 > eth1 > 0000:00:04.0; left: eth0"},
		}, []string{"refuse: the default route > bond0 > eth0 > 0000:00:03.0"}},
		{"a bond before Linux 3.14", func(w *wires) {
			w.card("eth0", at3)
			w.bond("bond0", "eth0")
			delete(w.files, w.homes["bond0"]+"/lower_eth0")
			w.via("bond0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{"00:03.0": {"refuse: the default route > bond0 > eth0 > 0000:00:03.0"}}, nil},
		{"a bond whose other card is gone", func(w *wires) {
			w.card("eth0", at3)
			w.bond("bond0", "eth0")
			w.via("bond0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{"00:03.0": {"refuse: the default route > bond0 > eth0 > 0000:00:03.0"}}, nil},
		{"a bond that is empty", func(w *wires) {
			w.card("eth0", at3)
			w.bond("bond0")
			w.via("bond0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, all("warn: route_unknown the default route"), nil},
		{"a VLAN on a bond", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.bond("bond0", "eth0", "eth1")
			w.vlan("bond0.5", "bond0")
			w.own("bond0.5", "192.0.2.2/24")
			w.tables()
		}, map[string][]string{
			"00:03.0": {"warn: address 192.0.2.2/24 > VLAN bond0.5 > bond0 > eth0 > 0000:00:03.0; left: eth1"},
			"00:04.0": {"warn: address 192.0.2.2/24 > VLAN bond0.5 > bond0 > eth1 > 0000:00:04.0; left: eth0"},
		}, []string{"refuse: address 192.0.2.2/24 > VLAN bond0.5 > bond0 > eth0 > 0000:00:03.0"}},
		{"a team and a macvlan", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.virtual("team0")
			w.below("team0", "eth0", "eth1")
			w.virtual("mv0")
			w.below("mv0", "team0")
			w.own("mv0", "192.0.2.2/24")
			w.tables()
		}, map[string][]string{
			"00:03.0": {"warn: address 192.0.2.2/24 > mv0 > team0 > eth0 > 0000:00:03.0; left: eth1"},
			"00:04.0": {"warn: address 192.0.2.2/24 > mv0 > team0 > eth1 > 0000:00:04.0; left: eth0"},
		}, nil},
		{"a pair of veth into a bridge", func(w *wires) {
			w.card("eth0", at3)
			w.veth("host0", "host1")
			w.bridge("xenbr0", "eth0", "host1")
			w.own("host0", "192.0.2.2/24")
			w.tables()
		}, map[string][]string{"00:03.0": {"refuse: address 192.0.2.2/24 > host0 > bridge xenbr0 > eth0 > 0000:00:03.0"}}, nil},
		{"a veth whose other end is in a container", func(w *wires) {
			w.card("eth0", at3)
			w.virtual("veth7")
			w.files[w.homes["veth7"]+"/iflink"] = w.files[w.homes["eth0"]+"/ifindex"] // the same number there
			w.bridge("docker0", "veth7")
			w.own("docker0", "198.51.100.1/24")
			w.tables()
		}, map[string][]string{}, nil},
		{"a ring of bridges", func(w *wires) {
			w.card("eth0", at3)
			w.veth("a", "b")
			w.bridge("xenbr0", "a", "eth0")
			w.bridge("xenbr1", "b")
			w.own("xenbr1", "192.0.2.2/24")
			w.tables()
		}, map[string][]string{"00:03.0": {"refuse: address 192.0.2.2/24 > bridge xenbr1 > b > bridge xenbr0 > eth0 > 0000:00:03.0"}}, nil},
		{"interfaces that are below each other", func(w *wires) {
			w.virtual("a")
			w.virtual("b")
			w.below("a", "b")
			w.below("b", "a")
			w.own("a", "192.0.2.2/24")
			w.tables()
		}, map[string][]string{}, nil},
		{"a card that is not on PCI", func(w *wires) {
			w.card("eth0", "platform/soc/fe300000.ethernet")
			w.card("eth1", at4)
			w.bridge("xenbr0", "eth0", "eth1")
			w.via("xenbr0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{"00:04.0": {"warn: the default route > bridge xenbr0 > eth1 > 0000:00:04.0; left: eth0"}}, nil},
		{"a VLAN before Linux 3.14", func(w *wires) {
			w.card("eth0", at3)
			w.vlan("eth0.5", "eth0")
			delete(w.files, w.homes["eth0.5"]+"/lower_eth0")
			w.own("eth0.5", "192.0.2.2/24")
			w.tables()
		}, map[string][]string{"00:03.0": {"refuse: address 192.0.2.2/24 > VLAN eth0.5 > eth0 > 0000:00:03.0"}}, nil},
		{"interfaces of Linux 2.6.18, as xend moved them", func(w *wires) {
			w.card("peth0", at3)
			w.virtual("eth0")
			w.virtual("vif0.0")
			w.bridge("xenbr0", "peth0", "vif0.0")
			w.via("eth0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
			w.flatten()
			w.files["sys/class/net/peth0/device"] = graphtest.Link("../../../devices/" + at3)
		}, map[string][]string{"00:03.0": {"refuse: the default route > eth0 > bridge xenbr0 > peth0 > 0000:00:03.0"}}, nil},
		{"Open vSwitch with one card", func(w *wires) {
			w.card("eth0", at3)
			w.card("vif3.0", atNetback)
			w.virtual("xenbr0")
			w.virtual("xapi1")
			w.ovs("eth0", "vif3.0")
			w.files[w.homes["xenbr0"]+"/address"] = w.files[w.homes["eth0"]+"/address"]
			w.files[w.homes["xapi1"]+"/address"] = w.files[w.homes["vif3.0"]+"/address"]
			w.own("xenbr0", "192.0.2.2/24")
			w.own("xapi1", "198.51.100.2/24")
			w.tables()
		}, map[string][]string{"00:03.0": {
			"refuse: the network of guest 3 (vif3.0) > Open vSwitch > eth0 > 0000:00:03.0",
			"refuse: address 192.0.2.2/24 > xenbr0 > eth0 > 0000:00:03.0",
			"refuse: address 198.51.100.2/24 > xapi1 > Open vSwitch > eth0 > 0000:00:03.0",
		}}, nil},
		{"Open vSwitch with one card that has no link yet", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.virtual("xenbr0")
			w.ovs("eth0", "eth1")
			w.files[w.homes["eth1"]+"/operstate"] = "down\n"
			w.via("xenbr0", "0.0.0.0/0", "192.0.2.1", 0)
			w.tables()
		}, map[string][]string{
			"00:03.0": {"refuse: the default route > xenbr0 > Open vSwitch > eth0 > 0000:00:03.0", "warn: switch_port eth0"},
			"00:04.0": {"refuse: the default route > xenbr0 > Open vSwitch > eth1 > 0000:00:04.0", "warn: switch_port eth1"},
		}, nil},
		{"Open vSwitch with two cards", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.virtual("xenbr0")
			w.virtual("xenbr1")
			w.virtual("tun0", "tun_flags")
			w.ovs("eth0", "eth1")
			w.files[w.homes["xenbr0"]+"/address"] = w.files[w.homes["eth0"]+"/address"]
			w.via("xenbr0", "0.0.0.0/0", "192.0.2.1", 0)
			w.own("xenbr1", "198.51.100.2/24")
			w.own("tun0", "203.0.113.1/24")
			// What is surely none of its internal ports.
			w.virtual("dummy0")
			w.bond("bond0")
			w.bridge("virbr0", "tun0")
			w.own6("lo", "2001:db8::2/128", 0x80)
			w.own6("dummy0", "2001:db8::3/64", 0x80)
			w.own6("bond0", "2001:db8::4/64", 0x80)
			w.own6("virbr0", "2001:db8::5/64", 0x80)
			w.tables()
		}, map[string][]string{
			"00:03.0": {
				"refuse: the default route > xenbr0 > eth0 > 0000:00:03.0",
				"refuse: address 198.51.100.2/24 > xenbr1 > Open vSwitch > eth0 > 0000:00:03.0",
				"warn: switch_port eth0",
			},
			"00:04.0": {
				"refuse: address 198.51.100.2/24 > xenbr1 > Open vSwitch > eth1 > 0000:00:04.0",
				"warn: switch_port eth1",
			},
		}, nil},
		{"cards that are merely up where a router advertises itself", func(w *wires) {
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.via6("eth0", "::/0", "fe80::1", 1024, 0x450003)
			w.via6("eth1", "::/0", "fe80::1", 1024, 0x450003)
			w.tables()
		}, map[string][]string{
			"00:03.0": {"warn: the IPv6 default route > 2 interfaces > eth0 > 0000:00:03.0; left: eth1"},
			"00:04.0": {"warn: the IPv6 default route > 2 interfaces > eth1 > 0000:00:04.0; left: eth0"},
		}, []string{"refuse: the IPv6 default route > 2 interfaces > eth0 > 0000:00:03.0"}},
		{"a part that is not there", func(w *wires) {
			w.bond("bond0")
			w.files[w.homes["bond0"]+"/bonding/slaves"] = "eth7\n"
		}, all("warn: net_unknown bond0"), nil},
		{"a bond that does not say of what", func(w *wires) {
			w.bond("bond0")
			delete(w.files, w.homes["bond0"]+"/bonding/slaves")
			w.files[w.homes["bond0"]+"/bonding/mode"] = "balance-rr 0\n"
		}, all("warn: net_unknown bond0"), nil},
		{"an interface that went this moment", func(w *wires) {
			w.files["sys/class/net/vif4.0"] = graphtest.Link("../../devices/vif-4-0/net/vif4.0")
		}, map[string][]string{}, nil},
		{"a folder that is none", func(w *wires) {
			clear(w.files)
			w.files["sys/class/net"] = graphtest.Link("net")
		}, all("refuse: net_unknown"), nil},
		{"no /proc", func(w *wires) {
			w.card("eth0", at3)
			maps.DeleteFunc(w.files, func(name, _ string) bool { return name[:4] == "proc" })
		}, all(
			"refuse: route_unknown routes",
			"refuse: session_unknown SSH sessions",
			"warn: address_unknown IPv4 addresses",
		), nil},
		{"a kernel without fib_trie", func(w *wires) { // Linux before 2.6.39, which could have FIB_HASH
			w.card("eth0", at3)
			w.card("eth1", at4)
			w.own("eth0", "192.0.2.2/24")
			w.via("eth0", "169.254.0.0/16", "", 0)
			w.via("eth1", "198.51.100.0/24", "192.0.2.1", 0)
			w.via("eth1", "203.0.113.5/32", "", 0)
			w.tables()
			delete(w.files, "proc/net/fib_trie")
		}, map[string][]string{
			"00:03.0": {"refuse: an address in 192.0.2.0/24 > eth0 > 0000:00:03.0", "warn: address_unknown IPv4 addresses"},
			"00:04.0": {"warn: address_unknown IPv4 addresses"},
			"00:05.0": {"warn: address_unknown IPv4 addresses"},
			"00:14.0": {"warn: address_unknown IPv4 addresses"},
		}, nil},
		{"no network and no /proc", func(w *wires) { clear(w.files) }, map[string][]string{}, nil},
		{"no network but lo", func(w *wires) {
			maps.DeleteFunc(w.files, func(name, _ string) bool { return name[:4] == "proc" })
		}, map[string][]string{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, g := lookAtNetwork(t, test.build, (*Network).defaultRoutes, (*Network).addresses, (*Network).sessions)
			if diff := cmp.Diff(test.want, graphtest.All(g, cards(t))); diff != "" {
				t.Error(diff)
			}
			if test.together != nil {
				if diff := cmp.Diff(test.together, graphtest.Facts(g.Findings(graphtest.Address(t, "00:03.0"), graphtest.Address(t, "00:04.0")))); diff != "" {
					t.Errorf("both:\n%s", diff)
				}
			}
		})
	}
}
