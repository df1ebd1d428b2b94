package usage

import "strconv"

// defaultRoutes notes what the ways to everywhere are on. A bond or bridge that
// has lost its last card keeps its route (measured), so that the route alone
// proves nothing.
func defaultRoutes(s *scan) {
	r := s.routes()
	v4, v6 := defaults(r.v4), defaults(r.v6)
	fixed := len(v4) > 0
	for _, way := range v6 {
		fixed = fixed || !way.learned
	}
	for _, way := range v4 {
		s.needInterface(Refuse, title("the default route", way, len(v4))+" is", way.device)
	}
	for _, way := range v6 {
		level := Refuse
		if way.learned && fixed {
			level = Warn // every card that is up has one where a router advertises itself
		}
		s.needInterface(level, title("the IPv6 default route", way, len(v6))+" is", way.device)
	}
}

// defaults are the default routes of a table, those that differ in their router
// alone once.
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

// needInterface notes that dom0 needs an interface. A tunnel says nothing of
// what carries it, nor does the network of a guest.
func (s *scan) needInterface(level Level, words, device string) {
	n, ok := s.nets[device]
	switch {
	case !ok:
		s.unseen(Warn, words+" on "+device+", which is not in "+classNet)
	case carries(n):
		s.need(level, words, n)
	default:
		s.unseen(Warn, words+" on "+n.Words+"; what carries that cannot be seen")
	}
}
