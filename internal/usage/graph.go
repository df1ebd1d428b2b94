package usage

import "github.com/xenpci/xenpci/pkg/pci"

// Node is something that other things are on: a disk, a volume, a bridge, a PCI
// function.
type Node struct {
	Words    string       // what it is called in a sentence: "vg0-root", "the LUKS volume luks-home", "bridge xenbr0"
	Function *pci.Address // of a PCI function; nil for all others
	Gone     bool         // something still claims it, and it is there no more or has no link

	On    []*Node // what it is on; nothing for a function on a root bus, or a file system in memory
	Least int     // how many of On must stay for it to live; 0: all of them
}

// Need is something that dom0 or its guests cannot do without, and what it is
// on.
type Need struct {
	Words string // the beginning of a sentence: "/ is", "the default route is", "disk xvda of guest web is"
	Level Level  // what its loss is
	On    *Node
}

// Level says how bad a finding is.
type Level uint8

// The levels, in the order of their weight.
const (
	Warn   Level = iota + 1 // to be known beforehand
	Refuse                  // not without --force
)

// String is the word for it.
func (l Level) String() string {
	if l == Refuse {
		return "refuse"
	}
	return "warn"
}

// Graph is what Scan found. It never changes and may be shared between
// goroutines.
type Graph struct {
	needs []Need    // those that are not lost already
	facts []Finding // true of a function itself, whoever uses it
	blind []Finding // what could not be looked at; true of every function

	guests map[pci.Address][]GuestKind // which kinds of guest could be given each function
}

// newGraph leaves out the needs that are lost, whatever is done: they speak
// against nothing.
func newGraph(needs []Need, facts, blind []Finding) *Graph {
	g := &Graph{facts: facts, blind: blind}
	now := newLoss()
	for _, n := range needs {
		if !now.of(n.On) {
			g.needs = append(g.needs, n)
		}
	}
	return g
}

// tolerates is how many of the things that it is on a node can lose.
func (n *Node) tolerates() int {
	if n.Least == 0 {
		return 0
	}
	return max(0, len(n.On)-n.Least)
}

// loss finds out what is lost when some functions are taken.
type loss struct {
	taken map[pci.Address]bool
	known map[*Node]bool // also those that are being looked at: what is on itself is not lost by that
}

func newLoss(taken ...pci.Address) loss {
	l := loss{taken: make(map[pci.Address]bool), known: make(map[*Node]bool)}
	for _, a := range taken {
		l.taken[a] = true
	}
	return l
}

// of says whether a node is lost.
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
