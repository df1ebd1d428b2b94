package usage

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Finding is one sentence about taking a PCI function away from dom0.
type Finding struct {
	Device pci.Address
	Level  Level
	Text   string // "/ is on vg0-root, on nvme0n1p3, on 0000:01:00.0 (Samsung ...)"
	Guest  bool   // it is about a guest that gets the function; dom0 loses nothing
}

// Findings says what speaks against taking the function a away together with
// others, the worst first.
func (g *Graph) Findings(a pci.Address, others ...pci.Address) []Finding {
	var found []Finding
	for _, f := range g.blind {
		f.Device = a
		found = append(found, f)
	}
	for _, f := range g.facts {
		if f.Device == a {
			found = append(found, f)
		}
	}
	all := append([]pci.Address{a}, others...)
	after := newLoss(all...)
	for _, need := range g.needs {
		if f, ok := need.finding(a, after); ok {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(x, y Finding) int { return y.weight() - x.weight() })
	return found
}

// weight puts what dom0 would lose before what a guest would meet.
func (f Finding) weight() int {
	if f.Guest {
		return 0
	}
	return int(f.Level)
}

// finding says what happens to a need when a is taken. after is what is lost
// when all is taken that is asked for.
func (n Need) finding(a pci.Address, after loss) (f Finding, ok bool) {
	chain := chainTo(n.On, a)
	if chain == nil {
		return f, false
	}
	f = Finding{Device: a, Level: n.Level, Text: n.Words + " " + words(chain)}
	if after.of(n.On) {
		return f, true
	}
	// It lives on; but something on the way has less to lose then.
	f.Level = Warn
	f.Text += "; what is left of it: " + kept(chain, after)
	return f, true
}

// chainTo is the way from a node down to a function, or nil where there is none.
func chainTo(n *Node, a pci.Address) []*Node {
	return walk(n, a, make(map[*Node]bool))
}

func walk(n *Node, a pci.Address, seen map[*Node]bool) []*Node {
	if seen[n] {
		return nil
	}
	seen[n] = true
	if n.Function != nil && *n.Function == a {
		return []*Node{n}
	}
	for _, below := range n.On {
		if chain := walk(below, a, seen); chain != nil {
			return append([]*Node{n}, chain...)
		}
	}
	return nil
}

// words is "on vg0-root, on nvme0n1p3, on 0000:01:00.0". A function that is
// behind a bridge is said to be so.
func words(chain []*Node) string {
	var b strings.Builder
	for i, n := range chain {
		switch {
		case i == 0:
			b.WriteString("on ")
		case n.Function != nil && chain[i-1].Function != nil:
			b.WriteString(", behind ")
		default:
			b.WriteString(", on ")
		}
		b.WriteString(n.Words)
	}
	return b.String()
}

// kept is what remains of the first thing in the chain that has less then, and
// can do with it.
func kept(chain []*Node, after loss) string {
	for _, n := range chain {
		if n.tolerates() == 0 {
			continue
		}
		var left []string
		for _, below := range n.On {
			if !after.of(below) {
				left = append(left, below.Words)
			}
		}
		if len(left) < len(n.On) {
			return strings.Join(left, " and ")
		}
	}
	return "all"
}
