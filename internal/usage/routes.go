package usage

import (
	"errors"
	"net/netip"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// routing is what the kernel's tables say of ways and addresses. Of IPv4 it is
// the main table alone: the kernel shows no other with its interfaces.
type routing struct {
	v4, v6    []route
	addresses []address
}

// route is a line of /proc/net/route or /proc/net/ipv6_route.
type route struct {
	to      netip.Prefix
	metric  uint32 // less is better
	device  string // "*" where there is none
	gateway bool   // by a router; else the addresses are on the wire itself
	reject  bool   // nothing gets through: unreachable, prohibit, blackhole
	local   bool   // an address of dom0's own
	learned bool   // of IPv6, from a router's advertisement: the kernel's own, or with an end as daemons set it
}

// address is an address of dom0's own.
type address struct {
	netip.Prefix
	device  string // "" in IPv4, whose addresses are shown without
	dynamic bool   // will expire: from a router's advertisement, or a DHCPv6 lease
}

// Bytes that are read of each table: 30000 routes.
const tableLimit = 4 << 20

// errCut is the cause where a file is longer than what is read of it.
var errCut = errors.New("only its beginning was read")

// routes reads the tables once. What cannot be read is noted.
func (s *scan) routes() *routing {
	if s.routing != nil {
		return s.routing
	}
	r := &routing{}
	s.routing = r
	if !s.connected() {
		return r
	}
	if text, ok := s.table(Refuse, "routes", "/proc/net/route"); ok {
		r.v4 = parseRoutes(text)
	}
	if text, ok := s.table(Warn, "IPv4 addresses", "/proc/net/fib_trie"); ok {
		own, tables := parseFibTrie(text)
		r.addresses = own
		for _, table := range tables {
			s.unseen(Warn, "the routes of table "+table+" cannot be seen")
		}
	}
	if s.fsys.Exists("/proc/net/if_inet6") { // else there is no IPv6
		if text, ok := s.table(Warn, "IPv6 addresses", "/proc/net/if_inet6"); ok {
			r.addresses = append(r.addresses, parseIfInet6(text)...)
		}
		if text, ok := s.table(Refuse, "IPv6 routes", "/proc/net/ipv6_route"); ok {
			r.v6 = parseIPv6Routes(text)
		}
	}
	return r
}

// connected says whether there is any interface that may lead somewhere. Who
// has none needs no tables.
func (s *scan) connected() bool {
	for name := range s.nets {
		if name != "lo" {
			return true
		}
	}
	return false
}

// table reads a table of /proc/net; level is what it means that it cannot be.
func (s *scan) table(level Level, what, name string) (text []byte, ok bool) {
	text, err := s.fsys.Read(name, tableLimit)
	if err == nil && len(text) == tableLimit {
		err, level = &sysfs.AttrError{Op: "read", Path: name, Err: errCut}, Warn
	}
	if err != nil {
		s.unseen(level, "the "+what+" cannot be seen: "+err.Error())
	}
	return text, text != nil
}

// route is the interface that what is sent to an address goes by: the longest
// prefix, and of those the least metric. It is nil where no route is, and for
// dom0's own addresses. The part interfaces comes before who asks.
func (s *scan) route(to netip.Addr) *Node {
	r := s.routes()
	to = to.Unmap().WithZone("")
	if to.IsLoopback() || r.own(to) {
		return nil
	}
	best, ok := r.best(to)
	if !ok || best.reject || best.local {
		return nil
	}
	return s.nets[best.device]
}

// own says whether an address is one of dom0's.
func (r *routing) own(a netip.Addr) bool {
	for _, own := range r.addresses {
		if own.Addr() == a {
			return true
		}
	}
	return false
}

func (r *routing) best(to netip.Addr) (best route, ok bool) {
	table := r.v6
	if to.Is4() {
		table = r.v4
	}
	for _, way := range table {
		if !way.to.Contains(to) {
			continue
		}
		if !ok || way.to.Bits() > best.to.Bits() || way.to.Bits() == best.to.Bits() && way.metric < best.metric {
			best, ok = way, true
		}
	}
	return best, ok
}
