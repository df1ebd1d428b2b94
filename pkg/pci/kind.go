package pci

// kind returns the word that people have for the class, where pci.ids has a longer one:
// "NVMe" for "Non-Volatile memory controller"; "" for other classes.
func (c Class) kind() string {
	switch uint16(c >> 8) {
	case 0x0100:
		return "SCSI"
	case 0x0101:
		return "IDE"
	case 0x0104:
		return "RAID"
	case 0x0106:
		return "SATA"
	case 0x0107:
		return "SAS"
	case 0x0108:
		return "NVMe"
	case 0x0200:
		return "Ethernet"
	case 0x0207:
		return "InfiniBand"
	case 0x0280:
		return "Network"
	case 0x0300:
		return "VGA"
	case 0x0302:
		return "3D"
	case 0x0380:
		return "Display"
	case 0x0400:
		return "Video"
	case 0x0401, 0x0403:
		return "Audio"
	case 0x0700:
		return "Serial"
	case 0x0780:
		return "Communication"
	case 0x0880:
		return "System"
	case 0x0c00:
		return "FireWire"
	case 0x0c03:
		return "USB"
	case 0x0c05:
		return "SMBus"
	case 0x0d11:
		return "Bluetooth"
	case 0x1180:
		return "Signal processing"
	}
	return ""
}
