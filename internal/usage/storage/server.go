package storage

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/network"
)

// servers is the machines that disks and file systems are in, each once.
type servers struct {
	b       *graph.Builder
	network *network.Network // nil where only this machine is looked at
	known   map[serverKey]*graph.Node
}

type serverKey struct {
	kind         graph.Kind
	host, device string
}

func newServers(b *graph.Builder, n *network.Network) *servers {
	return &servers{b: b, network: n, known: make(map[serverKey]*graph.Node)}
}

// server returns the node of a machine that a disk or a file system is in:
// graph.NFSServer, "192.0.2.1". device is the interface that it was bound to; where
// that is empty, or does not exist, the routes show the interface.
func (s *servers) server(kind graph.Kind, host, device string) *graph.Node {
	key := serverKey{kind, host, device}
	if n, ok := s.known[key]; ok {
		return n
	}
	n := &graph.Node{Kind: kind, Name: prose.Printable(host)}
	s.known[key] = n
	if s.network == nil {
		return n
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	for _, bound := range []string{device, address.Zone()} {
		if way, ok := s.network.Interface(bound); ok {
			n.On = []*graph.Node{way}
			return n
		}
	}
	if err != nil {
		s.unknown(n, errors.New("its address is not known"))
		return n
	}
	if address.IsLoopback() || s.network.Local(address.Unmap()) {
		return n
	}
	if way := s.network.Route(address); way != nil {
		n.On = []*graph.Node{way}
	} else {
		s.unknown(n, errors.New("there is no route"))
	}
	return n
}

// unknown notes that it cannot be told how dom0 reaches a server.
func (s *servers) unknown(n *graph.Node, err error) {
	s.b.Unknown(graph.ServerUnknown, graph.Warn, n.Name, "cannot tell which interface leads to "+n.String(), err)
}

// option returns the value of "key=value" among options that are separated by
// commas; "" where it is not there.
func option(options, key string) string {
	for o := range strings.SplitSeq(options, ",") {
		if value, ok := strings.CutPrefix(o, key+"="); ok {
			return value
		}
	}
	return ""
}
