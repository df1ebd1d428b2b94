package machine

import "slices"

// qemu describes the emulated machine on which the contract is tested with a real kernel: two
// equal cards, a third card, and a card behind a bridge.
func qemu() Machine {
	const emulated = "1af4:1100"
	return Machine{
		Name:    "qemu",
		Comment: "QEMU's pc: twin e1000 cards at 00:09.0 and 00:0a.0, an RTL8139 at 00:0b.0, an e1000 behind a bridge at 01:01.0.",
		Release: release,
		Cmdline: "placeholder console=hvc0",
		Mounts:  []Mount{{"/", "none", "0:2", "rootfs"}},
		Drivers: slices.Concat([]Driver{
			portDriver(),
			{Name: "ata_piix", File: "kernel/drivers/ata/ata_piix.ko", IDs: []string{"8086:7010"}, Needs: []string{"kernel/drivers/ata/libata.ko"}},
			e1000(), e1000e(),
		}, rtl8139()),
		Devices: []Device{
			{Address: "0000:00:00.0", ID: "8086:1237", Subsystem: emulated, Class: 0x060000, Revision: 0x02},
			{Address: "0000:00:01.0", ID: "8086:7000", Subsystem: emulated, Class: 0x060100, Several: true},
			{Address: "0000:00:01.1", ID: "8086:7010", Subsystem: emulated, Class: 0x010180, Driver: "ata_piix", BARs: []BAR{io(4, 0xc140, 0x10)}},
			{Address: "0000:00:01.3", ID: "8086:7113", Subsystem: emulated, Class: 0x068000, Revision: 0x03, IRQ: 9},
			{Address: "0000:00:02.0", ID: "1234:1111", Subsystem: emulated, Class: 0x030000, Revision: 0x02, BootVGA: true,
				BARs: []BAR{prefetch(0, 0xfd000000, 0x1000000), memory(2, 0xfebf8000, 0x1000), rom(0xfebe0000, 0x10000)}},
			{Address: "0000:00:09.0", ID: "8086:100e", Subsystem: emulated, Class: 0x020000, Revision: 0x03, Driver: "e1000", IRQ: 10,
				BARs:  []BAR{memory(0, 0xfeb80000, 0x20000), io(1, 0xc000, 0x40), rom(0xfeb00000, 0x40000)},
				Makes: []Made{netDevice{"eth0", "52:54:00:12:34:56", 2}}},
			{Address: "0000:00:0a.0", ID: "8086:100e", Subsystem: emulated, Class: 0x020000, Revision: 0x03, Driver: "e1000", IRQ: 11,
				BARs:  []BAR{memory(0, 0xfeba0000, 0x20000), io(1, 0xc040, 0x40), rom(0xfeb40000, 0x40000)},
				Makes: []Made{netDevice{"eth1", "52:54:00:12:34:57", 3}}},
			{Address: "0000:00:0b.0", ID: "10ec:8139", Subsystem: emulated, Class: 0x020000, Revision: 0x20, Driver: "8139cp", IRQ: 11,
				BARs:  []BAR{io(0, 0xc080, 0x100), memory(1, 0xfebf9000, 0x100), rom(0xfebc0000, 0x10000)},
				Makes: []Made{netDevice{"eth2", "52:54:00:12:34:58", 4}}},
			{Address: "0000:00:1e.0", ID: "1b36:0001", Class: 0x060400, Header: 1, Buses: [2]byte{1, 1}, IRQ: 10},
			{Address: "0000:01:01.0", ID: "8086:100e", Subsystem: emulated, Class: 0x020000, Revision: 0x03, Driver: "e1000", IRQ: 10,
				BARs:  []BAR{memory(0, 0xfea40000, 0x20000), io(1, 0xb000, 0x40)},
				Makes: []Made{netDevice{"eth3", "52:54:00:12:34:59", 5}}},
		},
	}
}
