package storage

import (
	"testing"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// with sets a file of a machine; "" takes it away.
func (m machine) with(file, content string) machine {
	if m[file] = content; content == "" {
		delete(m, file)
	}
	return m
}

// unreadable is the content of a file that cannot be read: a link to itself (ELOOP).
func unreadable(name string) string { return graphtest.Link(name) }

// TestStates wants / to be on the path, or the leg, that is known to serve.
func TestStates(t *testing.T) {
	const (
		a, b, c       = ahci + "sda", hba2 + "sdc", nvme0 + "nvme0n1"
		state, access = b + "/device/state", b + "/device/access_state"
		nvmeState     = c + "/device/state"
		subsystem     = nvmeSubsystems + "nvme-subsys3/"
	)
	paths := func() machine {
		return machine{}.block(a, "8:0").block(b, "8:32").dm("0", "mpatha", "mpath-3600508b400105e210000900000490000", a, b).root("253:0")
	}
	mirror := func() machine {
		return machine{}.block(a, "8:0").block(c, "259:0").md("raid1", "2", a, "", c, "").root("9:0")
	}
	parts := func() machine {
		return machine{}.block(a, "8:0").block(a+"/sda1", "8:1").block(b, "8:32").block(b+"/sdc1", "8:33").md("raid1", "2", a+"/sda1", "", b+"/sdc1", "").root("9:0")
	}
	heads := func(state0, state1 string) machine {
		return nvmeHead(state0, state1).block(a, "8:0").md("raid1", "2", a, "", subsystem+"nvme3n1", "").root("9:0")
	}
	hidden := nvmeHead("live", "deleting").with("/sys/class/block/nvme3c0n1", "").with("/sys/class/block/nvme3c1n1", "")
	onPath := of("00:1f.2", "refuse: / > the multipath disk mpatha > sda > 0000:00:1f.2")
	onLeg := of("00:1f.2", "refuse: / > md0 > sda > 0000:00:1f.2")
	bothPaths := map[string][]string{
		"00:1f.2": {"warn: / > the multipath disk mpatha > sda > 0000:00:1f.2; left: sdc"},
		"02:00.0": {"warn: / > the multipath disk mpatha > sdc > 0000:02:00.0; left: sda"},
	}
	bothLegs := map[string][]string{
		"00:1f.2": {"warn: / > md0 > sda > 0000:00:1f.2; left: nvme0n1"},
		"01:00.0": {"warn: / > md0 > nvme0n1 > 0000:01:00.0; left: sda"},
	}
	runStorage(t, []storageCase{
		{"SCSI, no state", paths().with(state, ""), onPath},
		{"SCSI, a state that cannot be read", paths().with(state, unreadable("state")), onPath},
		{"SCSI, a state that no kernel had", paths().with(state, "unknown\n"), onPath},
		{"SCSI, only just made", paths().with(state, "created\n"), onPath},
		{"SCSI, no command but the driver's own", paths().with(state, "quiesce\n"), onPath},
		{"SCSI, no state of either", paths().with(state, "").with(a+"/device/state", ""), bothPaths},
		{"ALUA, active", paths().with(access, "active/non-optimized\n"), bothPaths},
		{"ALUA, a standby", paths().with(access, "standby\n"), bothPaths},
		{"ALUA, in transition", paths().with(access, "transitioning\n"), onPath},
		{"ALUA, cannot be read", paths().with(access, unreadable("access_state")), onPath},
		{"NVMe, without I/O", mirror().with(nvmeState, "deleting (no IO)\n"), onLeg},
		{"NVMe, only just found", mirror().with(nvmeState, "new\n"), onLeg},
		{"NVMe, a state that the kernel does not know", mirror().with(nvmeState, "unknown state\n"), onLeg},
		{"NVMe, a state that cannot be read", mirror().with(nvmeState, unreadable("state")).with(c+"/device/dev", "246:0\n"), onLeg},
		{"NVMe, being removed", mirror().with(nvmeState, ""), onLeg},
		{"NVMe of an old kernel, no state", mirror().with(nvmeState, "").with(c+"/device/dev", "246:0\n"), bothLegs},
		{"NVMe, a namespace in transition", mirror().with(c+"/ana_state", "change\n"), onLeg},
		{"a partition of a disk that is offline", parts().with(state, "offline\n"),
			of("00:1f.2", "refuse: / > md0 > sda1 > sda > 0000:00:1f.2")},
		{"a head with one path that serves", heads("live", "connecting"), map[string][]string{
			"00:1f.2": {"warn: / > md0 > sda > 0000:00:1f.2; left: nvme3n1"},
			"01:00.0": {"warn: / > md0 > nvme3n1 > nvme3c0n1 > 0000:01:00.0; left: sda"},
		}},
		{"a head without a path that serves", heads("resetting", "connecting"), onLeg},
		{"hidden disks not shown, one controller being removed", hidden,
			of("01:00.0", "refuse: / > nvme3n1p2 > nvme3n1 > nvme0 > 0000:01:00.0")},
		{"a disk that is needed, of no known state", machine{}.block(a, "8:0").block(b, "8:32").dm("0", "vg0-root", "LVM-x", a, b).root("253:0").with(state, ""), map[string][]string{
			"00:1f.2": {"refuse: / > vg0-root > sda > 0000:00:1f.2"},
			"02:00.0": {"refuse: / > vg0-root > sdc > 0000:02:00.0"},
		}},
		{"raid5, two legs of no known state", machine{}.block(a, "8:0").block(b, "8:32").block(c, "259:0").md("raid5", "3", a, "", b, "", c, "").root("9:0").with(state, "").with(nvmeState, ""), map[string][]string{
			"00:1f.2": {"refuse: / > md0 > sda > 0000:00:1f.2"},
			"01:00.0": {"refuse: / > md0 > nvme0n1 > 0000:01:00.0"},
			"02:00.0": {"refuse: / > md0 > sdc > 0000:02:00.0"},
		}},
	})
}
