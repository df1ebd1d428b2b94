package pciback

import (
	"strings"

	"github.com/xenpci/xenpci/pkg/pci"
)

// libxlDir is where libxl keeps its devices in xenstore
// (tools/libs/light/libxl_pci.c).
const libxlDir = "/libxl/pci"

// LibxlNode is the node in xenstore where libxl keeps what it knows of a device:
// "/libxl/pci/0000-00-09-0".
func LibxlNode(a pci.Address) string {
	return libxlDir + "/" + strings.NewReplacer(":", "-", ".", "-").Replace(a.String())
}

// LibxlNameNode is where libxl finds the name of an assignable device.
func LibxlNameNode(a pci.Address) string { return LibxlNode(a) + "/name" }

// LibxlDriverNode is where libxl finds the driver that a device was taken from, to
// give it back. LibxlDriver is what it writes there.
func LibxlDriverNode(a pci.Address) string { return LibxlNode(a) + "/driver_path" }

// LibxlDriver is the value of LibxlDriverNode for a driver.
func LibxlDriver(driver string) string { return driversDir + driver }

// ParseLibxlDriver returns the driver that a value of LibxlDriverNode names, or "" if
// it names none that a device could go back to. Programs other than libxl may write
// there, and the name becomes a part of a path.
func ParseLibxlDriver(value string) string {
	driver, ok := strings.CutPrefix(value, driversDir)
	if !ok || CheckDriver(driver) != nil {
		return ""
	}
	return driver
}

// parseLibxlKey reads the last part of a LibxlNode.
func parseLibxlKey(key string) (pci.Address, bool) {
	parts := strings.Split(key, "-")
	if len(parts) != 4 {
		return pci.Address{}, false
	}
	return pci.ParseName(parts[0] + ":" + parts[1] + ":" + parts[2] + "." + parts[3])
}
