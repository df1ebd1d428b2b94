package graph

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
)

// randomGraph is a machine of layers: functions, of which some are behind
// bridges, and things on things on them, some of which can lose a part.
func randomGraph(r *rand.Rand) (needs []Need, functions []*Node) {
	var all []*Node
	for slot := range uint8(4 + r.IntN(12)) {
		n := function(slot)
		if len(functions) > 0 && r.IntN(4) == 0 {
			n.On = []*Node{functions[r.IntN(len(functions))]}
		}
		functions = append(functions, n)
	}
	all = append(all, functions...)
	for i := range 4 + r.IntN(20) {
		n := &Node{Kind: Disk, Name: fmt.Sprint("thing", i), Gone: r.IntN(40) == 0}
		for range 1 + r.IntN(3) {
			n.On = append(n.On, all[r.IntN(len(all))])
		}
		if r.IntN(2) == 0 {
			n.Least = 1 + r.IntN(len(n.On))
		}
		all = append(all, n)
	}
	for i := range 1 + r.IntN(6) {
		needs = append(needs, Need{Subject: fmt.Sprint("need", i), Severity: Refuse, On: all[r.IntN(len(all))]})
	}
	return needs, functions
}

// TestNothingNeededIsLost takes everything that the guard lets go, one after
// the other and several at once, and wants every need alive that was alive.
func TestNothingNeededIsLost(t *testing.T) {
	taken, refused, warned := 0, 0, 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 4))
		needs, functions := randomGraph(r)
		alive := (&Builder{needs: needs}).Graph().needs
		r.Shuffle(len(functions), func(i, j int) { functions[i], functions[j] = functions[j], functions[i] })
		for len(functions) > 0 {
			together := functions[:min(len(functions), 1+r.IntN(3))]
			functions = functions[len(together):]
			var asked []pci.Address
			for _, n := range together {
				asked = append(asked, *n.Function)
			}
			g := (&Builder{needs: needs}).Graph() // each command looks again
			var allowed []*Node
			for _, n := range together {
				found := g.Findings(*n.Function, asked...)
				switch {
				case len(found) == 0:
					allowed = append(allowed, n)
				case found[0].Severity == Refuse:
					refused++
				default:
					warned++
					allowed = append(allowed, n)
				}
			}
			for _, n := range allowed {
				taken++
				n.Gone = true // so it is at the next look
			}
			for _, need := range alive {
				if newLoss().of(need.On) {
					t.Fatalf("seed %d: %s lost when %v were asked for", seed, need.Subject, asked)
				}
			}
		}
	}
	if taken < 1000 || refused < 1000 || warned < 100 {
		t.Errorf("%d taken, %d refused, %d with a warning: too few to show anything", taken, refused, warned)
	}
}
