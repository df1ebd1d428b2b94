package graph

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Finding is one thing to consider before a PCI function is taken from dom0.
type Finding struct {
	Device   pci.Address
	Severity Severity
	Code     Code

	Subject string        // what needs the device, or what could not be traced: "/", "the default route", "zd0"; may be empty
	Chain   []Link        // from what Subject is on down to the device; empty where the finding is about the device itself
	Left    []string      // what remains for Subject to work with, where it outlives the device
	Related []pci.Address // other functions that the reason is about

	Reason string // one sentence: "/ is on vg0-root, on nvme0n1p3, on 0000:01:00.0 (Samsung SSD 980)"
	Short  string // the same in a few words, for a narrow column: "/ is on it"
	Advice string // what to do about it: "umount /srv first"; may be empty
}

// Findings returns what there is to consider before the function a is taken from
// dom0 together with others, the worst first.
func (g *Graph) Findings(a pci.Address, others ...pci.Address) []Finding {
	var found []Finding
	for _, f := range g.unknown {
		f.Device = a
		found = append(found, f)
	}
	return worstFirst(append(found, g.known(a, others...)...))
}

// Known is Findings without what could not be found out, which may be about every
// function.
func (g *Graph) Known(a pci.Address) []Finding { return worstFirst(g.known(a)) }

func (g *Graph) known(a pci.Address, others ...pci.Address) (found []Finding) {
	for _, f := range g.facts {
		if f.Device == a && f.holds(others) {
			found = append(found, f.Finding)
		}
	}
	after := newLoss(append([]pci.Address{a}, others...)...)
	for _, i := range slices.Compact(slices.Clone(g.needing[a])) {
		if f, ok := g.needs[i].finding(a, after); ok {
			found = append(found, f)
		}
	}
	return found
}

func worstFirst(found []Finding) []Finding {
	slices.SortStableFunc(found, func(x, y Finding) int { return int(y.Severity) - int(x.Severity) })
	return found
}

// finding is what happens to a need when a is taken. after is what is lost then,
// with all that is taken together.
func (n Need) finding(a pci.Address, after loss) (f Finding, ok bool) {
	nodes := walk(n.On, a, make(map[*Node]bool))
	if nodes == nil {
		return f, false
	}
	f = Finding{Device: a, Severity: n.Severity, Code: n.Code, Subject: n.Subject, Chain: links(nodes), Advice: n.Advice}
	f.Reason = n.Subject + " " + n.verb() + " " + chainText(f.Chain)
	f.Short = n.Subject + " " + n.verb() + " on it"
	if after.of(n.On) {
		return f, true
	}
	// It keeps working, but something in the chain has less to lose then.
	f.Severity, f.Advice = Warn, ""
	if f.Left = remains(nodes, after); len(f.Left) > 0 {
		f.Reason += "; it keeps working on " + prose.List(f.Left)
	}
	return f, true
}

func (n Need) verb() string {
	switch {
	case n.Doubtful:
		return "may be"
	case n.Plural:
		return "are"
	}
	return "is"
}

// walk returns the nodes from n down to the function a, or nil where no way
// leads there. seen are the nodes that were looked at.
func walk(n *Node, a pci.Address, seen map[*Node]bool) []*Node {
	if seen[n] {
		return nil
	}
	seen[n] = true
	if n.Function != nil && *n.Function == a {
		return []*Node{n}
	}
	for _, below := range n.On {
		if nodes := walk(below, a, seen); nodes != nil {
			return append([]*Node{n}, nodes...)
		}
	}
	return nil
}

func links(nodes []*Node) []Link {
	chain := make([]Link, len(nodes))
	for i, n := range nodes {
		chain[i] = n.link()
		chain[i].Behind = i > 0 && n.Function != nil && nodes[i-1].Function != nil
	}
	return chain
}

// chainText is "on vg0-root, on nvme0n1p3, on 0000:01:00.0, behind 0000:00:1c.0".
func chainText(chain []Link) string {
	steps := make([]string, len(chain))
	for i, l := range chain {
		steps[i] = "on " + l.String()
		if l.Behind {
			steps[i] = "behind " + l.String()
		}
	}
	return strings.Join(steps, ", ")
}

// remains returns what is left of the first node that loses a part and can do
// without it.
func remains(nodes []*Node, after loss) []string {
	for _, n := range nodes {
		if n.tolerates() == 0 {
			continue
		}
		var left []string
		for _, below := range n.On {
			if !after.of(below) {
				left = append(left, below.String())
			}
		}
		if len(left) < len(n.On) {
			return left
		}
	}
	return nil
}
