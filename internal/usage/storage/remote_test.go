package storage

import (
	"testing"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// nvmeHead is a namespace with two paths, as native multipath shows it: the
// head, which is a disk of no controller, and a hidden disk for each path, which
// has no number. The number of the subsystem is not that of a controller.
func nvmeHead(state0, state1 string) machine {
	const subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys3/"
	m := machine{}.block(subsystem+"nvme3n1", "259:1").block(subsystem+"nvme3n1/nvme3n1p2", "259:2").root("259:2")
	for controller, path := range map[string]string{nvme0: "nvme3c0n1", nvme1: "nvme3c1n1"} {
		m["/sys/class/block/"+path] = relative("/sys/class/block/"+path, controller+path)
		m[controller+path+"/device"] = graphtest.Link("../../nvme" + path[6:7])
		m[subsystem+"nvme"+path[6:7]] = relative(subsystem+"nvme0", controller[:len(controller)-1])
	}
	m[nvme0+"state"], m[nvme1+"state"] = state0+"\n", state1+"\n"
	return m
}

func TestNVMePaths(t *testing.T) {
	hidden := nvmeHead("live", "live")
	delete(hidden, "/sys/class/block/nvme3c0n1")
	delete(hidden, "/sys/class/block/nvme3c1n1")
	one := nvmeHead("live", "live")
	delete(one, "/sys/class/block/nvme3c1n1")
	unserved := nvmeHead("live", "live")
	unserved[nvme0+"nvme3c0n1/ana_state"], unserved[nvme1+"nvme3c1n1/ana_state"] = "optimized\n", "inaccessible\n"
	runStorage(t, []storageCase{
		{"one that is not served", unserved, of("01:00.0", "refuse: / > nvme3n1p2 > nvme3n1 > nvme3c0n1 > 0000:01:00.0")},
		{"both live", nvmeHead("live", "live"), map[string][]string{
			"01:00.0": {"warn: / > nvme3n1p2 > nvme3n1 > nvme3c0n1 > 0000:01:00.0; left: nvme3c1n1"},
			"02:00.0": {"warn: / > nvme3n1p2 > nvme3n1 > nvme3c1n1 > 0000:02:00.0; left: nvme3c0n1"},
		}},
		{"one connecting", nvmeHead("live", "connecting"),
			of("01:00.0", "refuse: / > nvme3n1p2 > nvme3n1 > nvme3c0n1 > 0000:01:00.0")},
		{"none live", nvmeHead("resetting", "connecting"), map[string][]string{
			"01:00.0": {"warn: / > nvme3n1p2 > nvme3n1 > nvme3c0n1 > 0000:01:00.0; left: nvme3c1n1"},
			"02:00.0": {"warn: / > nvme3n1p2 > nvme3n1 > nvme3c1n1 > 0000:02:00.0; left: nvme3c0n1"},
		}},
		{"one gone", one, of("01:00.0", "refuse: / > nvme3n1p2 > nvme3n1 > nvme3c0n1 > 0000:01:00.0")},
		{"hidden disks not shown", hidden, map[string][]string{
			"01:00.0": {"warn: / > nvme3n1p2 > nvme3n1 > nvme0 > 0000:01:00.0; left: nvme1"},
			"02:00.0": {"warn: / > nvme3n1p2 > nvme3n1 > nvme1 > 0000:02:00.0; left: nvme0"},
		}},
	})
}

// fabrics is a disk in another machine.
func fabrics(transport, address string) machine {
	const controller = "/sys/devices/virtual/nvme-fabrics/ctl/nvme0/"
	m := machine{controller + "transport": transport + "\n", controller + "address": address + "\n"}
	const port = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/host1/fc_host/host1"
	m["/sys/class/fc_host/host1"] = relative("/sys/class/fc_host/host1", port)
	m[port+"/port_name"] = "0x21000024ff7f1234\n"
	return m.block(controller+"nvme0n1", "259:0").root("259:0").wired()
}

// session is a disk of iSCSI in software.
func session(address, device string) machine {
	const host = "/sys/devices/platform/host3/"
	return machine{
		host + "iscsi_host/host3/netdev": device + "\n",
		host + "session1/connection1:0/iscsi_connection/connection1:0/persistent_address": address + "\n",
		host + "session1/connection1:0/iscsi_connection/connection1:0/persistent_port":    "3260\n",
	}.block(iscsi+"sda", "8:0", "device/state", "running\n").root("8:0").wired()
}

// nbd is a connected network block device, and the connections of dom0.
func nbd(tcp string) machine {
	return machine{
		"/proc/net/tcp": "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" + tcp,
	}.block(none+"nbd0", "43:0", "pid", "812\n").root("43:0").wired()
}

func TestDisksOfServers(t *testing.T) {
	two := session("192.0.2.1", "(null)")
	two["/sys/devices/platform/host3/session1/connection1:1/iscsi_connection/connection1:1/persistent_address"] = "192.0.2.2\n"
	lost := session("192.0.2.1", "(null)")
	delete(lost, "/sys/devices/platform/host3/session1/connection1:0/iscsi_connection/connection1:0/persistent_address")
	runStorage(t, []storageCase{
		{"iSCSI", session("192.0.2.1", "(null)"), of("00:03.0", "refuse: / > sda > the iSCSI target 192.0.2.1 > eth0 > 0000:00:03.0")},
		{"iSCSI, bound to an interface", session("203.0.113.1", "eth0"), of("00:03.0", "refuse: / > sda > the iSCSI target 203.0.113.1 > eth0 > 0000:00:03.0")},
		{"iSCSI, two connections", two, of("00:03.0", "refuse: / > sda > the iSCSI target 192.0.2.1 > eth0 > 0000:00:03.0")},
		{"iSCSI, no route", session("203.0.113.1", "(null)"), ofAll("warn: server_unknown 203.0.113.1")},
		{"iSCSI, a name", session("san.example", "(null)"), ofAll("warn: server_unknown san.example")},
		{"iSCSI, no address", lost, ofAll("warn: disk_unknown sda")},
		{"NVMe over TCP", fabrics("tcp", "traddr=192.0.2.1,trsvcid=4420,src_addr=192.0.2.7"), of("00:03.0", "refuse: / > nvme0n1 > the NVMe target 192.0.2.1 > eth0 > 0000:00:03.0")},
		{"NVMe over TCP, bound to an interface", fabrics("tcp", "traddr=203.0.113.1,trsvcid=4420,host_iface=eth0"), of("00:03.0", "refuse: / > nvme0n1 > the NVMe target 203.0.113.1 > eth0 > 0000:00:03.0")},
		{"NVMe over Fibre Channel", fabrics("fc", "traddr=nn-0x20000024ff000000:pn-0x21000024ff000000,host_traddr=nn-0x20000024ff7f1234:pn-0x21000024ff7f1234"), of("01:00.0", "refuse: / > nvme0n1 > 0000:01:00.0")},
		{"NVMe over Fibre Channel, no such port", fabrics("fc", "traddr=nn-0x2:pn-0x2,host_traddr=nn-0x1:pn-0x1"), ofAll("warn: disk_unknown nvme0n1")},
		{"NVMe of this machine itself", fabrics("loop", ""), ofAll("warn: disk_unknown nvme0n1")},
		{"NBD", nbd("   0: 070200C0:9C40 010200C0:2A39 01 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 20 4 30 10 -1\n" +
			"   1: 070200C0:9C41 097100CB:2A39 06 00000000:00000000 03:00000A5B 00000000     0        0 0 3 0000000000000000\n"),
			of("00:03.0", "refuse: / > nbd0 > the NBD server 192.0.2.1 > eth0 > 0000:00:03.0")},
		{"NBD, over a socket of this machine", nbd(""), ofAll("warn: server_unknown nbd0")},
	})
}

// TestDisksOfBackends has a disk that dom0 attached to itself (xl block-attach
// 0), and one that another domain, or a program, gives it.
func TestDisksOfBackends(t *testing.T) {
	const front = "/sys/devices/vbd-51712/block/xvda"
	own := func(number string) machine {
		return machine{"/sys/bus/xen-backend/devices/vbd-0-51712/physical_device": number + "\n"}.
			block(ahci+"sda", "8:0").dm("10", "vg0-disk", "LVM-x", ahci+"sda").block(front, "202:0").root("202:0")
	}
	runStorage(t, []storageCase{
		{"dom0's own", own("fd:a"), of("00:1f.2", "refuse: / > xvda > vg0-disk > sda > 0000:00:1f.2")},
		{"one that is gone", own("fd:b"), ofAll("warn: disk_unknown xvda")},
		{"another domain's", machine{}.block(front, "202:0").root("202:0"), ofAll("warn: disk_unknown xvda")},
	})
}

// TestDisksOfGuests has disks that the kernel's backend has open for guests.
func TestDisksOfGuests(t *testing.T) {
	host := func(name, number string) machine {
		return machine{"/sys/bus/xen-backend/devices/" + name + "/physical_device": number + "\n"}.
			block(virtio+"vda", "254:0").root("254:0").block(ahci+"sda", "8:0").dm("10", "vg0-disk", "LVM-x", ahci+"sda")
	}
	root := []string{"refuse: / > vda > 0000:00:04.0"}
	uses := func(text string) map[string][]string {
		return map[string][]string{"00:04.0": root, "00:1f.2": {text}}
	}
	runStorage(t, []storageCase{
		{"a volume", host("vbd-3-51712", "fd:a"), uses("refuse: disk xvda of guest 3 > vg0-disk > sda > 0000:00:1f.2")},
		{"a disk, as a partition", host("vbd-12-51729", "8:0"), uses("refuse: disk xvdb1 of guest 12 > sda > 0000:00:1f.2")},
		{"a number above xvdz's", host("vbd-3-268439552", "8:0"), uses("refuse: disk xvdq of guest 3 > sda > 0000:00:1f.2")},
		{"an IDE number", host("vbd-3-768", "8:0"), uses("refuse: disk 768 of guest 3 > sda > 0000:00:1f.2")},
		{"not opened yet", host("vbd-3-51712", "0:0"), of("00:04.0", root...)},
		{"not opened yet, without a number", host("vbd-3-51712", "").with("/sys/bus/xen-backend/devices/vbd-3-51712/physical_device", ""), of("00:04.0", root...)},
		{"cannot be read", host("vbd-3-51712", "").with("/sys/bus/xen-backend/devices/vbd-3-51712/physical_device", unreadable("physical_device")),
			dark(root[0], "warn: guest_unknown disk xvda of guest 3")},
		{"gone", host("vbd-3-51712", "9:9"), of("00:04.0", root...)},
		{"a network card", host("vif-3-0", "8:0"), of("00:04.0", root...)},
	})
}
