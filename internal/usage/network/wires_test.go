package network

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// wires is the network of a machine as Linux 6.18 shows it.
type wires struct {
	t         *testing.T
	files     map[string]string
	homes     map[string]string // of interfaces
	routes    string            // the lines of /proc/net/route
	routes6   string
	inet6     string
	addresses string // the leaves of /proc/net/fib_trie
	tcp, tcp6 string
}

// put adds an interface with a folder of its own and some files in it.
func (w *wires) put(name, home string, files ...string) {
	number := fmt.Sprintln(len(w.homes) + 1)
	w.homes[name] = home
	w.files["sys/class/net/"+name] = graphtest.Link("../../" + strings.TrimPrefix(home, "/sys/"))
	w.files[home+"/ifindex"], w.files[home+"/iflink"] = number, number
	w.files[home+"/address"] = fmt.Sprintf("00:00:5e:00:53:%02x\n", len(w.homes))
	w.files[home+"/operstate"] = "up\n"
	for _, file := range files {
		w.files[home+"/"+file] = ""
	}
}

// card adds one of a device: "pci0000:00/0000:00:03.0".
func (w *wires) card(name, device string) {
	w.put(name, "/sys/devices/"+device+"/net/"+name)
	w.files[w.homes[name]+"/device"] = graphtest.Link("../../../" + path.Base(device))
}

func (w *wires) virtual(name string, files ...string) {
	w.put(name, "/sys/devices/virtual/net/"+name, files...)
}

// below puts the links between an interface and those that it is made of.
func (w *wires) below(upper string, lower ...string) {
	for _, name := range lower {
		w.files[w.homes[upper]+"/lower_"+name] = w.link(upper, name)
		w.files[w.homes[name]+"/upper_"+upper] = w.link(name, upper)
	}
}

func (w *wires) link(from, to string) string {
	target, err := filepath.Rel(w.homes[from], w.homes[to])
	if err != nil {
		w.t.Fatal(err)
	}
	return graphtest.Link(target)
}

func (w *wires) bridge(name string, ports ...string) {
	w.virtual(name, "bridge/stp_state", "brif/none")
	delete(w.files, w.homes[name]+"/brif/none")
	w.below(name, ports...)
	for _, port := range ports {
		w.files[w.homes[name]+"/brif/"+port] = graphtest.Link("../../" + port + "/brport")
		w.files[w.homes[port]+"/master"] = w.link(port, name)
	}
}

func (w *wires) bond(name string, slaves ...string) {
	w.virtual(name)
	w.files[w.homes[name]+"/bonding/slaves"] = strings.Join(slaves, " ") + "\n"
	w.files["sys/class/net/bonding_masters"] = name + "\n"
	w.below(name, slaves...)
}

func (w *wires) vlan(name, on string) {
	w.virtual(name)
	w.files[w.homes[name]+"/iflink"] = w.files[w.homes[on]+"/ifindex"]
	w.files["proc/net/vlan/"+name] = name + "  VID: 5\t REORDER_HDR: 1  dev->priv_flags: 1021\nDevice: " + on + "\n"
	w.below(name, on)
}

// veth adds a pair.
func (w *wires) veth(a, b string) {
	w.virtual(a)
	w.virtual(b)
	w.files[w.homes[a]+"/iflink"], w.files[w.homes[b]+"/iflink"] = w.files[w.homes[b]+"/ifindex"], w.files[w.homes[a]+"/ifindex"]
}

// ovs makes interfaces ports of Open vSwitch.
func (w *wires) ovs(ports ...string) {
	w.virtual("ovs-system")
	w.below("ovs-system", ports...)
}

// flatten makes the folders of interfaces real ones below /sys/class/net, as
// they were before Linux 2.6.25.
func (w *wires) flatten() {
	flat := make(map[string]string)
	for file, content := range w.files {
		flat[file] = content
		for name, home := range w.homes {
			if rest, below := strings.CutPrefix(file, home+"/"); below {
				delete(flat, file)
				if strings.HasPrefix(rest, "lower_") || strings.HasPrefix(rest, "upper_") {
					continue // since Linux 3.14
				}
				flat["sys/class/net/"+name+"/"+rest] = content
			}
		}
	}
	for name := range w.homes {
		delete(flat, "sys/class/net/"+name)
	}
	w.files = flat
}

