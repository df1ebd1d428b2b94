package fakekernel

import (
	"fmt"
	"path"
	"slices"
	"syscall"
)

// newID is new_id_store: it rejects an ID that the driver has already, and for a new one
// probes the unbound devices.
func (k *kernel) newID(driver, value string) error {
	vendor, product, err := parseID(value)
	if err != nil {
		return err
	}
	modalias := fmt.Sprintf("pci:v%08Xd%08Xsv00000000sd00000000bc00sc00i00", vendor, product)
	known := driver == pciback || slices.ContainsFunc(k.table(driver, "id"), func(pattern string) bool {
		ok, err := path.Match(pattern, modalias)
		return ok && err == nil
	})
	if known {
		return syscall.EEXIST
	}
	k.setLines(tables+"/"+driver, append(k.lines(tables+"/"+driver), dynamicID(vendor, product)...))
	k.probeAll(driver)
	return nil
}

// removeID is remove_id_store: only IDs that new_id has added can be removed.
func (k *kernel) removeID(driver, value string) error {
	vendor, product, err := parseID(value)
	if err != nil {
		return err
	}
	lines := k.lines(tables + "/" + driver)
	id := dynamicID(vendor, product)
	for i := 0; i+1 < len(lines); i++ {
		if lines[i] == id[0] && lines[i+1] == id[1] {
			k.setLines(tables+"/"+driver, slices.Delete(lines, i, i+2))
			return nil
		}
	}
	return syscall.ENODEV
}

// dynamicID returns the lines of a driver's table for an ID from new_id.
func dynamicID(vendor, product uint32) []string {
	return []string{"dynamic", fmt.Sprintf("id pci:v%08Xd%08Xsv*sd*bc*sc*i*", vendor, product)}
}

func parseID(value string) (vendor, product uint32, err error) {
	n, _ := scan(cString(value), "%x %x")
	if len(n) < 2 {
		return 0, 0, syscall.EINVAL
	}
	return uint32(n[0]), uint32(n[1]), nil
}
