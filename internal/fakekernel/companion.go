package fakekernel

import (
	"fmt"
	"path"
	"strings"
)

// The classes of USB host controllers, as DEV/class has them.
const (
	uhciClass = "0x0c0300"
	ohciClass = "0x0c0310"
	ehciClass = "0x0c0320"
)

// reachCompanions is for_each_companion (drivers/usb/core/hcd-pci.c) when the driver of d
// binds or unbinds: it writes behind the data of pciback, if pciback has a companion.
// Nobody knows what that does to the kernel, so this one ends with the test.
func (k *kernel) reachCompanions(d device, binds bool) {
	class := k.attribute(d.dir + "/class")
	if class != uhciClass && class != ohciClass && class != ehciClass {
		return
	}
	slot, _, _ := strings.Cut(d.address, ".")
	for _, other := range k.all() {
		if of, _, _ := strings.Cut(other.address, "."); of != slot || path.Dir(other.dir) != path.Dir(d.dir) || k.driverOf(other) != pciback {
			continue
		}
		companion := k.attribute(other.dir + "/class")
		switch {
		case class == ehciClass && (companion == uhciClass || companion == ohciClass),
			binds && (class == uhciClass || class == ohciClass) && companion == ehciClass:
			panic(fmt.Sprintf("dom0's kernel corrupts its memory: a USB driver comes to or goes from %s while pciback has its companion %s", d.address, other.address))
		}
	}
}
