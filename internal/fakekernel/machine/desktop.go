package machine

// desktop has the typical difficulties of passthrough on a desktop: USB controllers that are
// functions of one slot, a graphics card with a sound function behind a root port, and two
// network cards with the same ID.
func desktop() Machine {
	const board = "1458:5006"
	usb := func(address, id string, class uint32, driver string, irq, number int, product string) Device {
		return Device{Address: address, ID: id, Subsystem: board, Class: class, Revision: 0x02, Several: true, Driver: driver, IRQ: irq,
			BARs: []BAR{io(4, 0xd000+uint64(number)*0x20, 0x20)}, Makes: []Made{usbBus{number, product}}}
	}
	port := func(address, id string, irq int, bus byte) Device {
		return Device{Address: address, ID: id, Class: 0x060400, Revision: 0x02, Header: 1, Several: true, Buses: [2]byte{bus, bus},
			Driver: "pcieport", IRQ: irq, Express: true}
	}
	nic := func(address, name, mac string, index, irq int, start uint64) Device {
		return Device{Address: address, ID: "8086:10d3", Subsystem: "8086:a01f", Class: 0x020000, Driver: "e1000e", IRQ: irq, Express: true, Reset: "flr pm bus",
			BARs: []BAR{memory(0, start, 0x20000), io(2, 0xb000, 0x20)}, Makes: []Made{netDevice{name, mac, index}}}
	}
	return Machine{
		Name:    "desktop",
		Comment: "A desktop: USB functions 00:1d.*, graphics card and its sound at 01:00.*, twin NICs at 02:00.0 and 03:00.0, a CardBus bridge at 04:01.0.",
		Release: release,
		Cmdline: "placeholder root=/dev/sda2 ro quiet",
		Drivers: []Driver{
			portDriver(), ahci(), uhci(), ehci(), e1000e(), hda(),
			{Name: "nouveau", File: "kernel/drivers/gpu/drm/nouveau/nouveau.ko", IDs: []string{"10de:1c03"}, Needs: []string{"kernel/drivers/gpu/drm/drm.ko"}},
			{Name: "yenta_cardbus", File: "kernel/drivers/pcmcia/yenta_socket.ko", IDs: []string{"060700"}, Needs: []string{"kernel/drivers/pcmcia/pcmcia_core.ko"}},
		},
		Devices: []Device{
			{Address: "0000:00:00.0", ID: "8086:29c0", Subsystem: "1458:5000", Class: 0x060000, Revision: 0x02},
			port("0000:00:01.0", "8086:29c1", 24, 1),
			usb("0000:00:1a.0", "8086:2937", 0x0c0300, "uhci_hcd", 16, 3, "0001"),
			usb("0000:00:1a.7", "8086:293c", 0x0c0320, "ehci-pci", 18, 1, "0002"),
			{Address: "0000:00:1b.0", ID: "8086:293e", Subsystem: "1458:a002", Class: 0x040300, Revision: 0x02, Driver: "snd_hda_intel", IRQ: 28,
				Express: true, Reset: "flr pm", BARs: []BAR{memory64(0, 0xf7ff8000, 0x4000)}, Makes: []Made{card{"sound", "card0"}}},
			port("0000:00:1c.0", "8086:2940", 25, 2),
			port("0000:00:1c.1", "8086:2942", 26, 3),
			usb("0000:00:1d.0", "8086:2934", 0x0c0300, "uhci_hcd", 23, 4, "0001"),
			usb("0000:00:1d.1", "8086:2935", 0x0c0300, "uhci_hcd", 19, 5, "0001"),
			usb("0000:00:1d.2", "8086:2936", 0x0c0300, "uhci_hcd", 18, 6, "0001"),
			usb("0000:00:1d.7", "8086:293a", 0x0c0320, "ehci-pci", 23, 2, "0002"),
			{Address: "0000:00:1e.0", ID: "8086:244e", Class: 0x060401, Revision: 0x92, Header: 1, Buses: [2]byte{4, 5}},
			{Address: "0000:00:1f.0", ID: "8086:2916", Subsystem: "1458:5001", Class: 0x060100, Revision: 0x02, Several: true},
			{Address: "0000:00:1f.2", ID: "8086:2922", Subsystem: "1458:b005", Class: 0x010601, Revision: 0x02, Several: true, Driver: "ahci", IRQ: 27,
				BARs: []BAR{io(4, 0xe000, 0x20), memory(5, 0xf7ffd000, 0x800)}, Makes: []Made{disk{below: "ata1/host0/target0:0:0/0:0:0:0/block",
					name: "sda", numbers: "8:0", sectors: 976773168, partitions: []string{"sda1", "sda2"}}}},
			{Address: "0000:00:1f.3", ID: "8086:2930", Subsystem: "1458:5001", Class: 0x0c0500, Revision: 0x02, Several: true, IRQ: 18},
			{Address: "0000:01:00.0", ID: "10de:1c03", Subsystem: "1458:3743", Class: 0x030000, Revision: 0xa1, Several: true, Driver: "nouveau", IRQ: 29,
				Express: true, Reset: "bus", BootVGA: true, Label: "1", Makes: []Made{card{"drm", "card0"}},
				BARs: []BAR{memory(0, 0xf6000000, 0x1000000), prefetch(1, 0xe0000000, 0x10000000), prefetch(3, 0xf0000000, 0x2000000), io(5, 0xe000, 0x80)}},
			{Address: "0000:01:00.1", ID: "10de:10f1", Subsystem: "1458:3743", Class: 0x040300, Revision: 0xa1, Several: true, Driver: "snd_hda_intel", IRQ: 17,
				Express: true, Reset: "bus", BARs: []BAR{memory(0, 0xf7080000, 0x4000)}, Makes: []Made{card{"sound", "card1"}}},
			nic("0000:02:00.0", "eth0", "68:05:ca:10:d3:01", 2, 30, 0xf7ec0000),
			nic("0000:03:00.0", "eth1", "68:05:ca:10:d3:02", 3, 31, 0xf7dc0000),
			{Address: "0000:04:01.0", ID: "104c:ac50", Subsystem: "1458:5001", Class: 0x060700, Revision: 0x01, Header: 2, Buses: [2]byte{5, 5},
				Driver: "yenta_cardbus", IRQ: 21},
		},
		Mounts: []Mount{{"/", "/dev/sda2", "8:2", "ext4"}, {"/boot", "/dev/sda1", "8:1", "ext4"}},
	}
}
