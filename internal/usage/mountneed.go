package usage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// namesListed is how many names a sentence has when there are more than one
// more.
const namesListed = 2

// place is all that is mounted from one node.
type place struct {
	on     *Node
	points []string
}

// needs notes what is mounted: one need for each place, and one finding for each
// that cannot be seen.
func (m *mounted) needs() {
	hidden := make(map[string][]string)
	var places []*place
	byNode := make(map[*Node]*place)
	for _, sys := range m.all {
		if sys.hidden != "" {
			hidden[sys.hidden] = append(hidden[sys.hidden], sys.points...)
		}
		n := sys.below()
		if n == nil {
			continue
		}
		p, ok := byNode[n]
		if !ok {
			p = &place{on: n}
			byNode[n] = p
			places = append(places, p)
		}
		p.points = append(p.points, sys.points...)
	}
	for _, p := range places {
		p.points = shortestFirst(p.points)
	}
	places = joinLoops(places)
	slices.SortFunc(places, func(a, b *place) int { return byLength(a.points[0], b.points[0]) })
	for _, p := range places {
		m.need(Refuse, mountWords(p.points), p.on)
	}
	for _, what := range slices.Sorted(maps.Keys(hidden)) {
		m.dark(mountWords(shortestFirst(hidden[what])) + " on " + what + ", and what that is on cannot be seen")
	}
}

// below is what a file system is on: that of an overlay on a single one, too.
func (sys *system) below() *Node {
	switch {
	case sys.node == nil || !stacked(sys.kind):
		return sys.node
	case len(sys.node.On) == 0:
		return nil
	case len(sys.node.On) == 1:
		return sys.node.On[0]
	}
	return sys.node
}

// joinLoops makes one place of the loop devices whose files are on the same file
// system: a machine with snaps has dozens.
func joinLoops(places []*place) []*place {
	loops := make(map[*Node][]*place)
	for _, p := range places {
		if n := underLoop(p.on); n != nil {
			loops[n] = append(loops[n], p)
		}
	}
	joined := slices.DeleteFunc(places, func(p *place) bool { return len(loops[underLoop(p.on)]) > 1 })
	for n, all := range loops {
		if len(all) < 2 {
			continue
		}
		p := &place{on: &Node{Words: fmt.Sprint(len(all), " loop devices"), On: []*Node{n}}}
		for _, one := range all {
			p.points = append(p.points, one.points...)
		}
		p.points = shortestFirst(p.points)
		joined = append(joined, p)
	}
	return joined
}

// underLoop is the node that has the file of a loop device; nil for all other
// nodes.
func underLoop(n *Node) *Node {
	if !strings.HasPrefix(n.Words, "loop") || len(n.On) != 1 {
		return nil
	}
	file := n.On[0]
	if !strings.HasPrefix(file.Words, theFile) || len(file.On) != 1 {
		return nil
	}
	return file.On[0]
}

// mountWords begins a sentence about mount points: "/, /boot and 3 more are".
func mountWords(points []string) string {
	named := make([]string, len(points))
	for i, p := range points {
		named[i] = printable(p)
	}
	if len(named) == 1 {
		return named[0] + " is"
	}
	return listed(named) + " are"
}

// listed is names in a row, "/, /boot and 3 more".
func listed(names []string) string {
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n > namesListed+1:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namesListed], ", "), n-namesListed)
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// shortestFirst sorts mount points, each once.
func shortestFirst(points []string) []string {
	slices.SortFunc(points, byLength)
	return slices.Compact(points)
}

func byLength(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
