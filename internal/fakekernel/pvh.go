package fakekernel

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// pins has a file for each pin of the I/O APIC that Xen has set up, with what it makes of it.
const pins = hidden + "/pins"

// What Xen makes of a pin.
const (
	pinSetUp     = "set up"    // pciback has set it up: Xen does not connect it by itself any more
	pinConnected = "connected" // Xen delivers it to dom0
	pinLost      = "lost"      // it was bound before dom0 had requested it
)

const lineDir = "/sys/kernel/irq"

// BecomePVH makes the kernel that of a PVH dom0, whose pciback sets up the legacy interrupts of
// the devices that it takes (Linux 6.12). Drivers request them when Request is called.
func (h *Host) BecomePVH() error {
	return h.locked(func(k *kernel) error {
		k.set("/sys/hypervisor/guest_type", "PVH\n")
		for _, d := range k.all() {
			number := k.line(d)
			if number == "" {
				continue
			}
			folder := lineDir + "/" + number
			k.create(folder+"/chip_name", 0o444, "IO-APIC\n")
			k.create(folder+"/hwirq", 0o444, number+"\n")
			k.create(folder+"/actions", 0o444, "\n")
			k.create(folder+"/per_cpu_count", 0o444, "0,0\n")
		}
		return nil
	})
}

// Request has the device's driver request its legacy interrupt, as when a network interface
// comes up, and the device interrupt. The error is ENODEV if it has no driver that does.
func (h *Host) Request(address string) error {
	return h.locked(func(k *kernel) error {
		d, ok := k.device(address)
		driver := ""
		if ok {
			driver = k.driverOf(d)
		}
		if driver == "" || driver == pciback || k.line(d) == "" {
			return fmt.Errorf("request the interrupt of %s: %w", address, syscall.ENODEV)
		}
		number := k.line(d)
		if k.attribute(pins+"/"+number) == "" { // vioapic_hwdom_map_gsi
			k.create(pins+"/"+number, 0o600, pinConnected+"\n")
		}
		k.listOnce(users(number), address)
		k.showUsers(number)
		k.interrupt(number)
		return nil
	})
}

// Interrupts returns how many interrupts dom0 has counted on the device's line.
func (h *Host) Interrupts(address string) (count int) {
	_ = h.locked(func(k *kernel) error {
		if d, ok := k.device(address); ok {
			_, counted, _ := strings.Cut(k.attribute(lineDir+"/"+k.line(d)+"/per_cpu_count"), ",")
			count, _ = strconv.Atoi(counted)
		}
		return nil
	})
	return count
}

// GSI is IOCTL_PRIVCMD_PCIDEV_GET_GSI (drivers/xen/xen-pciback/pci_stub.c).
func (h *Host) GSI(address string) (gsi uint32, errno error) {
	err := h.locked(func(k *kernel) error {
		if !k.exists(drivers+"/"+pciback) || !k.pvh() {
			return syscall.EOPNOTSUPP
		}
		d, ok := k.device(address)
		if !ok || k.driverOf(d) != pciback {
			return syscall.ENODEV
		}
		number, err := strconv.ParseUint(k.line(d), 10, 32)
		if err != nil {
			return syscall.ENOENT
		}
		gsi = uint32(number)
		return nil
	})
	return gsi, err
}

// Connect makes the hypercalls map_pirq and bind_pt_irq for dom0. The device's interrupt that
// waits on the line comes then. Xen binds a pin that dom0 has not requested as one that is
// edge-triggered, and no interrupt comes of it any more.
func (h *Host) Connect(gsi uint32) error {
	return h.locked(func(k *kernel) error {
		number := strconv.FormatUint(uint64(gsi), 10)
		switch {
		case !k.pvh():
			return syscall.EINVAL
		case k.attribute(pins+"/"+number) == pinConnected:
			return nil
		case len(k.lines(users(number))) == 0:
			k.create(pins+"/"+number, 0o600, pinLost+"\n")
			return nil
		}
		k.create(pins+"/"+number, 0o600, pinConnected+"\n")
		k.interrupt(number)
		return nil
	})
}

func (k *kernel) pvh() bool { return k.attribute("/sys/hypervisor/guest_type") == "PVH" }

// line returns the number of the device's legacy interrupt; "" for none.
func (k *kernel) line(d device) string {
	if number := k.attribute(d.dir + "/irq"); number != "0" {
		return number
	}
	return ""
}

// setUpLine is xen_pvh_setup_gsi, which pciback calls for a device that it takes.
func (k *kernel) setUpLine(d device) {
	if number := k.line(d); k.pvh() && number != "" && k.attribute(pins+"/"+number) == "" {
		k.create(pins+"/"+number, 0o600, pinSetUp+"\n")
	}
}

// freeLine takes back what the device's driver has requested.
func (k *kernel) freeLine(d device) {
	number := k.line(d)
	if number == "" || !slices.Contains(k.lines(users(number)), d.address) {
		return
	}
	k.dropLine(users(number), d.address)
	k.showUsers(number)
}

// users is the file with the devices whose drivers have requested an interrupt.
func users(number string) string { return hidden + "/users/" + number }

func (k *kernel) showUsers(number string) {
	k.set(lineDir+"/"+number+"/actions", strings.Join(k.lines(users(number)), ",")+"\n")
}

// interrupt has a device interrupt; dom0 counts it if Xen delivers it.
func (k *kernel) interrupt(number string) {
	file := lineDir + "/" + number + "/per_cpu_count"
	_, counted, _ := strings.Cut(k.attribute(file), ",")
	count, err := strconv.Atoi(counted)
	if err == nil && k.attribute(pins+"/"+number) == pinConnected {
		k.set(file, fmt.Sprintf("0,%d\n", count+1))
	}
}
