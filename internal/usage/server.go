package usage

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// server is a machine that a disk or a file system is in: "the NFS server",
// "192.0.2.1". device is the interface that it was bound to, where it was and
// that is there; else the way is the one that routes say. The same server is the
// same node.
func (s *scan) server(kind, host, device string) *Node {
	words := kind + " " + printable(host)
	key := words + " " + device
	if n, ok := s.servers[key]; ok {
		return n
	}
	n := &Node{Words: words}
	if s.servers == nil {
		s.servers = make(map[string]*Node)
	}
	s.servers[key] = n
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	for _, bound := range []string{device, address.Zone()} {
		if way, ok := s.nets[bound]; ok {
			n.On = []*Node{way}
			return n
		}
	}
	if err != nil {
		s.dark("the way to " + words + " cannot be seen: its address is not known")
		return n
	}
	if address.IsLoopback() || s.routes().own(address.Unmap()) {
		return n
	}
	if way := s.route(address); way != nil {
		n.On = []*Node{way}
	} else {
		s.dark("the way to " + words + " cannot be seen: there is no route")
	}
	return n
}

// dark notes what could not be looked at, once.
func (s *scan) dark(text string) {
	if f := (Finding{Level: Warn, Text: text}); !slices.Contains(s.blind, f) {
		s.blind = append(s.blind, f)
	}
}

// option is the value of "key=value" among others, separated by commas; "" where
// it is not there.
func option(options, key string) string {
	for o := range strings.SplitSeq(options, ",") {
		if value, ok := strings.CutPrefix(o, key+"="); ok {
			return value
		}
	}
	return ""
}

// printable is a name without what could lead a terminal astray: names of files
// and volumes are bytes that somebody chose.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, name)
}
