package engine

import (
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// Result is what became of one device.
type Result struct {
	Device  pci.Address
	Action  plan.Action    // what was, or would be, done; the zero Action after an error before it
	Store   bool           // whether xenstored answered
	Already bool           // there was nothing to move
	State   *pciback.State // read back afterwards; nil when nothing was done, or it could not be read
	Err     error

	Interrupt *Interrupt // of a device that was given back to a PVH dom0; nil where there is nothing to say

	Findings []graph.Finding // what is to be considered before it is taken from dom0, the worst first

	now     pciback.State // read before anything was done
	adopted bool          // an earlier run began it

	released bool // it was taken out of Xen's quarantine
}

// Options is how a run goes about its work.
type Options struct {
	DryRun   bool            // say what would be done, and do nothing
	Together [][]pci.Address // devices of which all are hidden, or none if one is refused

	// Veto, unless it is nil, is asked about each device when the run has its turn. The
	// device stays where it is if it returns an error.
	Veto func(pci.Address) error

	// Ended, unless it is nil, is told what became of the devices before the turn ends.
	Ended func([]Result)
}
