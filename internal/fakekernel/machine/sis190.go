package machine

// sis190 is a small board with an onboard network chip and an old network card, from the time
// of xend.
func sis190() Machine {
	const board = "1458:e000"
	return Machine{
		Name:    "sis190",
		Comment: "A small Xen dom0: SiS 190 network chip at 00:04.0, 3Com 3c905B at 00:09.0.",
		Release: release,
		Cmdline: "placeholder root=/dev/sda1 ro quiet",
		Drivers: []Driver{
			portDriver(),
			{Name: "pata_sis", File: "kernel/drivers/ata/pata_sis.ko", IDs: []string{"1039:5513"}, Needs: []string{"kernel/drivers/ata/libata.ko"}},
			{Name: "ohci-pci", File: usbHost + "ohci-pci.ko", IDs: []string{"0c0310"}, Needs: []string{usbHost + "ohci-hcd.ko"}},
			ehci(),
			{Name: "sis190", File: "kernel/drivers/net/ethernet/sis/sis190.ko", IDs: []string{"1039:0190", "1039:0191"}, Needs: []string{mii}},
			{Name: "3c59x", File: "kernel/drivers/net/ethernet/3com/3c59x.ko", IDs: []string{"10b7:9055", "10b7:9200"}, Needs: []string{mii}},
		},
		Devices: []Device{
			{Address: "0000:00:00.0", ID: "1039:0671", Subsystem: board, Class: 0x060000, BARs: []BAR{memory(0, 0xe0000000, 0x4000000)}},
			{Address: "0000:00:01.0", ID: "1039:0003", Class: 0x060400, Header: 1, Buses: [2]byte{1, 1}},
			{Address: "0000:00:02.0", ID: "1039:0968", Class: 0x060100, Revision: 0x01, Several: true},
			{Address: "0000:00:02.5", ID: "1039:5513", Subsystem: board, Class: 0x010180, Revision: 0x01, Several: true, Driver: "pata_sis", IRQ: 14,
				BARs: []BAR{io(4, 0xf000, 0x10)}, Makes: []Made{disk{below: "ata1/host0/target0:0:0/0:0:0:0/block", name: "sda", numbers: "8:0",
					sectors: 312581808, partitions: []string{"sda1", "sda2"}}}},
			{Address: "0000:00:03.0", ID: "1039:7001", Subsystem: board, Class: 0x0c0310, Revision: 0x0f, Several: true, Driver: "ohci-pci", IRQ: 20,
				BARs: []BAR{memory(0, 0xfebfd000, 0x1000)}, Makes: []Made{usbBus{2, "0001"}}},
			{Address: "0000:00:03.1", ID: "1039:7001", Subsystem: board, Class: 0x0c0310, Revision: 0x0f, Several: true, Driver: "ohci-pci", IRQ: 21,
				BARs: []BAR{memory(0, 0xfebfe000, 0x1000)}, Makes: []Made{usbBus{3, "0001"}}},
			{Address: "0000:00:03.3", ID: "1039:7002", Subsystem: "1458:5004", Class: 0x0c0320, Several: true, Driver: "ehci-pci", IRQ: 23,
				BARs: []BAR{memory(0, 0xfebff000, 0x1000)}, Makes: []Made{usbBus{1, "0002"}}},
			{Address: "0000:00:04.0", ID: "1039:0190", Subsystem: board, Class: 0x020000, Driver: "sis190", IRQ: 19,
				BARs:  []BAR{memory(0, 0xfebfbc00, 0x80), io(1, 0xec00, 0x80)},
				Makes: []Made{netDevice{"eth0", "00:16:ec:8a:19:00", 2}}},
			{Address: "0000:00:09.0", ID: "10b7:9055", Subsystem: "10b7:9055", Class: 0x020000, Revision: 0x30, Driver: "3c59x", IRQ: 17, Label: "2", Reset: "pm",
				BARs:  []BAR{io(0, 0xe800, 0x80), memory(1, 0xfebfb800, 0x80), rom(0xfeb80000, 0x20000)},
				Makes: []Made{netDevice{"eth1", "00:10:5a:e1:90:55", 3}}},
			{Address: "0000:00:1f.0", ID: "1039:000a", Class: 0x060400, Header: 1, Buses: [2]byte{2, 2}, Driver: "pcieport", IRQ: 24, Express: true},
			{Address: "0000:01:00.0", ID: "1039:6351", Subsystem: "1458:d000", Class: 0x030000, Revision: 0x10, IRQ: 16, BootVGA: true,
				BARs: []BAR{prefetch(0, 0xd0000000, 0x10000000), memory(2, 0xfeac0000, 0x20000), io(4, 0xdc00, 0x80)}},
		},
		Mounts: []Mount{{"/", "/dev/sda1", "8:1", "ext4"}},
	}
}
