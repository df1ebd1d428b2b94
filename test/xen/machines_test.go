//go:build xen

package xen

import (
	"slices"
	"time"

	"github.com/xenpci/xenpci/test/xen/image"
	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/setup"
)

// suite is a package's tests as one machine runs them.
type suite struct {
	pkg         string   // folder of the package
	tests       []string // their names
	environment string   // for the shell: "NAME=VALUE"
	before      string   // a command of the shell
}

// boot is a machine, and what is run on it.
type boot struct {
	name        string
	release     image.Release // of the hypervisor and of dom0
	machine     machine.Machine
	kernel      string // more on the line of dom0's kernel
	noToolstack bool
	parts       setup.Parts   // of the image that it has
	longer      time.Duration // than other machines it may run
	suites      []suite
}

// machines are those of make xen-test: boots, and the cheapest host of another Xen; or boots
// alone, with another suite.
func machines() []boot {
	all := slices.Clone(boots)
	other := setup.Chosen()
	if other == (image.Release{}) {
		return append(all, host("trixie", image.Release{Suite: "trixie"}, everything(), "quarantine", "PV guest", "host"))
	}
	for i := range all {
		all[i].release = other
	}
	return all
}

// boots are the machines on which each test runs once.
var boots = []boot{
	{
		name:    "iommu",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: cards()},
		suites: []suite{
			dom0("TestHideGuestUnhide", "TestRawHideGuestUnhide", "TestStaleBackend", "TestWatchGuest"),
			dom0("TestXLAddThenUnhide", "TestXLAddRawUnhideThenUnhide", "TestHideThenXLRemove", "TestXLAddAfterHide", "TestNameForXL", "TestNoQuarantine"),
			dom0("TestRawHideThenUnhide", "TestOverrideThenUnhide", "TestModprobeHideThenUnhide", "TestSlotOnlyThenUnhide",
				"TestHideUnbound", "TestHideTwiceAndUnhideTwice"),
			dom0("TestTwins", "TestVendorAndDevice", "TestAllFunctionsOfASlot", "TestPartOfUSBController", "TestSeveralAtOnce", "TestUnhideForAnotherDriver",
				"TestDryRun", "TestWrongInput", "TestWithoutRoot", "TestTurns", "TestHandover"),
			dom0("TestListAsLspci", "TestListForPassthrough", "TestJSON", "TestDeviceThatWent", "TestHostDmesg", "TestHostInfo", "TestHostServices"),
			{pkg: "internal/xenstore", tests: []string{"TestConformanceReal", "TestConformanceDevice", "TestWatchReal", "TestWatchDevice"}, environment: "XENPCI_XENSTORE_REAL=1"},
			{pkg: "internal/domctl", tests: []string{"TestReal"},
				environment: "XENPCI_DOMCTL_REAL=1 XENPCI_DOMCTL_DEVICE=0000:00:0b.0",
				before:      "echo 0000:00:0b.0 >/sys/bus/pci/drivers/8139cp/unbind"},
		},
	},
	{
		name:    "killed",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: cards()},
		suites:  []suite{dom0("TestKilled")},
	},
	{
		name:    "stuck",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: append(cards(), machine.RootPort("port1", "04.0", 1))},
		parts:   setup.Parts{Stuck: true},
		suites: []suite{
			dom0("TestStuckHide", "TestStuckKilled", "TestStuckPulled", "TestStuckDaemon"),
			dom0("TestRunFull", "TestReadOnlyEtc", "TestClock"),
			dom0("TestStuckXenstored"), // the last, since what Xen's programs have lost then is not restored
		},
	},
	{
		name:    "daemon",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: append(cards(), machine.RootPort("port1", "04.0", 1), machine.RootPort("port2", "05.0", 2))},
		suites: []suite{
			dom0("TestDaemonPlug", "TestDaemonLate", "TestDaemonLeavesAlone", "TestDaemonGuest", "TestDaemonList", "TestDaemonKilled"),
		},
	},
	{
		name:    "daemon-late",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: append(cards(), plugged()...)},
		suites: []suite{
			dom0("TestDaemonVFs", "TestDaemonModule"),
			dom0("TestDaemonXenstored"), // the last, since what Xen's programs have lost then is not restored
		},
	},
	{
		name:    "soak",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: append(cards(), machine.RootPort("port1", "04.0", 1), machine.RootPort("port2", "05.0", 2))},
		suites:  []suite{{pkg: "test/xen/dom0", tests: []string{"TestSoak"}, environment: soakVariables()}},
		longer:  soakTime(),
	},
	{
		name:    "guests",
		machine: machine.Machine{Board: "q35", IOMMU: true, CPU: "+svm,+npt", Xen: "iommu=no-sharept", Devices: cards()},
		parts:   setup.Parts{HVM: true},
		suites: []suite{
			dom0("TestGuestsEnd", "TestCrashedGuestIsKept", "TestDetachAndAttach", "TestSeizedAndPermissive", "TestPVHGuest", "TestHVMGuest"),
		},
	},
	{
		name:    "libvirt",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: append(cards(), apart()...)},
		parts:   setup.Parts{Libvirt: true},
		suites:  []suite{dom0("TestLibvirtManaged", "TestLibvirtReset")},
	},
	{
		name:    "guard",
		machine: machine.Machine{Board: "q35,i8042=off", IOMMU: true, Devices: needed()},
		suites: []suite{
			dom0("TestGuardMachine", "TestGuardDefaultRoute"),
			dom0("TestGuardUnused", "TestGuardRoot", "TestGuardLegThatCameBack", "TestGuardMultipath", "TestGuardSwapAndLoop", "TestGuardForce"),
			dom0("TestMountedElsewhere", "TestUnmountedLazily", "TestCheckSeveral"),
		},
	},
	{
		name:    "chains",
		machine: machine.Machine{Board: "q35", IOMMU: true, Devices: chained()},
		parts:   setup.Parts{Chains: true},
		suites: []suite{
			dom0("TestChainsOfDisks"),
			dom0("TestChainsOfNetworks"),
			dom0("TestChainsOfGuests"),
		},
	},
	{
		name:        "no-xenstored",
		machine:     machine.Machine{Board: "q35", IOMMU: true, Devices: append(cards(), bridged()...)},
		noToolstack: true,
		suites: []suite{
			dom0("TestWithoutXenstored", "TestPcibackNotLoaded", "TestPcibackMissing"),
			dom0("TestListBridgesAsLspci", "TestListForPassthroughWithoutXenstored", "TestListForPassthroughWithoutPciback"),
			{pkg: "internal/xenstore", tests: []string{"TestAbsentReal"}, environment: "XENPCI_XENSTORE_REAL=absent"},
			{pkg: "internal/fakekernel/contract", tests: []string{"TestReal"},
				environment: "XENPCI_CONTRACT_REAL=1 XENPCI_CONTRACT_DEVICES='0000:00:09.0 0000:00:0a.0'"},
		},
	},
	{
		name:        "hotplug",
		machine:     machine.Machine{Board: "q35", IOMMU: true, Devices: plugged()},
		noToolstack: true,
		suites:      []suite{{pkg: "internal/fakekernel/contract", tests: []string{"TestRealPort"}, environment: "XENPCI_CONTRACT_PORT=1"}},
	},
	{
		name:    "no-iommu",
		machine: machine.Machine{Board: "pc", Devices: cards()},
		suites: []suite{
			dom0("TestWithoutIOMMU", "TestWithoutIOMMUXLAddThenUnhide"),
			{pkg: "internal/hypervisor", tests: []string{"TestRealWatchdog"}, environment: "XENPCI_WATCHDOG_REAL=1"},
			{pkg: "internal/domctl", tests: []string{"TestReal"},
				environment: "XENPCI_DOMCTL_REAL=1 XENPCI_DOMCTL_DEVICE=0000:00:01.3 XENPCI_DOMCTL_IOMMU=0"},
		},
	},
}

