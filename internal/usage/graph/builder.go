package graph

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// Builder collects a graph. It must not be shared between goroutines.
type Builder struct {
	functions map[pci.Address]*Node
	needs     []Need
	facts     []fact
	unknown   []Finding
}

// NewBuilder returns a builder with a node for each PCI function, on the bridge
// that it is behind, and for a virtual function also on its physical one. devices are all
// functions of the machine, read with pci.WithParent and pci.WithFunctions;
// model returns the name of a device, or "".
func NewBuilder(devices []pci.Device, model func(pci.Device) string) *Builder {
	b := &Builder{functions: make(map[pci.Address]*Node, len(devices))}
	for _, d := range devices {
		a := d.Address
		b.functions[a] = &Node{Kind: Function, Name: a.String(), Note: model(d), Function: &a}
	}
	for _, d := range devices {
		n := b.functions[d.Address]
		if len(d.Above) == 0 {
			continue
		}
		// The nearest function above: a bridge, or the VMD controller that made the
		// root bus.
		if bridge, ok := b.functions[d.Above[len(d.Above)-1]]; ok {
			n.On = append(n.On, bridge)
		}
	}
	for _, d := range devices {
		for _, vf := range d.VirtFns {
			if n, ok := b.functions[vf]; ok {
				n.On = append(n.On, b.functions[d.Address])
			}
		}
	}
	return b
}

// Function returns the node of a PCI function, or nil where there is none.
func (b *Builder) Function(a pci.Address) *Node { return b.functions[a] }

// FunctionOf returns the PCI function of a device by its folder in sysfs, such
// as "/sys/devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0": the last
// address in its path. It returns nil for a virtual device.
func (b *Builder) FunctionOf(folder string) *Node {
	if a, ok := LastAddress(folder); ok {
		return b.functions[a]
	}
	return nil
}

// LastAddress returns the last PCI address among the parts of a path.
func LastAddress(path string) (last pci.Address, ok bool) {
	for part := range strings.SplitSeq(path, "/") {
		if a, is := pci.ParseName(part); is {
			last, ok = a, true
		}
	}
	return last, ok
}

// Need adds something that dom0 or a guest needs.
func (b *Builder) Need(n Need) { b.needs = append(b.needs, n) }

// Needs returns what was added so far.
func (b *Builder) Needs() []Need { return slices.Clone(b.needs) }

// Fact adds a finding about one function itself.
func (b *Builder) Fact(f Finding) { b.facts = append(b.facts, fact{f, nil}) }

// FactUnless adds a finding about one function itself that does not hold if all the
// others are taken together with it.
func (b *Builder) FactUnless(f Finding, others []pci.Address) {
	b.facts = append(b.facts, fact{f, others})
}

// fact is a finding about a function itself.
type fact struct {
	Finding
	unless []pci.Address // it does not hold if all of them are taken too; nil for one that always holds
}

func (f fact) holds(taken []pci.Address) bool {
	return len(f.unless) == 0 || slices.ContainsFunc(f.unless, func(a pci.Address) bool { return !slices.Contains(taken, a) })
}

// Unknown adds what could not be found out, once: it may be about any function.
// subject is what could not be traced, or "" where a whole part of the machine
// could not be looked at; reason is the sentence, without the cause. A cause of
// nil is left out.
func (b *Builder) Unknown(code Code, severity Severity, subject, reason string, cause error) {
	f := NewUnknown(code, severity, subject, reason, cause)
	same := func(other Finding) bool {
		return other.Code == f.Code && other.Severity == f.Severity && other.Reason == f.Reason
	}
	if !slices.ContainsFunc(b.unknown, same) {
		b.unknown = append(b.unknown, f)
	}
}

// NewUnknown returns a finding about what could not be found out.
func NewUnknown(code Code, severity Severity, subject, reason string, cause error) Finding {
	f := Finding{Severity: severity, Code: code, Subject: subject, Reason: reason, Short: reason}
	if cause != nil {
		f.Reason += ": " + cause.Error()
	}
	if errors.Is(cause, fs.ErrPermission) {
		f.Advice = "run xenpci as root"
	}
	return f
}

// Graph returns the graph. Needs that are lost already are left out: no device is
// kept for them.
func (b *Builder) Graph() *Graph {
	g := &Graph{facts: b.facts, unknown: b.unknown, needing: make(map[pci.Address][]int)}
	now := newLoss()
	for _, n := range b.needs {
		if now.of(n.On) {
			continue
		}
		n.On.eachFunction(make(map[*Node]bool), func(a pci.Address) {
			g.needing[a] = append(g.needing[a], len(g.needs))
		})
		g.needs = append(g.needs, n)
	}
	return g
}
