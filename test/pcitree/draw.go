package pcitree

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/xenpci/xenpci/pkg/pci"
)

// drawing is a machine while it is thought out.
type drawing struct {
	*rand.Rand
	tree
	next map[uint32]int // the first free bus of each domain

	// What is odd about the whole machine.
	deep     int      // how many bridges may stand in a row
	row      bool     // nearly every function is such a bridge
	odd      int      // of 100 functions, how many have something odd of their own
	withheld []string // attributes that this kernel or capture lacks
	noConfig bool
	unset    bool // some bridges have no bus numbers yet
}

// Bounds of a machine: it is to be read a dozen times in a tenth of a second.
const (
	mostFunctions = 60
	lastBus       = 0xf0
)

// once says yes once in n times.
func (d *drawing) once(n int) bool { return d.IntN(n) == 0 }

func choose[T any](d *drawing, from ...T) T { return from[d.IntN(len(from))] }

// habits decides what holds for all of the machine.
func (d *drawing) habits() {
	d.plain = d.once(4)
	d.deep = choose(d, 0, 1, 2, 3, 8)
	if d.once(16) { // lines of -t grow longer than lspci prints
		d.deep, d.row = mostFunctions, true
	}
	d.odd = choose(d, 0, 10, 10, 30, 80)
	d.noConfig = d.once(8)
	d.unset = d.once(6)
	if d.once(4) {
		d.withheld = append(d.withheld, "uevent")
	}
	switch d.IntN(8) {
	case 0: // captured file by file, the ids alone
		d.withheld = append(d.withheld, "uevent", "modalias", "subsystem_vendor", "subsystem_device")
	case 1: // before Linux 4.10
		d.withheld = append(d.withheld, "revision")
	case 2:
		d.withheld = append(d.withheld, "uevent", "modalias")
	}
}

// machine fills each domain with one root bus or more.
func (d *drawing) machine() {
	if d.once(20) {
		return // no PCI device at all
	}
	for _, domain := range choose(d, []uint32{0}, []uint32{0}, []uint32{0}, []uint32{0, 1}, []uint32{0, 0x10000}, []uint32{1},
		[]uint32{0, 0x10000, 0x10001}, []uint32{1, 2, 0xffff}, []uint32{0x7fffffff}) {
		if domain > 0xffff && d.once(2) {
			d.next[domain] = 0xe0
		}
		for range choose(d, 1, 1, 1, 2, 4) {
			bus := uint8(d.next[domain])
			d.next[domain]++
			d.bus(domain, bus, d.above(domain, bus), 0)
			d.next[domain] = min(d.next[domain]+d.IntN(3)*d.IntN(20), lastBus)
		}
	}
	for _, f := range d.functions {
		d.place(f)
	}
}

// above is the folder of a root bus: /sys/devices/pci0000:00 or, behind a
// controller such as Intel's VMD, that controller's.
func (d *drawing) above(domain uint32, bus uint8) string {
	name := fmt.Sprintf("/pci%04x:%02x", domain, bus)
	if domain > 0xffff && len(d.functions) > 0 {
		return d.functions[d.IntN(len(d.functions))].dir + name
	}
	return "/sys/devices" + name
}

// bus puts functions on a bus, and what is behind them.
func (d *drawing) bus(domain uint32, bus uint8, dir string, depth int) {
	slots := d.Perm(pci.MaxSlot + 1)[:d.IntN(6)*choose(d, 1, 1, 2)]
	if d.row {
		slots = d.Perm(pci.MaxSlot + 1)[:1+d.IntN(5)/4]
	}
	slices.Sort(slots)
	for _, slot := range slots {
		functions := []int{0}
		if !d.row && d.once(5) {
			functions = d.Perm(pci.MaxFunction + 1)[:1+d.IntN(pci.MaxFunction+1)]
			slices.Sort(functions)
		}
		for _, n := range functions {
			if len(d.functions) >= mostFunctions {
				return
			}
			d.function(pci.Address{Domain: domain, Bus: bus, Slot: uint8(slot), Function: uint8(n)}, dir, depth)
		}
	}
}

