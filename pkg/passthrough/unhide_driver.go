package passthrough

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// driversDir has a folder for each driver of the kernel.
const driversDir = "/sys/bus/pci/drivers"

// checkDriver refuses a driver that the kernel does not have and that the modules of the
// devices do not bring: nothing could bind them to it. "" is the driver that each came from.
func (v *View) checkDriver(driver string, devices []pci.Address) error {
	has := func(name string) bool { return v.fs.Exists(driversDir + "/" + name) }
	if driver == "" || has(driver) {
		return nil
	}
	e := &Error{Code: CodeFailed, Reason: "this kernel has no driver " + driver, Advice: "load its module first"}
	for _, other := range []string{strings.ReplaceAll(driver, "_", "-"), strings.ReplaceAll(driver, "-", "_")} {
		if has(other) {
			e.Advice = "the driver is called " + other
			return e
		}
	}
	modules := v.modules()
	for _, a := range devices {
		d, ok := v.device(a)
		if !ok || modules == nil || !slices.Contains(modules(d.Modalias), strings.ReplaceAll(driver, "-", "_")) {
			return e
		}
	}
	return nil
}
