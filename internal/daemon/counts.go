package daemon

import (
	"sync"

	"github.com/xenpci/xenpci/internal/daemon/uevent"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// counts are what the daemon has counted since it started. Goroutines share it.
type counts struct {
	mu       sync.Mutex
	looks    map[string]float64 // by their result
	uevents  map[string]float64 // by their action
	overruns float64
	rebinds  map[rebind]float64
	lost     float64 // devices that appeared and went to another driver than pciback
	won      float64 // devices that appeared and went to pciback
	refusals float64 // of the guard
}

// rebind is that a device was taken back.
type rebind struct {
	device pci.Address // its declared address
	reason string      // what it was lost to: a driver, or "none"
}

func newCounts() *counts {
	return &counts{looks: map[string]float64{"done": 0, "failed": 0}, uevents: map[string]float64{}, rebinds: map[rebind]float64{}}
}

// add calls count with the counters locked.
func (c *counts) add(count func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count()
}

// uevent counts a message. The kernel has some ten actions; what else is said is "other".
func (c *counts) uevent(e uevent.Event) {
	action := e.Action
	switch action {
	case "add", "remove", "change", "move", "online", "offline", "bind", "unbind":
	default:
		action = "other"
	}
	c.add(func() { c.uevents[action]++ })
}

// arrived counts a device that appeared, by the driver that got it.
func (c *counts) arrived(driver string) {
	c.add(func() {
		switch driver {
		case pciback.Name:
			c.won++
		case "": // nobody's yet
		default:
			c.lost++
		}
	})
}
