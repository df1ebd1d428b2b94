package machine

import "fmt"

// server has two sockets with separate root buses, functions that differ only in their address,
// and PFs with VFs, some of them enabled.
func server() Machine {
	const board = "15d9:0953"
	m := Machine{
		Name:    "server",
		Comment: "A two-socket server: four root buses, SR-IOV on a NIC (18:00.0) and on an NVMe (82:00.0), eight equal functions of slot 00:04.",
		Release: release,
		Cmdline: "placeholder root=/dev/sda2 ro console=hvc0",
		Nodes:   2,
		IOMMU:   true,
		Drivers: []Driver{
			portDriver(), ahci(), xhci(), nvme(),
			{Name: "ioatdma", File: "kernel/drivers/dma/ioat/ioatdma.ko", IDs: []string{"8086:2021"}, Needs: []string{"kernel/drivers/dca/dca.ko"}},
			{Name: "i40e", File: intel + "i40e/i40e.ko", IDs: []string{"8086:1572"}, SRIOV: true},
			{Name: "iavf", File: intel + "iavf/iavf.ko", IDs: []string{"8086:154c"}},
			{Name: "ast", File: "kernel/drivers/gpu/drm/ast/ast.ko", IDs: []string{"1a03:2000"}, Needs: []string{"kernel/drivers/gpu/drm/drm.ko"}},
			{Name: "nouveau", File: "kernel/drivers/gpu/drm/nouveau/nouveau.ko", IDs: []string{"10de:1eb8"}, Needs: []string{"kernel/drivers/gpu/drm/drm.ko"}},
		},
		Mounts: []Mount{{"/", "/dev/sda2", "8:2", "ext4"}},
	}
	port := func(address, id string, node int, first, last byte) Device {
		return Device{Address: address, ID: id, Class: 0x060400, Revision: 0x07, Header: 1, Buses: [2]byte{first, last}, Driver: "pcieport",
			IRQ: 24 + int(first), Node: node, Express: true}
	}
	m.Devices = []Device{
		{Address: "0000:00:00.0", ID: "8086:2020", Subsystem: board, Class: 0x060000, Revision: 0x07},
	}
	for function := range 8 {
		m.Devices = append(m.Devices, Device{Address: fmt.Sprintf("0000:00:04.%d", function), ID: "8086:2021", Subsystem: board, Class: 0x088000,
			Revision: 0x07, Several: true, Driver: "ioatdma", IRQ: 32 + function, Express: true, Reset: "flr",
			BARs: []BAR{memory64(0, 0x387fffb00000+uint64(function)*0x4000, 0x4000)}})
	}
	m.Devices = append(m.Devices,
		Device{Address: "0000:00:14.0", ID: "8086:a1af", Subsystem: board, Class: 0x0c0330, Revision: 0x09, Driver: "xhci_hcd", IRQ: 41, Reset: "pm",
			BARs: []BAR{memory64(0, 0x387fffa00000, 0x10000)}, Makes: []Made{usbBus{1, "0002"}, usbBus{2, "0003"}}},
		Device{Address: "0000:00:17.0", ID: "8086:a182", Subsystem: board, Class: 0x010601, Revision: 0x09, Driver: "ahci", IRQ: 42, Reset: "pm",
			BARs: []BAR{memory(0, 0x9d100000, 0x2000), io(4, 0x3020, 0x20)}, Makes: []Made{disk{below: "ata1/host0/target0:0:0/0:0:0:0/block",
				name: "sda", numbers: "8:0", sectors: 468862128, partitions: []string{"sda1", "sda2"}}}},
		port("0000:00:1c.0", "8086:a190", 0, 1, 2),
		Device{Address: "0000:00:1f.0", ID: "8086:a1c1", Subsystem: board, Class: 0x060100, Revision: 0x09, Several: true},
		Device{Address: "0000:01:00.0", ID: "1a03:1150", Class: 0x060400, Revision: 0x04, Header: 1, Buses: [2]byte{2, 2}},
		Device{Address: "0000:02:00.0", ID: "1a03:2000", Subsystem: board, Class: 0x030000, Revision: 0x41, Driver: "ast", IRQ: 16, BootVGA: true,
			BARs: []BAR{memory(0, 0x9c000000, 0x1000000), memory(1, 0x9d000000, 0x20000)}, Makes: []Made{card{"drm", "card0"}}},
		port("0000:17:00.0", "8086:2030", 0, 0x18, 0x18),
		Device{Address: "0000:18:00.0", ID: "8086:1572", Subsystem: "8086:0007", Class: 0x020000, Revision: 0x02, Several: true, Driver: "i40e", IRQ: 50,
			Express: true, Reset: "flr pm bus", Label: "3", BARs: []BAR{prefetch(0, 0xc5000000, 0x1000000), prefetch(3, 0xc7008000, 0x8000)},
			Makes: []Made{netDevice{"eth0", "3c:fd:fe:15:72:00", 2}}},
		Device{Address: "0000:18:00.1", ID: "8086:1572", Subsystem: "8086:0000", Class: 0x020000, Revision: 0x02, Several: true, Driver: "i40e", IRQ: 51,
			Express: true, Reset: "flr pm bus", BARs: []BAR{prefetch(0, 0xc4000000, 0x1000000), prefetch(3, 0xc7000000, 0x8000)},
			Makes: []Made{netDevice{"eth1", "3c:fd:fe:15:72:01", 3}}},
	)
	for i := range 4 {
		vf := Device{Address: fmt.Sprintf("0000:18:02.%d", i), ID: "8086:154c", Subsystem: "8086:0000", Class: 0x020000, Revision: 0x02, Driver: "iavf",
			Express: true, Reset: "flr", PF: "0000:18:00.0", Absent: i >= 2, BARs: []BAR{prefetch(0, 0xc6000000+uint64(i)*0x10000, 0x10000)}}
		if !vf.Absent {
			vf.Makes = []Made{netDevice{fmt.Sprintf("eth%d", 2+i), fmt.Sprintf("3c:fd:fe:15:4c:%02d", i), 4 + i}}
		}
		m.Devices = append(m.Devices, vf)
	}
	m.Devices = append(m.Devices,
		port("0000:80:00.0", "8086:2030", 1, 0x81, 0x81),
		port("0000:80:02.0", "8086:2032", 1, 0x82, 0x82),
		serverNVMe("0000:81:00.0", "nvme0", 0xe1000000, 60),
		serverNVMe("0000:82:00.0", "nvme1", 0xe0800000, 61),
	)
	for i := range 2 {
		m.Devices = append(m.Devices, Device{Address: fmt.Sprintf("0000:82:00.%d", i+1), ID: "144d:a824", Subsystem: "144d:a801", Class: 0x010802, Driver: "nvme",
			Node: 1, Express: true, Reset: "flr", PF: "0000:82:00.0", Absent: true, BARs: []BAR{memory64(0, 0xe0900000+uint64(i)*0x8000, 0x8000)}})
	}
	return m.with(
		port("0000:ae:00.0", "8086:2030", 1, 0xaf, 0xaf),
		Device{Address: "0000:af:00.0", ID: "10de:1eb8", Subsystem: "10de:12a2", Class: 0x030200, Revision: 0xa1, Driver: "nouveau", IRQ: 70, Node: 1,
			Express: true, Reset: "flr bus", BARs: []BAR{memory(0, 0xed000000, 0x1000000), prefetch(1, 0x39bfe0000000, 0x10000000)}},
	)
}

func (m Machine) with(devices ...Device) Machine {
	m.Devices = append(m.Devices, devices...)
	return m
}

func serverNVMe(address, name string, start uint64, irq int) Device {
	return Device{Address: address, ID: "144d:a824", Subsystem: "144d:a801", Class: 0x010802, Driver: "nvme", IRQ: irq, Node: 1, Express: true,
		Reset: "flr bus", BARs: []BAR{memory64(0, start, 0x8000)}, Makes: []Made{disk{below: "nvme/" + name, name: name + "n1",
			numbers: fmt.Sprintf("259:%d", 4*int(name[4]-'0')), sectors: 3750748848, partitions: []string{name + "n1p1"}, nvme: name, model: "SAMSUNG MZWLJ1T9HBJR-00007"}}}
}
