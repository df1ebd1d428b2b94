package graph

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/pci"
)

func function(slot uint8, on ...*Node) *Node {
	a := pci.Address{Slot: slot}
	return &Node{Kind: Function, Name: a.String(), Function: &a, On: on}
}

func disk(name string, on ...*Node) *Node { return &Node{Kind: Disk, Name: name, On: on} }

// chain is the links from some nodes, each the next one's holder.
func chain(nodes ...*Node) []Link { return links(nodes) }

func TestFindings(t *testing.T) {
	port := function(1)
	left, right := function(2, port), function(3)
	legs := []*Node{disk("nvme0n1", left), disk("nvme1n1", right)}
	mirror := &Node{Kind: Array, Name: "md0", Least: 1, On: legs}
	root := &Node{Kind: Volume, Name: "vg0-root", On: []*Node{mirror}}
	boot := &Node{Kind: Partition, Name: "nvme1n1p1", On: []*Node{right}}
	at := func(slot uint8) pci.Address { return pci.Address{Slot: slot} }
	itself := Finding{Device: at(4), Severity: Warn, Code: XenConsole, Reason: "Xen may use it"}
	g := (&Builder{needs: []Need{
		{Code: Mounted, Severity: Refuse, Subject: "/", On: root},
		{Code: Mounted, Severity: Refuse, Subject: "/boot", On: boot, Advice: "umount /boot first"},
		{Code: Mounted, Severity: Refuse, Subject: "/run", On: &Node{Kind: Disk, Name: "memory"}},
	}, facts: []fact{{Finding: itself}}}).Graph()
	for _, test := range []struct {
		name   string
		device uint8
		others []pci.Address
		want   []Finding
	}{
		{"one leg", 2, nil, []Finding{{
			Device: at(2), Severity: Warn, Code: Mounted, Subject: "/",
			Chain: chain(root, mirror, legs[0], left), Left: []string{"nvme1n1"},
			Reason: "/ is on vg0-root, on md0, on nvme0n1, on 0000:00:02.0; it keeps working on nvme1n1", Short: "/ is on it",
		}}},
		{"the bridge before one leg", 1, nil, []Finding{{
			Device: at(1), Severity: Warn, Code: Mounted, Subject: "/",
			Chain: chain(root, mirror, legs[0], left, port), Left: []string{"nvme1n1"},
			Reason: "/ is on vg0-root, on md0, on nvme0n1, on 0000:00:02.0, behind 0000:00:01.0; it keeps working on nvme1n1", Short: "/ is on it",
		}}},
		{"a leg and a disk", 3, nil, []Finding{
			{
				Device: at(3), Severity: Refuse, Code: Mounted, Subject: "/boot", Chain: chain(boot, right),
				Reason: "/boot is on nvme1n1p1, on 0000:00:03.0", Short: "/boot is on it", Advice: "umount /boot first",
			},
			{
				Device: at(3), Severity: Warn, Code: Mounted, Subject: "/",
				Chain: chain(root, mirror, legs[1], right), Left: []string{"nvme0n1"},
				Reason: "/ is on vg0-root, on md0, on nvme1n1, on 0000:00:03.0; it keeps working on nvme0n1", Short: "/ is on it",
			},
		}},
		{"the last leg", 2, []pci.Address{at(3)}, []Finding{{
			Device: at(2), Severity: Refuse, Code: Mounted, Subject: "/", Chain: chain(root, mirror, legs[0], left),
			Reason: "/ is on vg0-root, on md0, on nvme0n1, on 0000:00:02.0", Short: "/ is on it",
		}}},
		{"nothing", 5, nil, nil},
		{"what is true of itself", 4, nil, []Finding{itself}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, g.Findings(at(test.device), test.others...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// No device is kept for what is lost already, and a leg that is gone is not counted.
func TestFindingsOfWhatIsLost(t *testing.T) {
	gone := &Node{Kind: Disk, Name: "vda", Gone: true}
	only := function(2)
	g := (&Builder{needs: []Need{
		{Severity: Refuse, Subject: "/srv", On: &Node{Kind: Array, Name: "md0", Least: 1, On: []*Node{gone, disk("vdb", only)}}},
		{Severity: Refuse, Subject: "/old", On: &Node{Kind: Volume, Name: "vg1-old", On: []*Node{gone, only}}},
	}}).Graph()
	found := g.Findings(*only.Function)
	if len(found) != 1 || found[0].Subject != "/srv" || found[0].Severity != Refuse {
		t.Errorf("%+v; want that /srv refuses it", found)
	}
}

// A ring of nodes ends.
func TestFindingsOfARing(t *testing.T) {
	a, b := disk("loop0"), disk("loop1")
	a.On, b.On = []*Node{b}, []*Node{a}
	g := (&Builder{needs: []Need{{Severity: Refuse, Subject: "/", On: a}}}).Graph()
	if found := g.Findings(pci.Address{}); found != nil {
		t.Errorf("%v; want nothing", found)
	}
}

// What could not be found out is about every function, and is noted once.
func TestUnknown(t *testing.T) {
	b := NewBuilder(nil, nil)
	for range 2 {
		b.Unknown(DiskUnknown, Warn, "zd0", "cannot tell what zd0 is on", nil)
	}
	want := []Finding{{
		Device: pci.Address{Slot: 1}, Severity: Warn, Code: DiskUnknown, Subject: "zd0",
		Reason: "cannot tell what zd0 is on", Short: "cannot tell what zd0 is on",
	}}
	if diff := cmp.Diff(want, b.Graph().Findings(pci.Address{Slot: 1})); diff != "" {
		t.Error(diff)
	}
}

func TestNodeString(t *testing.T) {
	for _, test := range []struct {
		node Node
		want string
	}{
		{Node{Kind: Disk, Name: "sda"}, "sda"},
		{Node{Kind: LUKS, Name: "home"}, "the LUKS volume home"},
		{Node{Kind: Switch}, "Open vSwitch"},
		{Node{Kind: Function, Name: "0000:01:00.0", Note: "Samsung SSD 980"}, "0000:01:00.0 (Samsung SSD 980)"},
	} {
		if got := test.node.String(); got != test.want {
			t.Errorf("%q; want %q", got, test.want)
		}
	}
}
