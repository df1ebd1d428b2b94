package fakekernel_test

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
)

// step is one write and its answer.
type step struct {
	name, value string
	want        syscall.Errno
}

func (s step) run(t *testing.T, h *fakekernel.Host) {
	t.Helper()
	if got := errnoOf(h.Write(s.name, s.value)); got != s.want {
		t.Fatalf("%s <- %q: want %v, got %v", s.name, s.value, s.want, got)
	}
}

func unbindFrom(driver, address string) step { return step{drivers + driver + "/unbind", address, 0} }
func register(address string) step           { return step{newSlot, address, 0} }
func bindTo(driver, address string) step     { return step{drivers + driver + "/bind", address, 0} }

// TestTopology is section 11 of the measured table: bridges, functions of one
// slot, and SR-IOV.
func TestTopology(t *testing.T) {
	const pf, vf, other = "0000:18:00.0", "0000:18:02.0", "0000:18:02.1"
	const numvfs = device + pf + "/sriov_numvfs"
	heldVF := []step{unbindFrom("iavf", vf), register(vf), bindTo("pciback", vf)}
	tests := []struct {
		name, machine string
		do            []step
		drivers       map[string]string
		attributes    map[string]string
	}{
		{"one function of two", "desktop", []step{unbindFrom("nouveau", "0000:01:00.0"), register("01:00.0"), bindTo("pciback", "0000:01:00.0")},
			map[string]string{"0000:01:00.0": "pciback", "0000:01:00.1": "snd_hda_intel"}, nil},
		{"slot of a bridge takes what is behind", "desktop", []step{unbindFrom("nouveau", "0000:01:00.0"), register("00:01.0"),
			bindTo("pciback", "0000:01:00.0")}, map[string]string{"0000:01:00.0": "pciback", "0000:00:01.0": "pcieport"}, nil},
		{"a root port", "desktop", []step{unbindFrom("pcieport", "0000:00:1c.0"), register("00:1c.0"), bindTo("pciback", "0000:00:1c.0")},
			map[string]string{"0000:00:1c.0": "pciback", "0000:02:00.0": "e1000e"}, nil},
		{"a CardBus bridge is refused", "desktop", []step{unbindFrom("yenta_cardbus", "0000:04:01.0"), register("04:01.0"),
			{bindFile, "0000:04:01.0", syscall.ENODEV}}, map[string]string{"0000:04:01.0": ""}, nil},
		{"the host bridge is not protected", "desktop", []step{register("00:00.0"), bindTo("pciback", "0000:00:00.0")},
			map[string]string{"0000:00:00.0": "pciback"}, nil},
		{"the disk of / is not protected", "server", []step{unbindFrom("ahci", "0000:00:17.0")}, map[string]string{"0000:00:17.0": ""}, nil},
		{"wildcard and probe go back to the native driver", "desktop", []step{unbindFrom("uhci_hcd", "0000:00:1d.0"), register("00:1d.*"),
			{"/sys/bus/pci/drivers_probe", "0000:00:1d.0", 0}}, map[string]string{"0000:00:1d.0": "uhci_hcd"}, nil},
		{"domain 10000 has no slots", "laptop", []step{unbindFrom("nvme", "10000:e1:00.0"), {newSlot, "10000:e1:00.0", syscall.EINVAL},
			{bindFile, "10000:e1:00.0", syscall.ENODEV}}, map[string]string{"10000:e1:00.0": ""}, nil},
		{"domain 10000 by override", "laptop", []step{unbindFrom("nvme", "10000:e1:00.0"), {device + "10000:e1:00.0/driver_override", "pciback", 0},
			{"/sys/bus/pci/drivers_probe", "10000:e1:00.0", 0}}, map[string]string{"10000:e1:00.0": "pciback"},
			map[string]string{drivers + "pciback/slots": "10000:e1:00.0\n"}},
		{"a slot of VMD does not reach into its domain", "laptop", []step{unbindFrom("nvme", "10000:e1:00.0"), register("00:0e.0"),
			{bindFile, "10000:e1:00.0", syscall.ENODEV}}, map[string]string{"10000:e1:00.0": ""}, nil},

		{"one VF", "server", heldVF, map[string]string{vf: "pciback", other: "iavf", pf: "i40e"}, nil},
		{"VFs off while one is on pciback", "server", append(heldVF, step{numvfs, "0", syscall.EPERM}),
			map[string]string{vf: "pciback", other: "iavf"}, map[string]string{numvfs: "2\n"}},
		{"PF loses its driver, pciback its VF", "server", append(heldVF, unbindFrom("i40e", pf)),
			map[string]string{pf: "", vf: "", other: "iavf"}, map[string]string{numvfs: "2\n", drivers + "pciback/slots": vf + "\n"}},
		{"PF on pciback with VFs", "server", []step{unbindFrom("i40e", pf), register(pf), bindTo("pciback", pf), {numvfs, "0", syscall.ENOENT},
			{numvfs, "2", 0}}, map[string]string{pf: "pciback", vf: "iavf"}, map[string]string{numvfs: "2\n"}},
		{"PF without a driver", "server", []step{unbindFrom("i40e", pf), {numvfs, "0", syscall.ENOENT}}, map[string]string{pf: ""}, nil},
		{"the same number", "server", []step{{numvfs, "2", 0}}, map[string]string{vf: "iavf"}, nil},
		{"another number while some are on", "server", []step{{numvfs, "4", syscall.EBUSY}}, nil, map[string]string{numvfs: "2\n"}},
		{"more than there are", "server", []step{{numvfs, "5", syscall.ERANGE}}, nil, map[string]string{numvfs: "2\n"}},
		{"no number", "server", []step{{numvfs, "two", syscall.EINVAL}}, nil, map[string]string{numvfs: "2\n"}},
		{"off and on again", "server", []step{{numvfs, "0", 0}, {numvfs, "4", 0}}, map[string]string{vf: "iavf", "0000:18:02.3": "iavf"},
			map[string]string{numvfs: "4\n", device + "0000:18:02.3/subsystem/drivers_autoprobe": "1\n", device + "0000:18:02.3/physfn/vendor": "0x8086\n",
				device + pf + "/virtfn3/device": "0x154c\n"}},
		{"VFs off", "server", []step{{numvfs, "0", 0}}, map[string]string{vf: "(gone)", pf: "i40e"}, map[string]string{numvfs: "0\n"}},
		{"VFs of an NVMe", "server", []step{{device + "0000:82:00.0/sriov_numvfs", "2", 0}},
			map[string]string{"0000:82:00.1": "nvme", "0000:82:00.2": "nvme"}, nil},
		{"PF removed", "server", []step{{device + pf + "/remove", "1", 0}}, map[string]string{pf: "(gone)", vf: "(gone)"}, nil},
		{"PF removed and back", "server", []step{{device + pf + "/remove", "1", 0}, {"/sys/bus/pci/rescan", "1", 0}},
			map[string]string{pf: "i40e", vf: "(gone)"}, map[string]string{numvfs: "0\n"}},
		{"root port removed and back", "server", []step{{device + "0000:80:00.0/remove", "1", 0}, {"/sys/bus/pci/rescan", "1", 0}},
			map[string]string{"0000:80:00.0": "pcieport", "0000:81:00.0": "nvme"}, map[string]string{"/sys/block/nvme0n1/size": "3750748848\n"}},
		{"root port removed", "server", []step{{device + "0000:80:00.0/remove", "1", 0}}, map[string]string{"0000:80:00.0": "(gone)", "0000:81:00.0": "(gone)"},
			nil},

		{"no autoprobe: bind of a VF with a slot", "server", []step{{device + pf + "/sriov_drivers_autoprobe", "0", 0}, unbindFrom("iavf", vf), register(vf),
			{bindFile, vf, syscall.ENODEV}}, map[string]string{vf: ""}, nil},
		{"no autoprobe: bind of a VF with an override", "server", []step{{device + pf + "/sriov_drivers_autoprobe", "0", 0}, unbindFrom("iavf", vf),
			{device + vf + "/driver_override", "pciback", 0}, bindTo("pciback", vf)}, map[string]string{vf: "pciback"}, nil},
		{"autoprobe again", "server", []step{{device + pf + "/sriov_drivers_autoprobe", "0", 0}, unbindFrom("iavf", vf), register(vf),
			{device + pf + "/sriov_drivers_autoprobe", "1", 0}, bindTo("pciback", vf)}, map[string]string{vf: "pciback"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := loaded(t, test.machine)
			for _, s := range test.do {
				s.run(t, h)
			}
			got := map[string]string{}
			for address := range test.drivers {
				got[address] = driverOf(h, address)
				if !h.FS().Exists(device + address) {
					got[address] = "(gone)"
				}
			}
			if diff := cmp.Diff(test.drivers, got); len(test.drivers) > 0 && diff != "" {
				t.Errorf("drivers (-want +got):\n%s", diff)
			}
			for name, want := range test.attributes {
				if got := attribute(t, h, name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestThereAndBack wants every file as it was, once all is undone.
func TestThereAndBack(t *testing.T) {
	tests := []struct {
		name, machine string
		do            []step
	}{
		{"hide and unhide", "sis190", []step{unbindFrom("3c59x", nic), register(nic), bindTo("pciback", nic), unbindFrom("pciback", nic),
			{drivers + "pciback/remove_slot", nic, 0}, {"/sys/bus/pci/drivers_probe", nic, 0}}},
		{"remove and rescan", "desktop", []step{{device + "0000:00:01.0/remove", "1", 0}, {"/sys/bus/pci/rescan", "1", 0}}},
		{"VFs off and on", "server", []step{{device + "0000:18:00.0/sriov_numvfs", "0", 0}, {device + "0000:18:00.0/sriov_numvfs", "2", 0}}},
		{"override and reset", "laptop", []step{{device + "10000:e1:00.0/driver_override", "pciback", 0}, {device + "10000:e1:00.0/driver_override", "\n", 0}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := loaded(t, test.machine)
			before := shown(t, h)
			for _, s := range test.do {
				s.run(t, h)
			}
			if diff := cmp.Diff(before, shown(t, h)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
