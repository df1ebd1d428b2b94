package pci

import "strings"

// parseUevent reads the attribute uevent of a PCI device: lines KEY=VALUE, of
// which PCI_ID and PCI_CLASS must be there (pci_uevent in
// drivers/pci/pci-driver.c). It ignores other lines.
func parseUevent(text string) (identity, bool) {
	var id identity
	var haveID, haveClass bool
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "PCI_ID":
			id.vendor, id.device, haveID = parsePair(value)
		case "PCI_SUBSYS_ID":
			id.subVendor, id.subDevice, _ = parsePair(value)
		case "PCI_CLASS":
			var n uint32
			n, haveClass = hex(value, 6)
			id.class = Class(n)
		case "MODALIAS":
			id.modalias = value
		}
	}
	return id, haveID && haveClass
}

// parsePair reads "8086:100E". Both numbers are 0 if s has another form.
func parsePair(s string) (a, b uint16, ok bool) {
	left, right, _ := strings.Cut(s, ":")
	n, okLeft := hex(left, 4)
	m, okRight := hex(right, 4)
	if !okLeft || !okRight {
		return 0, 0, false
	}
	return uint16(n), uint16(m), true
}
