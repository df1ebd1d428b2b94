package fakekernel

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// assigned has a file for each device that a guest has, with the guest's number.
const assigned = hidden + "/assigned"

// Assign makes sysfs show the state while the domain has the device: the device is enabled,
// its interrupt handler is on, the module is in use, and the bus xen-backend has a device of
// that domain. The error is ENODEV if the device is not on pciback, and EBUSY if a guest has
// it already. Assign does not change xenstore.
func (h *Host) Assign(address string, domain int) error {
	return h.locked(func(k *kernel) error {
		d, ok := k.device(address)
		switch {
		case !ok || k.driverOf(d) != pciback:
			return fmt.Errorf("assign %s: %w", address, syscall.ENODEV)
		case k.exists(assigned + "/" + address):
			return fmt.Errorf("assign %s: %w", address, syscall.EBUSY)
		}
		k.create(assigned+"/"+address, 0o600, strconv.Itoa(domain)+"\n")
		k.setEnable(d, "1")
		k.dropLine(handlers, address)
		k.setLines(handlers, append([]string{address + ":on:acking:0"}, k.lines(handlers)...))
		name := backendDevice(domain)
		k.create("/sys/devices/"+name+"/nodename", 0o444, fmt.Sprintf("backend/pci/%d/0\n", domain))
		k.create("/sys/devices/"+name+"/devtype", 0o444, "pci\n")
		k.create("/sys/devices/"+name+"/modalias", 0o444, "xen-backend:pci\n")
		k.link("/sys/devices/"+name+"/driver", xenBackendDriver)
		k.link("/sys/bus/xen-backend/devices/"+name, "/sys/devices/"+name)
		k.countUsers()
		return nil
	})
}

// Deassign undoes Assign, as when the domain ends: the device stays on pciback. It is not an
// error if the device has been unbound or removed meanwhile. The error is ENOENT if the
// device was not assigned.
func (h *Host) Deassign(address string) error {
	return h.locked(func(k *kernel) error {
		domain := k.attribute(assigned + "/" + address)
		if domain == "" {
			return fmt.Errorf("deassign %s: %w", address, syscall.ENOENT)
		}
		k.remove(assigned + "/" + address)
		if d, ok := k.device(address); ok && k.driverOf(d) == pciback {
			k.setEnable(d, "0")
			lines := k.lines(handlers)
			for i, line := range lines {
				if strings.HasPrefix(line, address+":") {
					lines[i] = address + ":off:not acking:0"
				}
			}
			k.setLines(handlers, lines)
		}
		if number, err := strconv.Atoi(domain); err == nil && !k.hasDevice(domain) {
			k.remove("/sys/bus/xen-backend/devices/" + backendDevice(number))
			k.remove("/sys/devices/" + backendDevice(number))
		}
		k.countUsers()
		return nil
	})
}

func backendDevice(domain int) string { return fmt.Sprintf("pci-%d-0", domain) }

// hasDevice reports whether the domain still has a device.
func (k *kernel) hasDevice(domain string) bool {
	for _, address := range k.names(assigned) {
		if k.attribute(assigned+"/"+address) == domain {
			return true
		}
	}
	return false
}

// countUsers updates the module's reference count: one for each domain.
func (k *kernel) countUsers() {
	users := 0
	for _, name := range k.names("/sys/bus/xen-backend/devices") {
		if strings.HasPrefix(name, "pci-") {
			users++
		}
	}
	if refcnt := "/sys/module/" + pcibackModule + "/refcnt"; k.exists(refcnt) {
		k.set(refcnt, strconv.Itoa(users)+"\n")
	}
}
