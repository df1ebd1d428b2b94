package pci

// kinds are the words that people have for classes of devices, where pci.ids has a longer
// one: "NVMe" for "Non-Volatile memory controller".
var kinds = map[uint16]string{
	0x0100: "SCSI", 0x0101: "IDE", 0x0104: "RAID", 0x0106: "SATA", 0x0107: "SAS", 0x0108: "NVMe",
	0x0200: "Ethernet", 0x0207: "InfiniBand", 0x0280: "Network",
	0x0300: "VGA", 0x0302: "3D", 0x0380: "Display",
	0x0400: "Video", 0x0401: "Audio", 0x0403: "Audio",
	0x0700: "Serial", 0x0780: "Communication", 0x0880: "System",
	0x0c00: "FireWire", 0x0c03: "USB", 0x0c05: "SMBus", 0x0d11: "Bluetooth",
	0x1180: "Signal processing",
}

// kind returns what the class is called in a word or two; "" for the other classes.
func (c Class) kind() string { return kinds[uint16(c>>8)] }
