package fakekernel

import (
	"strconv"
	"strings"
	"syscall"
)

// vfs has the VFs that are not enabled: a directory for each PF, in it one for each VF
// number, and in it the VF's own directory.
const vfs = hidden + "/vfs"

// virtualFunction returns a VF of pf by its number, if it is enabled.
func (k *kernel) virtualFunction(pf device, number int) (device, bool) {
	dir := k.target(pf.dir + "/virtfn" + strconv.Itoa(number))
	return device{dir: dir, address: dir[strings.LastIndexByte(dir, '/')+1:]}, dir != ""
}

// virtualFunctions returns the enabled VFs of pf by number.
func (k *kernel) virtualFunctions(pf device) []device {
	var found []device
	for i := 0; ; i++ {
		vf, ok := k.virtualFunction(pf, i)
		if !ok {
			return found
		}
		found = append(found, vf)
	}
}

// storeVFs is sriov_numvfs_store (drivers/pci/iov.c) with
// pci_sriov_configure_simple below it.
func (k *kernel) storeVFs(pf device, value string) error {
	number, err := parseNumber(value, 16)
	if err != nil {
		return err
	}
	total, _ := parseNumber(k.read(pf.dir+"/sriov_totalvfs"), 16)
	if number > total {
		return syscall.ERANGE
	}
	enabled, _ := parseNumber(k.read(pf.dir+"/sriov_numvfs"), 16)
	driver := k.driverOf(pf)
	switch {
	case number == enabled:
		return nil
	case driver == "" || len(k.table(driver, "sriov")) == 0:
		return syscall.ENOENT
	case number > 0 && enabled > 0:
		return syscall.EBUSY
	case number == 0:
		for _, vf := range k.virtualFunctions(pf) {
			if k.driverOf(vf) == pciback {
				return syscall.EPERM // pciback's devices are treated as assigned to a guest
			}
		}
		k.dropVFs(pf)
		return nil
	}
	k.enableVFs(pf, int(number))
	return nil
}

// enableVFs enables VFs, and offers each to the drivers before the next one. It writes
// sriov_numvfs last, because that is authoritative.
func (k *kernel) enableVFs(pf device, number int) {
	parent := pf.dir[:strings.LastIndexByte(pf.dir, '/')]
	for i := range number {
		kept := vfs + "/" + pf.address + "/" + strconv.Itoa(i)
		for _, address := range k.names(kept) {
			vf := device{dir: parent + "/" + address, address: address}
			k.appear(vf)
			k.emit("change", vf)
			k.link(pf.dir+"/virtfn"+strconv.Itoa(i), vf.dir)
			k.move(kept+"/"+address, vf.dir) // last, because a repeated call looks only at kept
		}
		if vf, ok := k.virtualFunction(pf, i); ok && k.driverOf(vf) == "" {
			k.probe(vf)
		}
	}
	k.emit("change", pf)
	k.set(pf.dir+"/sriov_numvfs", strconv.Itoa(number)+"\n")
}

// dropVFs removes all VFs of pf, the first first.
func (k *kernel) dropVFs(pf device) {
	total, _ := parseNumber(k.read(pf.dir+"/sriov_totalvfs"), 16)
	for i := range int(total) {
		vf, ok := k.virtualFunction(pf, i)
		if !ok {
			continue // a process died after it had removed this one
		}
		k.forget(vf)
		k.move(vf.dir, vfs+"/"+pf.address+"/"+strconv.Itoa(i)+"/"+vf.address)
		k.remove(pf.dir + "/virtfn" + strconv.Itoa(i))
	}
	if k.exists(pf.dir + "/sriov_numvfs") {
		k.set(pf.dir+"/sriov_numvfs", "0\n")
	}
}

// releaseVFs does what pciback does when a PF loses its driver: it releases the PF's VFs.
// The VFs themselves stay.
func (k *kernel) releaseVFs(pf device) {
	for _, vf := range k.virtualFunctions(pf) {
		if k.driverOf(vf) == pciback {
			k.detach(vf)
		}
	}
}
