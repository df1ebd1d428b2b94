package lspci

// vendor formats a vendor on its own, as in the machine-readable formats.
func (f formatter) vendor(vendor uint16) string {
	name, ok := f.names.Vendor(vendor)
	return f.field(name, ok, "Vendor", vendor)
}

// model formats a device on its own.
func (f formatter) model(vendor, device uint16) string {
	name, ok := f.names.Device(vendor, device)
	return f.field(name, ok, "Device", device)
}

// subVendor formats the maker of the card.
func (f formatter) subVendor(subVendor uint16) string {
	name, ok := f.names.Vendor(subVendor)
	return f.field(name, ok, "Unknown vendor", subVendor)
}

// subDevice formats the card maker's name of the card.
func (f formatter) subDevice(vendor, device, subVendor, subDevice uint16) string {
	name, ok := f.names.Subsystem(vendor, device, subVendor, subDevice)
	return f.field(name, ok, "Device", subDevice)
}

// field combines a name and its ID. It uses word if there is no name.
func (f formatter) field(name string, ok bool, word string, id uint16) string {
	switch {
	case f.ids == Numeric:
		return hex4(id)
	case !ok && f.ids == ByName:
		return word + " " + hex4(id)
	case !ok:
		return word + " [" + hex4(id) + "]"
	case f.ids == NameAndID:
		return cut(name+" ["+hex4(id)+"]", f.limit)
	default:
		return cut(name, f.limit)
	}
}