// via adds a route of IPv4; gateway may be "".
func (w *wires) via(device, to, gateway string, metric int) {
	prefix, flags := netip.MustParsePrefix(to), 0x0001
	if gateway != "" {
		flags |= routeGateway
	} else {
		gateway = "0.0.0.0"
	}
	mask := netip.MustParseAddr("255.255.255.255")
	masked, _ := mask.Prefix(prefix.Bits())
	line := fmt.Sprintf("%s\t%08X\t%08X\t%04X\t%d\t%d\t%d\t%08X\t%d\t%d\t%d", device, number(prefix.Addr()), number(netip.MustParseAddr(gateway)),
		flags, 0, 0, metric, number(masked.Addr()), 0, 0, 0)
	w.routes += fmt.Sprintf("%-127s\n", line)
}

func number(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// via6 adds a route of IPv6.
func (w *wires) via6(device, to, gateway string, metric, flags uint32) {
	prefix, router := netip.MustParsePrefix(to), netip.MustParseAddr(gateway)
	w.routes6 += fmt.Sprintf("%s %02x %032d 00 %s %08x %08x %08x %08x %8s\n", bare(prefix.Addr()), prefix.Bits(), 0, bare(router), metric, 1, 0, flags, device)
}

func bare(a netip.Addr) string {
	b := a.As16()
	return hex.EncodeToString(b[:])
}

// own adds an address of IPv4, and the route to its network.
func (w *wires) own(device, address string) {
	prefix := netip.MustParsePrefix(address)
	w.addresses += "     |-- " + prefix.Addr().String() + "\n        /32 host LOCAL\n"
	if !prefix.IsSingleIP() {
		w.via(device, prefix.Masked().String(), "", 0)
	}
}

// own6 adds an address of IPv6 with its flags, and the route to its network.
func (w *wires) own6(device, address string, flags uint32) {
	prefix := netip.MustParsePrefix(address)
	scope := 0
	if prefix.Addr().IsLinkLocalUnicast() {
		scope = 0x20
	}
	w.inet6 += fmt.Sprintf("%s %02x %02x %02x %02x %8s\n", bare(prefix.Addr()), 2, prefix.Bits(), scope, flags, device)
	w.via6(device, prefix.Masked().String(), "::", 256, 1)
}

// connect adds a connection of IPv4 or IPv6.
func (w *wires) connect(local, peer string, state uint8, inode int) {
	l, p := netip.MustParseAddrPort(local), netip.MustParseAddrPort(peer)
	line := fmt.Sprintf("%4d: %s %s %02X 00000000:00000000 00:00000000 00000000 %5d %8d %d 1 0000000000000000 20 0 0 10 -1",
		0, hexed(l), hexed(p), state, 0, 0, inode)
	if l.Addr().Is4() {
		w.tcp += fmt.Sprintf("%-149s\n", line)
	} else {
		w.tcp6 += line + "\n"
	}
}

func hexed(a netip.AddrPort) string {
	text := ""
	for word := range slices.Chunk(a.Addr().AsSlice(), 4) {
		text += fmt.Sprintf("%08X", number(netip.AddrFrom4([4]byte(word))))
	}
	return fmt.Sprintf("%s:%04X", text, a.Port())
}

// tables puts what /proc/net shows among the files.
func (w *wires) tables() {
	w.files["proc/net/route"] = fmt.Sprintf("%-127s\n", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT") + w.routes
	w.files["proc/net/fib_trie"] = "Main:\n  +-- 0.0.0.0/0 3 0 5\nLocal:\n  +-- 0.0.0.0/0 2 0 2\n" + w.addresses +
		"     |-- 127.0.0.1\n        /32 host LOCAL\n"
	w.files["proc/net/tcp"] = fmt.Sprintf("%-149s\n", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode") + w.tcp
	w.files["proc/net/if_inet6"] = "00000000000000000000000000000001 01 80 10 80       lo\n" + w.inet6
	w.files["proc/net/ipv6_route"] = w.routes6 +
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
	w.files["proc/net/tcp6"] = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" + w.tcp6
}
