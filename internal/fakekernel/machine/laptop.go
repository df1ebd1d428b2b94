package machine

// laptop has its only disk behind Intel's VMD, in PCI domain 10000, which has five digits.
func laptop() Machine {
	const board = "17aa:508f"
	return Machine{
		Name:    "laptop",
		Comment: "A laptop whose NVMe is behind VMD: root port 10000:e0:06.0, disk 10000:e1:00.0.",
		Release: release,
		Cmdline: "placeholder root=/dev/nvme0n1p2 ro quiet",
		IOMMU:   true,
		Drivers: []Driver{
			portDriver(), xhci(), nvme(), hda(),
			{Name: "vmd", File: "kernel/drivers/pci/controller/vmd.ko", IDs: []string{"8086:9a0b"}},
			{Name: "i915", File: "kernel/drivers/gpu/drm/i915/i915.ko", IDs: []string{"8086:9a49"}, Needs: []string{"kernel/drivers/gpu/drm/drm.ko"}},
			{Name: "iwlwifi", File: "kernel/drivers/net/wireless/intel/iwlwifi/iwlwifi.ko", IDs: []string{"8086:a0f0"},
				Needs: []string{"kernel/net/wireless/cfg80211.ko"}},
			{Name: "rtsx_pci", File: "kernel/drivers/misc/cardreader/rtsx_pci.ko", IDs: []string{"10ec:525a"}},
		},
		Devices: []Device{
			{Address: "0000:00:00.0", ID: "8086:9a14", Subsystem: board, Class: 0x060000, Revision: 0x01},
			{Address: "0000:00:02.0", ID: "8086:9a49", Subsystem: board, Class: 0x030000, Revision: 0x01, Driver: "i915", IRQ: 150, Express: true, Reset: "flr pm",
				BootVGA: true, BARs: []BAR{memory64(0, 0x603c000000, 0x1000000), prefetch(2, 0x4000000000, 0x10000000), io(4, 0x3000, 0x40)},
				Makes: []Made{card{"drm", "card0"}}},
			{Address: "0000:00:07.0", ID: "8086:9a23", Class: 0x060400, Revision: 0x01, Header: 1, Buses: [2]byte{0x20, 0x49}, Driver: "pcieport", IRQ: 120,
				Express: true},
			{Address: "0000:00:0e.0", ID: "8086:9a0b", Subsystem: board, Class: 0x010400, Driver: "vmd",
				BARs: []BAR{memory64(0, 0x6020000000, 0x2000000), memory(2, 0x72000000, 0x2000000), memory64(4, 0x603d100000, 0x100000)}},
			{Address: "0000:00:14.0", ID: "8086:a0ed", Subsystem: board, Class: 0x0c0330, Revision: 0x20, Several: true, Driver: "xhci_hcd", IRQ: 145, Reset: "pm",
				BARs: []BAR{memory64(0, 0x603d280000, 0x10000)}, Makes: []Made{usbBus{1, "0002"}, usbBus{2, "0003"}}},
			{Address: "0000:00:14.3", ID: "8086:a0f0", Subsystem: "8086:0074", Class: 0x028000, Revision: 0x20, Several: true, Driver: "iwlwifi", IRQ: 16,
				Express: true, Reset: "flr", BARs: []BAR{memory64(0, 0x603d298000, 0x4000)}, Makes: []Made{netDevice{"wlan0", "f4:c8:8a:a0:f0:01", 2}}},
			{Address: "0000:00:1d.0", ID: "8086:a0b0", Class: 0x060400, Revision: 0x20, Header: 1, Several: true, Buses: [2]byte{1, 1}, Driver: "pcieport", IRQ: 121,
				Express: true},
			{Address: "0000:00:1f.0", ID: "8086:a082", Subsystem: board, Class: 0x060100, Revision: 0x20, Several: true},
			{Address: "0000:00:1f.3", ID: "8086:a0c8", Subsystem: board, Class: 0x040300, Revision: 0x20, Several: true, Driver: "snd_hda_intel", IRQ: 151,
				BARs: []BAR{memory64(0, 0x603d290000, 0x4000), memory64(4, 0x603d000000, 0x100000)}, Makes: []Made{card{"sound", "card0"}}},
			{Address: "0000:00:1f.4", ID: "8086:a0a3", Subsystem: board, Class: 0x0c0500, Revision: 0x20, Several: true, IRQ: 16},
			{Address: "0000:01:00.0", ID: "10ec:525a", Subsystem: board, Class: 0xff0000, Revision: 0x01, Driver: "rtsx_pci", IRQ: 146, Express: true, Reset: "bus",
				BARs: []BAR{memory(1, 0x74200000, 0x1000)}},
			{Address: "10000:e0:06.0", ID: "8086:9a09", Class: 0x060400, Revision: 0x01, Header: 1, Buses: [2]byte{0xe1, 0xe1}, Driver: "pcieport", IRQ: 147,
				Express: true, Below: "0000:00:0e.0"},
			{Address: "10000:e1:00.0", ID: "144d:a808", Subsystem: "144d:a801", Class: 0x010802, Driver: "nvme", Express: true, Reset: "flr bus",
				BARs: []BAR{memory64(0, 0x72000000, 0x4000)}, Makes: []Made{disk{below: "nvme/nvme0", name: "nvme0n1", numbers: "259:0", sectors: 1000215216,
					partitions: []string{"nvme0n1p1", "nvme0n1p2"}, nvme: "nvme0", model: "SAMSUNG MZVLB512HBJQ-000L7"}}},
		},
		Mounts: []Mount{{"/", "/dev/nvme0n1p2", "259:2", "ext4"}, {"/boot/efi", "/dev/nvme0n1p1", "259:1", "vfat"}},
	}
}
