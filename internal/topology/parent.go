package topology

// findParents finds the bridge above each function in sysfs. A bridge leads only to
// buses of its own domain, so a bridge of another domain is not a parent: for
// Intel's VMD the kernel puts a folder "pci10000:e0" between the two.
func (g *grower) findParents() {
	for i := range g.functions {
		d := &g.functions[i].Device
		g.parents[i] = none
		if d.Parent == nil || d.Parent.Domain != d.Address.Domain {
			continue
		}
		if parent, ok := g.at[*d.Parent]; ok {
			g.parents[i] = parent
		}
	}
}

// breakRings removes the parent of one function in each cycle. Folders cannot
// contain themselves, but the devices may not come from sysfs.
func (g *grower) breakRings() {
	visit := make([]int, len(g.functions)) // the number of the walk that visited it, from 1
	for i := range g.functions {
		walk, j := i+1, i
		for j != none && visit[j] == 0 {
			visit[j] = walk
			j = g.parents[j]
		}
		if j != none && visit[j] == walk {
			g.parents[j] = none
		}
	}
}
