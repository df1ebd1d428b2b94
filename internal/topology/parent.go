package topology

// findParents looks for the bridge that sysfs has above each function. A bridge
// leads to buses of its own domain, so that of another domain is no parent; the
// kernel puts a folder "pci10000:e0" between Intel's VMD and its domain.
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

// breakRings takes its parent from one function of each ring: folders cannot
// contain themselves, but devices may come from elsewhere than from sysfs.
func (g *grower) breakRings() {
	visit := make([]int, len(g.functions)) // the walk that came by, counted from 1
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
