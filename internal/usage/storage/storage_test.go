package storage

import (
	"maps"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/internal/usage/network"
	"github.com/xenpci/xenpci/pkg/pci"
)

// machine is the files of a machine, as graphtest.Plant makes them, with the storage that
// the kernel of Linux 6.1 to 6.18 shows for it.
type machine map[string]string

// The homes of the disks below, as the drivers make them.
const (
	ahci   = "/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/"
	hba    = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/host1/rport-1:0-0/target1:0:0/1:0:0:0/block/"
	hba2   = "/sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host2/rport-2:0-0/target2:0:0/2:0:0:0/block/"
	nvme0  = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0/"
	nvme1  = "/sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/nvme/nvme1/"
	usb    = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/block/"
	virtio = "/sys/devices/pci0000:00/0000:00:04.0/virtio1/block/"
	none   = "/sys/devices/virtual/block/"
	iscsi  = "/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/"
)

// relative is the link that sysfs has at a path, to lead to another one.
func relative(from, to string) string {
	target, _ := filepath.Rel(path.Dir(from), to) // both are absolute
	return graphtest.Link(target)
}

// block adds a block device at a home, with the files of its own. A disk of SCSI or
// NVMe serves, unless they say something else.
func (m machine) block(home, number string, files ...string) machine {
	name := path.Base(home)
	m[home+"/dev"] = number + "\n"
	switch _, partition := m[path.Dir(home)+"/dev"]; {
	case partition, strings.HasPrefix(home, "/sys/devices/virtual/"):
	case strings.HasPrefix(name, "sd"):
		m[home+"/device/state"] = "running\n"
	case strings.HasPrefix(name, "nvme"):
		m[home+"/device/state"] = "live\n"
	}
	for _, entry := range []string{"/sys/class/block/" + name, "/sys/dev/block/" + number} {
		m[entry] = relative(entry, home)
	}
	for i := 0; i < len(files); i += 2 {
		m[home+"/"+files[i]] = files[i+1]
	}
	return m
}

// on puts a block device on others: the links that both ends have.
func (m machine) on(home string, legs ...string) machine {
	for _, leg := range legs {
		slave, holder := home+"/slaves/"+path.Base(leg), leg+"/holders/"+path.Base(home)
		m[slave], m[holder] = relative(slave, leg), relative(holder, home)
	}
	return m
}

// dm adds a volume.
func (m machine) dm(minor, name, uuid string, legs ...string) machine {
	home := none + "dm-" + minor
	return m.block(home, "253:"+minor, "dm/name", name+"\n", "dm/uuid", uuid+"\n").on(home, legs...)
}

// md adds an array; legs are followed by their state, "" for one that is sound.
func (m machine) md(level, disks string, legs ...string) machine {
	home := none + "md0"
	m.block(home, "9:0", "md/level", level+"\n", "md/raid_disks", disks+"\n")
	for i := 0; i < len(legs); i += 2 {
		m.on(home, legs[i])
		state := legs[i+1]
		if state == "" {
			state = "in_sync"
		}
		m[home+"/md/dev-"+path.Base(legs[i])+"/state"] = state + "\n"
	}
	return m
}

// gone takes the block device at a home away, as an unbind does: others still
// name it.
func (m machine) gone(home string) machine {
	name := path.Base(home)
	delete(m, "/sys/class/block/"+name)
	for file := range maps.Clone(m) {
		if strings.HasPrefix(file, home+"/") {
			delete(m, file)
		}
	}
	for file := range maps.Clone(m) {
		if strings.HasPrefix(file, "/sys/dev/block/") && strings.HasSuffix(m[file], "/"+name) {
			delete(m, file)
		}
	}
	return m
}

// mounted adds the lines of mountinfo.
func (m machine) mounted(lines ...string) machine {
	text := strings.Join(lines, "\n") + "\n"
	m["/proc/1/mountinfo"] = text
	return m
}

// fs has file systems of a kind mounted, as that kind shows them.
func (m machine) fs(kind string, devices ...string) machine {
	for _, device := range devices {
		m["/sys/fs/"+kind+"/"+device+"/state"] = "\n"
	}
	return m
}

// root is / on a block device.
func (m machine) root(number string) machine {
	return m.mounted("22 1 " + number + " / / rw,relatime shared:1 - ext4 /dev/root rw")
}

func (m machine) swap(lines ...string) machine {
	m["/proc/swaps"] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + strings.Join(lines, "")
	return m
}

// wired adds eth0, of 0000:00:03.0, and a route to 192.0.2.0/24.
func (m machine) wired() machine {
	const home = "/sys/devices/pci0000:00/0000:00:03.0/net/eth0"
	m["/sys/class/net/eth0"] = graphtest.Link("../../devices/pci0000:00/0000:00:03.0/net/eth0")
	m[home+"/device"] = graphtest.Link("../../../0000:00:03.0")
	m[home+"/ifindex"], m[home+"/iflink"] = "2\n", "2\n"
	m["/proc/net/route"] = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n" +
		"eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
	m["/proc/net/fib_trie"] = ""
	return m
}

// storageFunctions are the PCI functions of the homes above.
func storageFunctions(t *testing.T) (devices []pci.Device) {
	for _, a := range []string{"00:03.0", "00:04.0", "00:14.0", "00:1f.2", "01:00.0", "02:00.0"} {
		devices = append(devices, pci.Device{Address: graphtest.Address(t, a)})
	}
	return devices
}

// look reads the storage of a machine of these devices.
func look(t *testing.T, devices []pci.Device, m machine) *graph.Graph {
	t.Helper()
	b, fsys := graphtest.Builder(devices), sysfs.New(graphtest.Plant(t, m))
	Scan(b, fsys, network.Scan(graphtest.Builder(devices), fsys, devices), devices)
	return b.Graph()
}

// storageCase is a machine and what is found about its functions.
type storageCase struct {
	name string
	m    machine
	want map[string][]string
}

func runStorage(t *testing.T, cases []storageCase) {
	t.Helper()
	devices := storageFunctions(t)
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, graphtest.All(look(t, devices, test.m), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// of is what is found about one function.
func of(address string, texts ...string) map[string][]string {
	return map[string][]string{address: texts}
}

// ofAll is what is found about every function, since it may be any of them.
func ofAll(texts ...string) map[string][]string {
	all := make(map[string][]string)
	for _, a := range []string{"00:03.0", "00:04.0", "00:14.0", "00:1f.2", "01:00.0", "02:00.0"} {
		all[a] = texts
	}
	return all
}
