package storage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// place is everything that is mounted from one node.
type place struct {
	on     *graph.Node
	points []string
}

// needs adds what is mounted: one need for each place, and one finding for each
// place that is unknown.
func (m *mounts) needs() {
	hidden, onDisk := make(map[string][]string), make(map[string]bool)
	var places []*place
	byNode := make(map[*graph.Node]*place)
	for _, sys := range m.all {
		if sys.hidden != "" {
			hidden[sys.hidden] = append(hidden[sys.hidden], sys.points...)
			onDisk[sys.hidden] = onDisk[sys.hidden] || sys.onDisk
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
		m.Need(graph.Need{
			Code: graph.Mounted, Severity: graph.Refuse,
			Subject: listPoints(p.points), Plural: len(p.points) > 1,
			Advice: umount(p.points),
			On:     p.on,
		})
	}
	for _, what := range slices.Sorted(maps.Keys(hidden)) {
		points := shortestFirst(hidden[what])
		m.hidden(listPoints(points), len(points) > 1, what, onDisk[what])
	}
}

// umount is the advice to unmount mount points, the inner ones first; "" where the
// root is among them or there are too many to name.
func umount(points []string) string {
	const most = 4
	if slices.Contains(points, "/") || len(points) > most {
		return ""
	}
	inner := slices.Clone(points)
	slices.Reverse(inner)
	return advise("umount", inner...)
}

// advise is the advice to run a command first; "" where an argument would have to
// be quoted for a shell.
func advise(command string, arguments ...string) string {
	special := func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+:@,=%", r)
	}
	for _, argument := range arguments {
		if argument == "" || strings.ContainsFunc(argument, special) {
			return ""
		}
		command += " " + argument
	}
	return command + " first"
}

// below returns what a file system is on; an overlay on a single file system is
// where that is.
func (sys *system) below() *graph.Node {
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

// joinLoops makes one place of all loop devices whose files are on the same file
// system: a machine with snaps has dozens.
func joinLoops(places []*place) []*place {
	loops := make(map[*graph.Node][]*place)
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
		p := &place{on: &graph.Node{Kind: graph.Loops, Name: fmt.Sprint(len(all), " loop devices"), On: []*graph.Node{n}}}
		for _, one := range all {
			p.points = append(p.points, one.points...)
		}
		p.points = shortestFirst(p.points)
		joined = append(joined, p)
	}
	return joined
}

// underLoop returns the node that holds the file of a loop device; nil for all
// other nodes.
func underLoop(n *graph.Node) *graph.Node {
	if n.Kind != graph.Loop || len(n.On) != 1 {
		return nil
	}
	file := n.On[0]
	if file.Kind != graph.File || len(file.On) != 1 {
		return nil
	}
	return file.On[0]
}

// listPoints enumerates mount points: "/, /boot, /srv and 3 more".
func listPoints(points []string) string {
	named := make([]string, len(points))
	for i, p := range points {
		named[i] = prose.Printable(p)
	}
	return prose.List(named)
}

// shortestFirst sorts mount points, each once.
func shortestFirst(points []string) []string {
	slices.SortFunc(points, byLength)
	return slices.Compact(points)
}

func byLength(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
