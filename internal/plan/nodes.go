package plan

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// driversPrefix begins every driver_path that libxl writes or reads.
const driversPrefix = "/sys/bus/pci/drivers/"

// Node is the device's node in xenstore, where libxl looks for it
// (tools/libs/light/libxl_pci.c).
func Node(a pci.Address) string { return "/libxl/pci/" + pciback.StoreKey(a) }

// DriverPathNode is where libxl finds the driver that a device came from.
func DriverPathNode(a pci.Address) string { return Node(a) + "/driver_path" }

// DriverPath is what libxl writes there for a driver.
func DriverPath(driver string) string { return driversPrefix + driver }

// NameNode is where libxl finds the name of an assignable device.
func NameNode(a pci.Address) string { return Node(a) + "/name" }

// DriverIn is the driver that a driver_path names; "" when it names none that a
// device could go back to. Others than libxl may write there, and the name
// becomes a part of a path.
func DriverIn(path string) string {
	driver, ok := strings.CutPrefix(path, driversPrefix)
	if !ok || strings.ContainsAny(driver, "/\n\x00") {
		return ""
	}
	switch driver {
	case ".", "..", pciback.Name, pciback.AnyDriver:
		return ""
	}
	return driver
}
