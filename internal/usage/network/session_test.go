package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

func TestSessions(t *testing.T) {
	const daemon = "proc/1131/"
	for _, test := range []struct {
		name  string
		build func(*wires)
		want  map[string][]string
	}{
		{"none", func(w *wires) {
			w.connect("0.0.0.0:22", "0.0.0.0:0", tcpListen, 100)
			w.connect("192.0.2.2:40000", "192.0.2.7:22", tcpEstablished, 0) // from here
			w.connect("192.0.2.2:22", "192.0.2.8:40000", 0x06, 0)           // TIME_WAIT
			w.connect("192.0.2.2:2222", "192.0.2.9:40000", tcpEstablished, 0)
			w.connect("127.0.0.1:22", "127.0.1.1:40000", tcpEstablished, 0)
			w.connect("192.0.2.2:22", "192.0.2.2:40000", tcpEstablished, 0)
			w.connect("[::1]:22", "[::1]:40000", tcpEstablished, 0)
		}, map[string][]string{}},
		{"of one wire", func(w *wires) {
			w.connect("192.0.2.2:22", "192.0.2.7:40000", tcpEstablished, 0)
			w.connect("192.0.2.2:22", "192.0.2.7:40001", tcpEstablished, 0)
		}, map[string][]string{"00:03.0": {"refuse: the SSH session from 192.0.2.7 > eth0 > 0000:00:03.0"}}},
		{"by a router", func(w *wires) {
			w.connect("192.0.2.2:22", "203.0.113.7:40000", tcpEstablished, 0)
		}, map[string][]string{"00:03.0": {"refuse: the SSH session from 203.0.113.7 > eth0 > 0000:00:03.0"}}},
		{"by one card to the address of another", func(w *wires) {
			w.connect("198.51.100.2:22", "203.0.113.7:40000", tcpEstablished, 0)
		}, map[string][]string{
			"00:03.0": {"refuse: the SSH session from 203.0.113.7 > eth0 > 0000:00:03.0"},
			"00:04.0": {"refuse: the SSH session from 203.0.113.7 > eth1 > 0000:00:04.0"},
		}},
		{"IPv4 to a socket of IPv6", func(w *wires) {
			w.connect("[::ffff:192.0.2.2]:22", "[::ffff:192.0.2.7]:40000", tcpEstablished, 0)
		}, map[string][]string{"00:03.0": {"refuse: the SSH session from 192.0.2.7 > eth0 > 0000:00:03.0"}}},
		{"IPv6", func(w *wires) {
			w.connect("[2001:db8::2]:22", "[2001:db8::7]:40000", tcpEstablished, 0)
		}, map[string][]string{"00:03.0": {"refuse: the SSH session from 2001:db8::7 > eth0 > 0000:00:03.0"}}},
		{"IPv6 of one wire", func(w *wires) {
			w.via6("eth0", "fe80::/64", "::", 256, 1)
			w.own6("eth1", "fe80::200:5eff:fe00:5302/64", 0x80)
			w.connect("[fe80::200:5eff:fe00:5302]:22", "[fe80::7]:40000", tcpEstablished, 0)
		}, map[string][]string{"00:04.0": {"refuse: the SSH session from fe80::7 > eth1 > 0000:00:04.0"}}},
		{"at another port", func(w *wires) {
			w.files["run/sshd.pid"] = "1131\n"
			w.files[daemon+"comm"] = "sshd\n"
			w.files[daemon+"fd/0"] = graphtest.Link("/dev/null")
			w.files[daemon+"fd/3"] = graphtest.Link("socket:[100]")
			w.files[daemon+"fd/4"] = graphtest.Link("socket:[102]")
			w.connect("192.0.2.2:40000", "192.0.2.9:636", tcpEstablished, 102)
			w.connect("0.0.0.0:2222", "0.0.0.0:0", tcpListen, 100)
			w.connect("0.0.0.0:80", "0.0.0.0:0", tcpListen, 101)
			w.connect("192.0.2.2:2222", "192.0.2.7:40000", tcpEstablished, 0)
			w.connect("192.0.2.2:80", "192.0.2.8:40000", tcpEstablished, 0)
		}, map[string][]string{"00:03.0": {"refuse: the SSH session from 192.0.2.7 > eth0 > 0000:00:03.0"}}},
		{"the number of sshd is another's", func(w *wires) {
			w.files["run/sshd.pid"] = "1131\n"
			w.files[daemon+"comm"] = "nginx\n"
			w.files[daemon+"fd/3"] = graphtest.Link("socket:[101]")
			w.connect("0.0.0.0:80", "0.0.0.0:0", tcpListen, 101)
			w.connect("192.0.2.2:80", "192.0.2.8:40000", tcpEstablished, 0)
		}, map[string][]string{}},
		{"through a tunnel", func(w *wires) {
			w.connect("203.0.113.129:22", "203.0.113.130:40000", tcpEstablished, 0)
		}, all("warn: session_unknown the SSH session from 203.0.113.130")},
		{"from where no way leads", func(w *wires) {
			w.connect("[2001:db8:9::1]:22", "[2001:db8:7::7]:40000", tcpEstablished, 0)
		}, all("warn: session_unknown the SSH session from 2001:db8:7::7")},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, g := lookAtNetwork(t, func(w *wires) {
				w.card("eth0", at3)
				w.card("eth1", at4)
				w.virtual("tun0", "tun_flags")
				w.via("eth0", "203.0.113.0/25", "192.0.2.1", 0)
				w.via("tun0", "203.0.113.130/32", "", 0)
				w.own("eth0", "192.0.2.2/24")
				w.own("eth1", "198.51.100.2/25")
				w.own6("eth0", "2001:db8::2/64", 0x80)
				test.build(w)
				w.tables()
			}, (*Network).sessions)
			if diff := cmp.Diff(test.want, graphtest.All(g, cards(t))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
