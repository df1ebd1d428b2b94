package reconcile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// situationsElsewhere are about the list, and about what surrounds the devices.
func situationsElsewhere() []situation {
	return []situation{
		{"the guard refuses", "server", declareRoot, func(w *world) {
			w.mount("259:5", "/dev/nvme1n1p1")
			w.wait(20 * time.Minute)
			w.unmount()
			w.wait(6 * time.Minute)
		}, `
0s 82:00.0 in_dom0
0s 82:00.0 refused
23m31s pciback/new_slot 82:00.0
23m31s nvme/unbind 82:00.0
23m31s pciback/bind 82:00.0
23m31s 82:00.0 hidden
end 82:00.0=pciback; slots 82:00.0; intents 82:00.0=hidden
`},
		{"on-drift report", "qemu", declareNine, func(w *world) {
			w.daemon.OnDrift = passthrough.DriftReport
			w.wait(time.Minute)
			w.hide(nine)
			w.wait(time.Minute)
			w.unbind(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
1m0.1s 00:09.0 hidden
2m0.1s 00:09.0 in_dom0
end 00:09.0=none; slots 00:09.0; intents 00:09.0=hidden
`},
		{"the list: a device is added and another removed", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.list(declareNine, declareTen)
			w.look()
			w.list(declareTen)
			w.look()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:0a.0 in_dom0
1s pciback/new_slot 00:0a.0
1s e1000/unbind 00:0a.0
1s pciback/bind 00:0a.0
1s 00:0a.0 hidden
1s 00:09.0 hidden, no longer declared
end 00:0a.0=pciback; slots 00:09.0 00:0a.0; intents 00:09.0=hidden 00:0a.0=hidden
`},
		{"the list: a part is broken", "qemu", declareNine, func(w *world) {
			w.list(declareNine, declareTen)
			w.wait(time.Second)
			w.list("[[device]]\naddress = 0000:00:09.0\n", declareTen)
			w.look()
			w.wait(time.Hour)
			w.list(declareNine)
			w.look()
		}, `
0s 00:09.0 in_dom0
0s 00:0a.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s pciback/new_slot 00:0a.0
0s e1000/unbind 00:0a.0
0s pciback/bind 00:0a.0
0s 00:09.0 hidden
0s 00:0a.0 hidden
1s warning: list_invalid
1h0m1s 00:0a.0 hidden, no longer declared
end 00:09.0=pciback; slots 00:09.0 00:0a.0; intents 00:09.0=hidden 00:0a.0=hidden
`},
		{"the list: gone, and there again", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			must(w.t, os.Remove(filepath.Join(w.kernel.Root, passthrough.ListFile)))
			w.look()
			w.wait(time.Minute)
			w.list(declareNine)
			w.look()
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 hidden, no longer declared
1m1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"18 a flood of events", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			for range 100 {
				w.write("/sys/bus/pci/drivers/e1000/unbind", ten)
				w.write("/sys/bus/pci/drivers/e1000/bind", ten)
				w.look()
			}
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"a write of hide hangs", "qemu", declareNine, func(w *world) {
			w.impatient()
			w.own.Inject(fakekernel.Fault{Name: "*/pciback/bind", Write: 1, Action: fakekernel.Hang})
			w.wait(time.Minute)
			w.release()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s 00:09.0 failed
100ms pciback/bind 00:09.0
100ms warning: earlier_completed 00:09.0
100ms 00:09.0 hidden
1m0.2s pciback/bind 00:09.0: device or resource busy
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"a cut list of slots", "qemu", declareNine + declareHot, func(w *world) {
			w.load("xen-pciback")
			w.write("/sys/bus/pci/drivers/pciback/new_slot", "07:*.*")
			w.write("/sys/bus/pci/drivers/pciback/new_slot", "08:*.*")
			w.wait(time.Hour)
			w.xlRemove(nine, "e1000", nil)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s 02:00.0 absent
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s pciback/new_slot 02:00.0
0s 00:09.0 hidden
1h0m0.1s 00:09.0 in_dom0
1h0m1.1s pciback/new_slot 00:09.0
1h0m1.1s e1000/unbind 00:09.0
1h0m1.1s pciback/bind 00:09.0
1h0m1.1s 00:09.0 hidden
end 00:09.0=pciback 02:00.0=(gone); slots: 315; intents 00:09.0=hidden 02:00.0=reserved
`},
		{"a reservation fails", "qemu", declareHot, func(w *world) {
			w.load("xen-pciback")
			w.refuse("*/new_slot", syscall.ENOMEM)
			w.wait(time.Hour)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0: cannot allocate memory
0s warning: failed 02:00.0
1s pciback/new_slot 02:00.0: cannot allocate memory
3s pciback/new_slot 02:00.0: cannot allocate memory
7s pciback/new_slot 02:00.0: cannot allocate memory
15s pciback/new_slot 02:00.0: cannot allocate memory
31s pciback/new_slot 02:00.0: cannot allocate memory
1m3s pciback/new_slot 02:00.0: cannot allocate memory
2m7s pciback/new_slot 02:00.0: cannot allocate memory
4m15s pciback/new_slot 02:00.0: cannot allocate memory
8m31s pciback/new_slot 02:00.0: cannot allocate memory
13m31s pciback/new_slot 02:00.0: cannot allocate memory
18m31s pciback/new_slot 02:00.0: cannot allocate memory
23m31s pciback/new_slot 02:00.0: cannot allocate memory
28m31s pciback/new_slot 02:00.0: cannot allocate memory
33m31s pciback/new_slot 02:00.0: cannot allocate memory
38m31s pciback/new_slot 02:00.0: cannot allocate memory
43m31s pciback/new_slot 02:00.0: cannot allocate memory
48m31s pciback/new_slot 02:00.0: cannot allocate memory
53m31s pciback/new_slot 02:00.0: cannot allocate memory
58m31s pciback/new_slot 02:00.0: cannot allocate memory
end 02:00.0=(gone); slots; intents
`},
		{"xenstored is not there", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.store.Stop()
			w.wait(time.Hour)
			w.unbind(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1h0m1.1s 00:09.0 in_dom0
1h0m2.1s pciback/bind 00:09.0
1h0m2.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"the records cannot be written", "qemu", declareNine, func(w *world) {
			w.file("run/xenpci/intent", "in the way")
			w.wait(time.Second)
			w.wait(time.Hour)
			w.xlRemove(nine, "e1000", nil)
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s warning: intent_unwritten 00:09.0
0s 00:09.0 hidden
0s warning: intent_unwritten 00:09.0
1h0m1.1s 00:09.0 given_back
1h0m1.1s warning: intent_unwritten 00:09.0
end 00:09.0=e1000; slots; intents
`},
		{"USB companions, of which one was lost", "desktop", declareUSB, func(w *world) {
			w.load("xen-pciback")
			w.wait(time.Minute)
		}, `
0s 00:1a.0 in_dom0
0s 00:1a.7 in_dom0
0s pciback/new_slot 00:1a.7
0s ehci-pci/unbind 00:1a.7
0s pciback/bind 00:1a.7
0s pciback/new_slot 00:1a.0
0s uhci_hcd/unbind 00:1a.0
0s pciback/bind 00:1a.0
0s 00:1a.0 hidden
0s 00:1a.7 hidden
end 00:1a.0=pciback 00:1a.7=pciback; slots 00:1a.0 00:1a.7; intents 00:1a.0=hidden 00:1a.7=hidden
`},
		{"xenstored is not there, another card, and a device that is to be hidden", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.wait(time.Second)
			w.store.Stop()
			w.plug(other())
			w.list(declareHot, declareNine)
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 other_card
1.1s 00:09.0 in_dom0
1.1s pciback/new_slot 00:09.0
1.1s e1000/unbind 00:09.0
1.1s pciback/bind 00:09.0
1.1s pciback/remove_slot 02:00.0
1.1s pciback/unbind 02:00.0
1.1s pci/drivers_probe 02:00.0
1.1s 00:09.0 hidden
end 00:09.0=pciback 02:00.0=none; slots 00:09.0; intents 00:09.0=hidden
`},
		{"USB companions that fail at different times", "desktop", declareUSB, func(w *world) {
			w.own.Inject(fakekernel.Fault{Name: "*/pciback/bind", Value: "0000:00:1a.0", Write: 1, Action: fakekernel.Fail, Errno: syscall.EBUSY})
			w.wait(time.Hour)
		}, `
0s 00:1a.0 in_dom0
0s 00:1a.7 in_dom0
0s pciback/new_slot 00:1a.7
0s ehci-pci/unbind 00:1a.7
0s pciback/bind 00:1a.7
0s pciback/new_slot 00:1a.0
0s uhci_hcd/unbind 00:1a.0
0s pciback/bind 00:1a.0: device or resource busy
0s 00:1a.0 failed
0s 00:1a.7 hidden
100ms pciback/bind 00:1a.0
100ms warning: earlier_completed 00:1a.0
100ms 00:1a.0 hidden
end 00:1a.0=pciback 00:1a.7=pciback; slots 00:1a.0 00:1a.7; intents 00:1a.0=hidden 00:1a.7=hidden
`},
		{"swapped while the daemon waits for its turn", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("e1000e")
			w.plug(wanted())
			w.turn(func() { w.pull(hot); w.plug(other()) })
			w.wait(time.Minute)
		}, `
0s 02:00.0 in_dom0
0s 02:00.0 other_card
end 02:00.0=e1000e; slots; intents
`},
		{"several devices, of which one is refused", "server", declareFunctions, func(w *world) {
			w.wait(time.Hour)
		}, `
0s 00:04.0 in_dom0
0s 00:04.1 in_dom0
0s 00:17.0 in_dom0
0s pciback/new_slot 00:04.0
0s ioatdma/unbind 00:04.0
0s pciback/bind 00:04.0
0s pciback/new_slot 00:04.1
0s ioatdma/unbind 00:04.1
0s pciback/bind 00:04.1
0s 00:04.0 hidden
0s 00:04.1 hidden
0s 00:17.0 refused
end 00:04.0=pciback 00:04.1=pciback 00:17.0=ahci; slots 00:04.0 00:04.1; intents 00:04.0=hidden 00:04.1=hidden
`},
		{"a hot-plugged disk that is mounted", "server", declareDrive, func(w *world) {
			w.port()
			w.load("nvme")
			w.wait(time.Second)
			w.plugAt(second, drive())
			w.mount("259:9", "/dev/nvme9n1p1")
			w.wait(time.Hour)
			w.unmount()
			w.wait(10 * time.Minute)
		}, `
0s 03:00.0 ambiguous
1.1s 03:00.0 in_dom0
1.1s 03:00.0 refused
1h3m32.1s pciback/new_slot 03:00.0
1h3m32.1s nvme/unbind 03:00.0
1h3m32.1s pciback/bind 03:00.0
1h3m32.1s 03:00.0 hidden
end 03:00.0=pciback; slots 03:00.0; intents 03:00.0=hidden
`},
	}
}
