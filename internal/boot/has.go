package boot

// Has reports whether an enabled layer hides a device at the next boot already, before its
// files are written again. The layer Service reads the list at each boot, so that it has
// every declared device.
func (h *Host) Has(name Name, d Device) bool {
	for _, l := range layers() {
		if l.name() != name {
			continue
		}
		written, made := l.names(h, d)
		switch name {
		case Service:
			return true
		case Initramfs: // what its files are does not depend on the device; the list in the image does
			return made == Yes
		}
		return both(written, made) == Yes
	}
	return false
}
