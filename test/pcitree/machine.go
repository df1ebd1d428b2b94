package pcitree

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/xenpci/xenpci/pkg/pci"
)

// WriteMachine makes a machine of so many functions in the empty folder root,
// at most 4000 and some: those of the chipset, and behind a row of root ports
// cards of eight functions. Its ids are of ids, a pci.ids as distributions have
// it; every second function has a driver.
func WriteMachine(root string, functions int, ids []byte) error {
	t, err := newMachine(functions, ids)
	if err != nil {
		return err
	}
	return t.write(root)
}

func newMachine(functions int, ids []byte) (*tree, error) {
	models := parseModels(ids)
	if len(models) == 0 {
		return nil, fmt.Errorf("this pci.ids names no card of %d makers", len(makers))
	}
	t := &tree{}
	const chipset, behind = 8, 16 // functions
	for n := range min(functions, chipset) {
		t.add(pci.Address{Function: uint8(n)}, "", models, chipsetClasses[n])
	}
	for port := 0; len(t.functions) < functions; port++ {
		at := pci.Address{Slot: uint8(1 + port/8), Function: uint8(port % 8)}
		bus := uint8(1 + port)
		if !at.Valid() {
			return nil, fmt.Errorf("%d functions are more than one domain's root ports can have behind them", functions)
		}
		bridge := t.add(at, "", models, portClass)
		bridge.config[0x0e], bridge.config[0x19], bridge.config[0x1a] = byte(pci.HeaderBridge), bus, bus
		bridge.links["driver"] = "/sys/bus/pci/drivers/pcieport"
		for n := 0; n < behind && len(t.functions) < functions; n++ {
			at := pci.Address{Bus: bus, Slot: uint8(n / 8), Function: uint8(n % 8)}
			t.add(at, "/"+bridge.at.String(), models, cardClasses[port%len(cardClasses)])
		}
	}
	return t, nil
}

// makers are vendors whose cards a server has.
var makers = map[uint16]bool{0x8086: true, 0x1022: true, 0x10de: true, 0x14e4: true, 0x15b3: true, 0x144d: true, 0x1000: true}

const portClass = 0x060400

var (
	chipsetClasses = [...]uint32{0x060000, 0x088000, 0x0c0330, 0x078000, 0x010601, 0x060100, 0x040300, 0x0c0500}
	cardClasses    = [...]uint32{0x020000, 0x010802, 0x020000, 0x030200, 0x010400}
)

type model struct{ vendor, device, subVendor, subDevice uint16 }

// parseModels reads the makers' cards; those with cards of other makers are
// taken as such.
func parseModels(ids []byte) (models []model) {
	var m model
	for line := range bytes.Lines(ids) {
		switch {
		case len(line) > 4 && line[0] != '\t':
			m = model{vendor: number(line[:4])}
		case !makers[m.vendor]:
		case len(line) > 11 && line[0] == '\t' && line[1] == '\t':
			last := &models[len(models)-1]
			last.subVendor, last.subDevice = number(line[2:6]), number(line[7:11])
		case len(line) > 5 && line[0] == '\t':
			m.device = number(line[1:5])
			models = append(models, model{m.vendor, m.device, m.vendor, m.device})
		}
	}
	return models
}

// number reads four hexadecimal digits; a text that is none is 0, which no
// maker has.
func number(digits []byte) uint16 {
	n, _ := strconv.ParseUint(string(digits), 16, 16)
	return uint16(n)
}

// add makes the next function; behind is the folder of its bridge, "/" and an
// address.
func (t *tree) add(at pci.Address, behind string, models []model, class uint32) *function {
	n := len(t.functions)
	m := models[n*7919%len(models)]
	f := &function{
		at: at, dir: "/sys/devices/pci0000:00" + behind + "/" + at.String(), class: class, revision: uint8(n % 4),
		vendor: m.vendor, device: m.device, subVendor: m.subVendor, subDevice: m.subDevice,
		config: make([]byte, 256), links: map[string]string{"iommu_group": fmt.Sprintf("/sys/kernel/iommu_groups/%d", n)},
		files: map[string]string{
			"irq": "0\n", "numa_node": "0\n", "enable": "1\n", "msi_bus": "1\n", "driver_override": "(null)\n",
			"resource": fmt.Sprintf("0x%016x 0x%016x 0x%016x\n", 0xf0000000+n<<12, 0xf0000fff+n<<12, 0x40200),
		},
	}
	copy(f.config, []byte{byte(m.vendor), byte(m.vendor >> 8), byte(m.device), byte(m.device >> 8), 0, 0, 0, 0,
		f.revision, byte(class), byte(class >> 8), byte(class >> 16)})
	copy(f.config[0x2c:], []byte{byte(m.subVendor), byte(m.subVendor >> 8), byte(m.subDevice), byte(m.subDevice >> 8)})
	if n%2 == 1 {
		f.links["driver"] = "/sys/bus/pci/drivers/" + []string{"ixgbe", "nvme", "mlx5_core", "ahci"}[n/2%4]
	}
	t.functions = append(t.functions, f)
	return f
}
