package pci

import "github.com/xenpci/xenpci/internal/sysfs"

// PhysFn reads which physical function the function at a is a virtual one of: the
// link physfn. It returns nil for other functions, and where there is no such
// device.
func PhysFn(root string, a Address) (*Address, error) {
	f, done, err := openFolder(sysfs.New(root), a)
	defer done()
	var pf *Address
	if err == nil {
		pf, err = linkAddress(f, "physfn")
	}
	if err != nil {
		return nil, &DeviceError{Name: a.String(), Err: err}
	}
	return pf, nil
}
