package network

import (
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/internal/usage/graph"
)

// defaultRoutes adds what the default routes depend on. A bond or a bridge that
// has lost its last card keeps its route (measured), so that the route by
// itself proves nothing.
func (n *Network) defaultRoutes() {
	v4, v6 := defaults(n.v4), defaults(n.v6)
	need := graph.Need{Code: graph.DefaultRoute, Severity: graph.Refuse, Advice: "set a default route through another interface first"}
	for _, way := range v4 {
		need.Subject = title("the default route", way, len(v4))
		n.needInterface(need, way.device)
	}
	learned := false
	var on []*graph.Node
	for _, way := range v6 {
		need.Subject = title("the IPv6 default route", way, len(v6))
		node, ok := n.Interface(way.device)
		shown := ok && carries(node)
		if shown && !slices.Contains(on, node) {
			on = append(on, node)
		}
		if shown && way.learned {
			learned = true
			continue
		}
		n.needInterface(need, way.device)
	}
	if learned {
		n.learnedRoute(need, on)
	}
}

// learnedRoute adds a default route that routers advertise. Every interface that is up has
// one in such a network, so that dom0 needs only the last that has any.
func (n *Network) learnedRoute(need graph.Need, on []*graph.Node) {
	need.Subject, need.On = "the IPv6 default route", on[0]
	if len(on) > 1 {
		need.On = &graph.Node{Kind: graph.Alternatives, Name: strconv.Itoa(len(on)) + " interfaces", On: on, Least: 1}
	}
	n.Need(need)
}

// defaults returns the default routes of a table; those that differ in their
// router alone are one.
func defaults(table []route) (ways []route) {
	type key struct {
		device string
		metric uint32
	}
	seen := make(map[key]bool)
	for _, way := range table {
		k := key{way.device, way.metric}
		if way.to.Bits() != 0 || way.reject || seen[k] {
			continue
		}
		seen[k] = true
		ways = append(ways, way)
	}
	return ways
}

// title tells a route from others of its kind.
func title(what string, way route, of int) string {
	if of < 2 {
		return what
	}
	return what + " (metric " + strconv.FormatUint(uint64(way.metric), 10) + ")"
}

// needInterface adds that dom0 needs an interface. sysfs does not show what
// carries a tunnel, or the network of a guest.
func (n *Network) needInterface(need graph.Need, device string) {
	node, ok := n.Interface(device)
	unknown := graph.RouteUnknown
	if need.Code == graph.SSHSession {
		unknown = graph.SessionUnknown
	}
	switch {
	case !ok:
		n.Unknown(unknown, graph.Warn, need.Subject, need.Subject+" is on "+device+", which is not in "+classNet, nil)
	case carries(node):
		need.On = node
		n.Need(need)
	default:
		n.Unknown(unknown, graph.Warn, need.Subject, need.Subject+" is on "+node.String()+"; cannot tell what carries that", nil)
	}
}