func (d *drawing) function(at pci.Address, dir string, depth int) {
	if d.taken(at) {
		return
	}
	f := &function{at: at, dir: dir + "/" + at.String(), files: map[string]string{}, links: map[string]string{}}
	d.functions = append(d.functions, f)
	d.identity(f)
	room := depth < d.deep && d.next[at.Domain] < lastBus
	switch {
	case room && (d.row || !d.once(3)):
		d.bridge(f, depth)
	case d.once(16):
		d.quietBridge(f)
	default:
		d.endpoint(f)
		if d.once(8) {
			d.virtual(f, dir)
		}
	}
	if d.once(12) {
		d.lie(f)
	}
	d.firmware(f)
	d.withhold(f)
}

// bridge has buses behind it, numbered as firmware does; now and then the
// numbers are wrong, or there is room left for cards to come.
func (d *drawing) bridge(f *function, depth int) {
	secondary := d.next[f.at.Domain]
	d.next[f.at.Domain]++
	header := pci.HeaderBridge
	f.class = choose[uint32](d, 0x060400, 0x060400, 0x060400, 0x060401, 0x060900)
	if d.once(8) {
		header, f.class = pci.HeaderCardBus, 0x060700
	}
	d.bus(f.at.Domain, uint8(secondary), f.dir, depth+1)
	d.next[f.at.Domain] = min(d.next[f.at.Domain]+d.IntN(2)*d.IntN(8), lastBus)
	subordinate := d.next[f.at.Domain] - 1
	if d.IntN(100) < d.odd {
		switch d.IntN(4) {
		case 0:
			subordinate = lastBus + 0xf
		case 1:
			subordinate = secondary - 1
		case 2:
			f.class = choose[uint32](d, 0x068000, 0x088000, 0x058000)
		case 3:
			if d.unset {
				secondary, subordinate = 0, 0
			}
		}
	}
	f.config = d.configuration(f, header)
	f.config[0x18], f.config[0x19], f.config[0x1a] = f.at.Bus, uint8(secondary), uint8(subordinate)
}

// quietBridge has nothing behind it: it is no bridge but by its class, or was
// not set up.
func (d *drawing) quietBridge(f *function) {
	f.class = 0x060400
	header := choose(d, pci.HeaderDevice, pci.HeaderType(0x7f))
	if d.unset {
		header = choose(d, pci.HeaderBridge, pci.HeaderCardBus)
	}
	f.config = d.configuration(f, header)
	f.config[0x18], f.config[0x19], f.config[0x1a] = f.at.Bus, 0, 0
}

func (d *drawing) endpoint(f *function) {
	f.class = d.class()
	f.config = d.configuration(f, pci.HeaderDevice)
}

// virtual gives a function some virtual ones, on its own bus or on the next.
// They answer ffff where a function's ids are.
func (d *drawing) virtual(pf *function, dir string) {
	at := pf.at
	if d.once(2) && d.next[at.Domain] < lastBus {
		at.Bus = uint8(d.next[at.Domain])
		d.next[at.Domain]++
	}
	at.Slot = pci.MaxSlot
	for n := range 1 + d.IntN(4) {
		at.Function = uint8(n + 4)
		if d.taken(at) {
			continue
		}
		vf := &function{
			at: at, dir: dir + "/" + at.String(), vendor: pf.vendor, device: pf.device + 1,
			subVendor: pf.subVendor, subDevice: pf.subDevice, class: pf.class, revision: pf.revision,
			files: map[string]string{}, links: map[string]string{"physfn": pf.dir},
		}
		vf.config = d.configuration(vf, pci.HeaderDevice)
		copy(vf.config, "\xff\xff\xff\xff")
		d.firmware(vf)
		d.withhold(vf)
		d.functions = append(d.functions, vf)
	}
}

// taken reports whether there is a function at that address.
func (d *drawing) taken(at pci.Address) bool {
	return slices.ContainsFunc(d.functions, func(f *function) bool { return f.at == at })
}