// cards are the devices of most machines.
func cards() []machine.Device {
	return append(machine.USB("1d"), machine.E1000("09.0"), machine.E1000("0a.0"), machine.RTL8139("0b.0"))
}

// bridged are the other devices that rows of the contract are about: a card
// behind a bridge, and at 00:01.3 a device that no driver knows.
func bridged() []machine.Device {
	return []machine.Device{
		{Model: "pci-bridge,id=behind,chassis_nr=1", Address: "1e.0"},
		{Model: "e1000,bus=behind", Address: "01.0", Network: true},
		{Model: "pvpanic-pci,multifunction=on", Address: "01.0"},
		{Model: "pvpanic-pci,multifunction=on", Address: "01.3"},
	}
}

// needed are devices that dom0 can live on, and their like beside them: drives
// behind root ports, one of which has two ways, a disk, cards, the only keyboard
// and a display.
func needed() []machine.Device {
	return []machine.Device{
		{Model: "VGA,romfile=", Address: "02.0"},
		machine.RootPort("port1", "04.0", 1),
		machine.RootPort("port2", "05.0", 2),
		machine.RootPort("port3", "06.0", 3),
		{Model: "nvme-subsys,id=subsystem,nqn=twice"},
		{Model: "nvme,id=path1,bus=port1,serial=twice,subsys=subsystem", Address: "00.0"},
		{Model: "nvme,id=path2,bus=port2,serial=twice,subsys=subsystem", Address: "00.0"},
		{Model: "nvme-ns,bus=path1,nsid=1,shared=on", Disk: true},
		{Model: "nvme,bus=port3,serial=single", Address: "00.0", Disk: true},
		// Its DMA goes through the IOMMU, as that of a real disk does; a PVH dom0 cannot use it otherwise.
		{Model: "virtio-blk-pci,disable-legacy=on,iommu_platform=on", Address: "07.0", Disk: true},
		machine.E1000("09.0"), machine.E1000("0a.0"), machine.RTL8139("0b.0"),
		{Model: "qemu-xhci,id=typing", Address: "0c.0"},
		{Model: "usb-kbd,bus=typing.0"},
		{Model: "qemu-xhci", Address: "0d.0"},
	}
}

