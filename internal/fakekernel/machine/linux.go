package machine

// Module files of Debian 12's kernel.
const (
	release = "6.1.0-56-amd64"
	mii     = "kernel/drivers/net/mii.ko"
	intel   = "kernel/drivers/net/ethernet/intel/"
	usbHost = "kernel/drivers/usb/host/"
)

// portDriver returns pcieport, which is in every Debian kernel and has each PCI Express port.
func portDriver() Driver {
	return Driver{Name: "pcieport", File: "kernel/drivers/pci/pcie/pcieportdrv.ko", IDs: []string{"060400"}, BuiltIn: true, Express: true}
}

func ahci() Driver {
	return Driver{Name: "ahci", File: "kernel/drivers/ata/ahci.ko", IDs: []string{"010601"},
		Needs: []string{"kernel/drivers/ata/libahci.ko", "kernel/drivers/ata/libata.ko", "kernel/drivers/scsi/scsi_mod.ko"}}
}

func nvme() Driver {
	return Driver{Name: "nvme", File: "kernel/drivers/nvme/host/nvme.ko", IDs: []string{"010802"}, SRIOV: true,
		Needs: []string{"kernel/drivers/nvme/host/nvme-core.ko"}}
}

func uhci() Driver {
	return Driver{Name: "uhci_hcd", File: usbHost + "uhci-hcd.ko", IDs: []string{"0c0300"}}
}

func ehci() Driver {
	return Driver{Name: "ehci-pci", File: usbHost + "ehci-pci.ko", IDs: []string{"0c0320"}, Needs: []string{usbHost + "ehci-hcd.ko"}}
}

func xhci() Driver {
	return Driver{Name: "xhci_hcd", File: usbHost + "xhci-pci.ko", IDs: []string{"0c0330"}, Needs: []string{usbHost + "xhci-hcd.ko"}}
}

func e1000() Driver {
	return Driver{Name: "e1000", File: intel + "e1000/e1000.ko", IDs: []string{"8086:100e", "8086:100f", "8086:1004"}}
}

func e1000e() Driver {
	return Driver{Name: "e1000e", File: intel + "e1000e/e1000e.ko", IDs: []string{"8086:10d3", "8086:10bd"}}
}

func hda() Driver {
	return Driver{Name: "snd_hda_intel", File: "kernel/sound/pci/hda/snd-hda-intel.ko", IDs: []string{"040300"}}
}

// rtl8139 returns the two drivers that share the RTL8139's IDs: 8139cp takes chips of revision
// 20 and above, and 8139too the others.
func rtl8139() []Driver {
	const dir = "kernel/drivers/net/ethernet/realtek/"
	return []Driver{
		{Name: "8139cp", File: dir + "8139cp.ko", IDs: []string{"10ec:8139"}, Needs: []string{mii}, Revisions: [2]byte{0x20, 0xff}},
		{Name: "8139too", File: dir + "8139too.ko", IDs: []string{"10ec:8139"}, Needs: []string{mii}, Revisions: [2]byte{0x00, 0x1f}},
	}
}
