package pci

// Answers reports whether the device at a answers when its configuration space is read. All
// bytes of the header are ff for a device that is without power, was pulled out, or has lost
// its link; the kernel still shows the ids that it read before. A virtual function answers,
// although its ids there are ffff.
//
// The read accesses the device itself, as ReadConfig does. The error is a *DeviceError.
func Answers(root string, a Address) (bool, error) {
	header, err := ReadConfig(root, a, configHeader)
	if err != nil {
		return false, err
	}
	for _, b := range header {
		if b != 0xff {
			return true, nil
		}
	}
	return len(header) == 0, nil
}