// apart are four ports, and behind the last one, on bus 4, a card that can be reset alone.
func apart() []machine.Device {
	return []machine.Device{
		machine.RootPort("port1", "04.0", 1), machine.RootPort("port2", "05.0", 2),
		machine.RootPort("port3", "06.0", 3), machine.RootPort("port4", "07.0", 4),
		{Model: "e1000e,bus=port4", Address: "00.0", Network: true},
	}
}

// plugged are an empty port, and a drive with VFs.
func plugged() []machine.Device {
	return []machine.Device{
		machine.RootPort("port1", "04.0", 1),
		machine.RootPort("port2", "05.0", 2),
		{Model: "nvme-subsys,id=subsystem,nqn=virtual"},
		{Model: "nvme,bus=port2,serial=PHYS0001,subsys=subsystem,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=7",
			Address: "00.0"},
	}
}

// chained are devices of all kinds that disks and networks are made of, and
// their like beside them.
func chained() []machine.Device {
	return []machine.Device{
		{Model: "bochs-display", Address: "02.0"},
		machine.RootPort("port1", "03.0", 1),
		machine.RootPort("port2", "04.0", 2),
		{Model: "nvme-subsys,id=subsystem,nqn=virtual"},
		{Model: "nvme,id=physical,bus=port1,serial=PHYS0001,subsys=subsystem,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=7",
			Address: "00.0"},
		{Model: "nvme-ns,bus=physical,nsid=1", Disk: true},
		{Model: "nvme,bus=port2,serial=LEG00001", Address: "00.0", Disk: true},
		{Model: "virtio-scsi-pci,id=scsi", Address: "05.0"},
		{Model: "scsi-hd,bus=scsi.0,serial=SCSI0001", Disk: true},
		{Model: "virtio-blk-pci,serial=VIRT0001", Address: "06.0", Disk: true},
		{Model: "virtio-blk-pci,serial=VIRT0002", Address: "07.0", Disk: true},
		{Model: "virtio-blk-pci,serial=VIRT0003", Address: "08.0", Disk: true},
		{Model: "virtio-blk-pci,serial=VIRT0004", Address: "09.0", Disk: true},
		{Model: "virtio-blk-pci,serial=VIRT0005", Address: "0a.0", Disk: true},
		{Model: "virtio-blk-pci,serial=VIRT0006", Address: "1a.0", Disk: true},
		{Model: "qemu-xhci,id=sticks", Address: "0c.0"},
		{Model: "usb-storage,bus=sticks.0,serial=STICK001", Disk: true},
		{Model: "qemu-xhci", Address: "0d.0"},
		{Model: "e1000", Address: "10.0", Wire: 1},
		{Model: "e1000", Address: "11.0", Wire: 1},
		machine.E1000("12.0"), machine.E1000("13.0"), machine.E1000("14.0"), machine.E1000("15.0"),
		machine.E1000("16.0"), machine.RTL8139("17.0"), machine.RTL8139("18.0"),
		{Model: "ide-hd,bus=ide.0,serial=SATA0001", Disk: true},
	}
}

func dom0(tests ...string) suite { return suite{pkg: "test/xen/dom0", tests: tests} }
