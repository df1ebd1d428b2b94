package lspci

// vendor formats the id of a vendor by itself, as the forms for machines have
// it.
func (f formatter) vendor(vendor uint16) string {
	name, ok := f.names.Vendor(vendor)
	return f.field(name, ok, "Vendor", vendor)
}

// model formats a vendor's device by itself.
func (f formatter) model(vendor, device uint16) string {
	name, ok := f.names.Device(vendor, device)
	return f.field(name, ok, "Device", device)
}

// subVendor formats the maker of the card.
func (f formatter) subVendor(subVendor uint16) string {
	name, ok := f.names.Vendor(subVendor)
	return f.field(name, ok, "Unknown vendor", subVendor)
}

// subDevice formats what the maker of the card calls it.
func (f formatter) subDevice(vendor, device, subVendor, subDevice uint16) string {
	name, ok := f.names.Subsystem(vendor, device, subVendor, subDevice)
	return f.field(name, ok, "Device", subDevice)
}

// field puts one name and its id together; word stands where there is no name.
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
