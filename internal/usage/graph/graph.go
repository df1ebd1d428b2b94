// Package graph holds what dom0 and its guests need, and what that depends on,
// down to PCI functions. It answers what is lost when some functions are taken
// from dom0, and by which chain.
//
// The rooms beside it (storage, network, console, platform) read the machine and
// put nodes and needs into a Builder. This package reads nothing.
package graph

import "github.com/xenpci/xenpci/pkg/pci"

// Need is something that dom0 or its guests cannot do without.
type Need struct {
	Code     Code
	Severity Severity // of its loss
	Subject  string   // what it is, as a sentence begins: "/", "/ and /boot", "the default route"
	Plural   bool     // Subject takes a plural verb
	Doubtful bool     // On is one of several places where it may be
	On       *Node    // what it depends on
	Advice   string   // what to do before the device is taken; "" where nothing helps
}

// Severity is the weight of a finding.
type Severity uint8

// The severities, the lesser first.
const (
	Warn   Severity = iota + 1 // good to know before the device is taken
	Refuse                     // the device is not taken without --force
)

// String returns "refuse" or "warn".
func (s Severity) String() string {
	if s == Refuse {
		return "refuse"
	}
	return "warn"
}

// Graph is what was found in a machine. It never changes and may be shared
// between goroutines.
type Graph struct {
	needs   []Need
	needing map[pci.Address][]int // the needs that depend on a function, or on something behind it
	facts   []fact                // about one function each
	unknown []Finding             // about every function
}

// loss is what no longer works when some functions are taken.
type loss struct {
	taken map[pci.Address]bool
	known map[*Node]bool // also of nodes that are being looked at: a ring does not bring itself down
}

func newLoss(taken ...pci.Address) loss {
	l := loss{taken: make(map[pci.Address]bool), known: make(map[*Node]bool)}
	for _, a := range taken {
		l.taken[a] = true
	}
	return l
}

// of reports whether a node is lost.
func (l loss) of(n *Node) bool {
	if lost, known := l.known[n]; known {
		return lost
	}
	l.known[n] = false
	lost := n.Gone || n.Function != nil && l.taken[*n.Function]
	if !lost {
		missing := 0
		for _, below := range n.On {
			if l.of(below) {
				missing++
			}
		}
		lost = missing > n.tolerates()
	}
	l.known[n] = lost
	return lost
}
