package usage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func function(slot uint8, on ...*Node) *Node {
	a := pci.Address{Slot: slot}
	return &Node{Words: a.String(), Function: &a, On: on}
}

func texts(found []Finding) (all []string) {
	for _, f := range found {
		all = append(all, f.Level.String()+": "+f.Text)
	}
	return all
}

func TestFindings(t *testing.T) {
	port := function(1)
	left, right := function(2, port), function(3)
	mirror := &Node{Words: "md0", Least: 1, On: []*Node{{Words: "nvme0n1", On: []*Node{left}}, {Words: "nvme1n1", On: []*Node{right}}}}
	g := newGraph([]Need{
		{Words: "/ is", Level: Refuse, On: &Node{Words: "vg0-root", On: []*Node{mirror}}},
		{Words: "/boot is", Level: Refuse, On: &Node{Words: "nvme1n1p1", On: []*Node{right}}},
		{Words: "/run is", Level: Refuse, On: &Node{Words: "memory"}},
	}, []Finding{{Device: pci.Address{Slot: 4}, Level: Warn, Text: "it cannot be reset alone"}}, nil)
	at := func(slot uint8) pci.Address { return pci.Address{Slot: slot} }
	for _, test := range []struct {
		name   string
		device uint8
		others []pci.Address
		want   []string
	}{
		{"one leg", 2, nil, []string{"warn: / is on vg0-root, on md0, on nvme0n1, on 0000:00:02.0; what is left of it: nvme1n1"}},
		{"the bridge before one leg", 1, nil, []string{"warn: / is on vg0-root, on md0, on nvme0n1, on 0000:00:02.0, behind 0000:00:01.0; what is left of it: nvme1n1"}},
		{"a leg and a disk", 3, nil, []string{
			"refuse: /boot is on nvme1n1p1, on 0000:00:03.0",
			"warn: / is on vg0-root, on md0, on nvme1n1, on 0000:00:03.0; what is left of it: nvme0n1",
		}},
		{"the last leg", 2, []pci.Address{at(3)}, []string{"refuse: / is on vg0-root, on md0, on nvme0n1, on 0000:00:02.0"}},
		{"nothing", 5, nil, nil},
		{"what is true of itself", 4, nil, []string{"warn: it cannot be reset alone"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, texts(g.Findings(at(test.device), test.others...))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is lost already speaks against nothing, and a leg that is gone does not
// count.
func TestFindingsOfWhatIsLost(t *testing.T) {
	gone := &Node{Words: "vda", Gone: true}
	only := function(2)
	g := newGraph([]Need{
		{Words: "/srv is", Level: Refuse, On: &Node{Words: "md0", Least: 1, On: []*Node{gone, {Words: "vdb", On: []*Node{only}}}}},
		{Words: "/old is", Level: Refuse, On: &Node{Words: "vg1-old", On: []*Node{gone, only}}},
	}, nil, nil)
	want := []string{"refuse: /srv is on md0, on vdb, on 0000:00:02.0"}
	if diff := cmp.Diff(want, texts(g.Findings(*only.Function))); diff != "" {
		t.Error(diff)
	}
}

// A graph that bites its own tail ends.
func TestFindingsOfARing(t *testing.T) {
	a, b := &Node{Words: "loop0"}, &Node{Words: "loop1"}
	a.On, b.On = []*Node{b}, []*Node{a}
	g := newGraph([]Need{{Words: "/ is", Level: Refuse, On: a}}, nil, nil)
	if found := g.Findings(pci.Address{}); found != nil {
		t.Errorf("%v; want nothing", found)
	}
}
