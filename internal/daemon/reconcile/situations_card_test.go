package reconcile_test

import (
	"syscall"
	"time"
)

// situationsOfCards are about cards that come, go and are swapped, and about VFs.
func situationsOfCards() []situation {
	return []situation{
		{"1 plugged in, pciback first, slot reserved", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"1 plugged in, its driver first", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("e1000e")
			w.load("xen-pciback")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: e1000e
1.1s 02:00.0 in_dom0
1.1s e1000e/unbind 02:00.0
1.1s pciback/bind 02:00.0
1.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"1 plugged in before pciback is there", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("e1000e")
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 in_dom0
0s pciback/new_slot 02:00.0
0s e1000e/unbind 02:00.0
0s pciback/bind 02:00.0
0s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"1 pulled and plugged in again", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Second)
			w.pull(hot)
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
2.1s 02:00.0 absent
3.1s 02:00.0 arrives: pciback
3.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"1 pulled and plugged in again between two looks", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Second)
			w.pull(hot)
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"2 its driver's module is loaded late: pciback has it", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Second)
			w.load("e1000e")
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"2 its driver's module is loaded late and takes it", "qemu", declareHot, func(w *world) {
			w.port()
			w.plug(wanted())
			w.refuse("*/pciback/bind", syscall.EBUSY)
			w.wait(time.Second)
			w.load("e1000e")
			w.own.Clear()
			w.wait(time.Minute)
		}, `
0s 02:00.0 in_dom0
0s pciback/new_slot 02:00.0
0s pciback/bind 02:00.0: device or resource busy
0s pciback/remove_slot 02:00.0
0s 02:00.0 failed
1s pciback/new_slot 02:00.0
1s pciback/bind 02:00.0: device or resource busy
1s pciback/remove_slot 02:00.0
3s pciback/new_slot 02:00.0
3s e1000e/unbind 02:00.0
3s pciback/bind 02:00.0
3s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"3 another card in its place, pciback first", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(other())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 other_card
1.1s pciback/remove_slot 02:00.0
1.1s pciback/unbind 02:00.0
1.1s pci/drivers_probe 02:00.0
end 02:00.0=e1000e; slots; intents
`},
		{"3 another card in its place, its driver first", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("e1000e")
			w.load("xen-pciback")
			w.wait(time.Second)
			w.plug(other())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 other_card
1.1s pciback/remove_slot 02:00.0
end 02:00.0=e1000e; slots; intents
`},
		{"3 swapped while it was hidden", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Second)
			w.pull(hot)
			w.wait(time.Second)
			w.plug(other())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
2.1s 02:00.0 absent
3.1s 02:00.0 other_card
3.1s pciback/remove_slot 02:00.0
3.1s pciback/unbind 02:00.0
3.1s pci/drivers_probe 02:00.0
end 02:00.0=e1000e; slots; intents
`},
		{"3 swapped for a card that no driver takes, after it came from its driver", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("e1000e")
			w.load("xen-pciback")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(10 * time.Second)
			w.pull(hot)
			w.wait(time.Second)
			w.plug(driverless())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: e1000e
1.1s 02:00.0 in_dom0
1.1s e1000e/unbind 02:00.0
1.1s pciback/bind 02:00.0
1.1s 02:00.0 hidden
11.1s 02:00.0 absent
12.1s 02:00.0 other_card
12.1s pciback/remove_slot 02:00.0
12.1s pciback/unbind 02:00.0
12.1s pci/drivers_probe 02:00.0
end 02:00.0=none; slots; intents
`},
		{"3 swapped while it was hidden, between two looks", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Second)
			w.pull(hot)
			w.plug(other())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
2.1s 02:00.0 other_card
2.1s pciback/remove_slot 02:00.0
2.1s pciback/unbind 02:00.0
2.1s pci/drivers_probe 02:00.0
end 02:00.0=e1000e; slots; intents
`},
		{"3 another card, then the right one", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(other())
			w.wait(time.Second)
			w.pull(hot)
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 other_card
1.1s pciback/remove_slot 02:00.0
1.1s pciback/unbind 02:00.0
1.1s pci/drivers_probe 02:00.0
2.1s 02:00.0 absent
2.1s pciback/new_slot 02:00.0
3.1s 02:00.0 arrives: pciback
3.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"3 another card that somebody hides", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(other())
			w.wait(time.Second)
			w.hide(hot)
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 other_card
1.1s pciback/remove_slot 02:00.0
1.1s pciback/unbind 02:00.0
1.1s pci/drivers_probe 02:00.0
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"3 moved to another address", "qemu", declareSerial, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(numbered())
			w.wait(time.Second)
			w.pull(hot)
			w.wait(time.Second)
			w.plugAt(second, numbered())
			w.wait(time.Minute)
			w.plug(other())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
2.1s 02:00.0 absent
3.1s 03:00.0 arrives: e1000e
3.1s 03:00.0 in_dom0 (declared at 02:00.0)
3.1s warning: moved 02:00.0
3.1s warning: differs 02:00.0
3.1s pciback/remove_slot 02:00.0
3.1s pciback/new_slot 03:00.0
3.1s e1000e/unbind 03:00.0
3.1s pciback/bind 03:00.0
3.1s 03:00.0 hidden (declared at 02:00.0)
end 03:00.0=pciback; slots 03:00.0; intents 03:00.0=hidden
`},
		{"3 moved to another address between two looks", "qemu", declareSerial, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(numbered())
			w.wait(time.Second)
			w.pull(hot)
			w.plugAt(second, numbered())
			w.plug(other())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
2.1s 03:00.0 in_dom0 (declared at 02:00.0)
2.1s warning: moved 02:00.0
2.1s warning: differs 02:00.0
2.1s pciback/remove_slot 02:00.0
2.1s pciback/unbind 02:00.0
2.1s pci/drivers_probe 02:00.0
2.1s pciback/new_slot 03:00.0
2.1s e1000e/unbind 03:00.0
2.1s pciback/bind 03:00.0
2.1s 03:00.0 hidden (declared at 02:00.0)
end 03:00.0=pciback; slots 03:00.0; intents 03:00.0=hidden
`},
		{"3 moved, and a person gave back the card in its old place", "qemu", declareSerial, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(numbered())
			w.wait(time.Second)
			w.pull(hot)
			w.plugAt(second, numbered())
			w.plug(other())
			w.unhide(hot)
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
2.1s 03:00.0 in_dom0 (declared at 02:00.0)
2.1s warning: moved 02:00.0
2.1s warning: differs 02:00.0
2.1s pciback/new_slot 03:00.0
2.1s e1000e/unbind 03:00.0
2.1s pciback/bind 03:00.0
2.1s 03:00.0 hidden (declared at 02:00.0)
end 03:00.0=pciback; slots 03:00.0; intents 02:00.0=given_back 03:00.0=hidden
`},
		{"3 moved while it was hidden, then pulled", "qemu", declareSerial, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plugAt(second, numbered())
			w.wait(time.Second)
			w.pull(second)
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 03:00.0 arrives: e1000e
1.1s 03:00.0 in_dom0 (declared at 02:00.0)
1.1s warning: moved 02:00.0
1.1s warning: differs 02:00.0
1.1s pciback/remove_slot 02:00.0
1.1s pciback/new_slot 03:00.0
1.1s e1000e/unbind 03:00.0
1.1s pciback/bind 03:00.0
1.1s 03:00.0 hidden (declared at 02:00.0)
2.1s 02:00.0 absent
2.1s pciback/new_slot 02:00.0
2.1s pciback/remove_slot 03:00.0
end 02:00.0=(gone); slots 02:00.0; intents 02:00.0=reserved
`},
		{"3 ambiguous", "qemu", declareTwins, func(w *world) {
			w.wait(time.Minute)
		}, `
0s 00:08.0 ambiguous
end 00:08.0=(gone); slots; intents
`},
		{"3 taken off the list before it came", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.list()
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1m0s 02:00.0 absent, no longer declared
1m0s pciback/remove_slot 02:00.0
end; slots; intents
`},
		{"4 absent, and comes", "qemu", declareHot, func(w *world) {
			w.port()
			w.wait(2 * time.Minute)
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
2m0.1s 02:00.0 arrives: pciback
2m0.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"5 a VF is made later, made again, and taken away", "server", declareVF, func(w *world) {
			w.write(pf+"/sriov_numvfs", "0")
			w.wait(time.Second)
			w.write(pf+"/sriov_numvfs", "3")
			w.wait(time.Minute)
			w.unhide(vf)
			w.write(pf+"/sriov_numvfs", "0")
			w.wait(time.Minute)
			w.write(pf+"/sriov_numvfs", "1")
			w.wait(time.Minute)
		}, `
0s 18:02.0 absent
0s pciback/new_slot 18:02.0
1.1s 18:02.0 arrives: iavf
1.1s 18:02.0 in_dom0
1.1s iavf/unbind 18:02.0
1.1s pciback/bind 18:02.0
1.1s 18:02.0 hidden
1m1.1s 18:02.0 absent
1m1.1s pciback/new_slot 18:02.0
2m1.1s 18:02.0 arrives: iavf
2m1.1s 18:02.0 in_dom0
2m1.1s iavf/unbind 18:02.0
2m1.1s pciback/bind 18:02.0
2m1.1s 18:02.0 hidden
end 18:02.0=pciback; slots 18:02.0; intents 18:02.0=hidden
`},
		{"5 VFs are renumbered", "server", declareVF, func(w *world) {
			w.wait(time.Second)
			w.unbind(vf)
			w.write(pf+"/sriov_numvfs", "0")
			w.wait(time.Second)
			must(w.t, w.kernel.Renumber("0000:18:00.0", "0000:18:0a.0", "0000:18:0a.1"))
			w.write(pf+"/sriov_numvfs", "2")
			w.wait(time.Minute)
		}, `
0s 18:02.0 in_dom0
0s pciback/new_slot 18:02.0
0s iavf/unbind 18:02.0
0s pciback/bind 18:02.0
0s 18:02.0 hidden
1.1s 18:02.0 absent
2.1s 18:02.0 ambiguous
end 18:02.0=(gone); slots 18:02.0; intents 18:02.0=reserved
`},
		{"3 another card that cannot be given back", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.wait(time.Second)
			w.refuse("*/pciback/unbind", syscall.EIO)
			w.plug(other())
			w.wait(10 * time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 other_card
1.1s pciback/remove_slot 02:00.0
1.1s pciback/unbind 02:00.0: input/output error
1.1s pciback/new_slot 02:00.0
1.1s warning: move_failed 02:00.0
2.1s pciback/remove_slot 02:00.0
2.1s pciback/unbind 02:00.0: input/output error
2.1s pciback/new_slot 02:00.0
4.1s pciback/remove_slot 02:00.0
4.1s pciback/unbind 02:00.0: input/output error
4.1s pciback/new_slot 02:00.0
8.1s pciback/remove_slot 02:00.0
8.1s pciback/unbind 02:00.0: input/output error
8.1s pciback/new_slot 02:00.0
16.1s pciback/remove_slot 02:00.0
16.1s pciback/unbind 02:00.0: input/output error
16.1s pciback/new_slot 02:00.0
32.1s pciback/remove_slot 02:00.0
32.1s pciback/unbind 02:00.0: input/output error
32.1s pciback/new_slot 02:00.0
1m4.1s pciback/remove_slot 02:00.0
1m4.1s pciback/unbind 02:00.0: input/output error
1m4.1s pciback/new_slot 02:00.0
2m8.1s pciback/remove_slot 02:00.0
2m8.1s pciback/unbind 02:00.0: input/output error
2m8.1s pciback/new_slot 02:00.0
4m16.1s pciback/remove_slot 02:00.0
4m16.1s pciback/unbind 02:00.0: input/output error
4m16.1s pciback/new_slot 02:00.0
8m32.1s pciback/remove_slot 02:00.0
8m32.1s pciback/unbind 02:00.0: input/output error
8m32.1s pciback/new_slot 02:00.0
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=reserved
`},
		{"3 another card that cannot be given back, and a device that is to be hidden", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.wait(time.Second)
			w.refuse("*/pciback/unbind", syscall.EIO)
			w.plug(other())
			w.wait(time.Minute)
			w.list(declareHot, declareNine)
			w.look()
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 other_card
1.1s pciback/remove_slot 02:00.0
1.1s pciback/unbind 02:00.0: input/output error
1.1s pciback/new_slot 02:00.0
1.1s warning: move_failed 02:00.0
2.1s pciback/remove_slot 02:00.0
2.1s pciback/unbind 02:00.0: input/output error
2.1s pciback/new_slot 02:00.0
4.1s pciback/remove_slot 02:00.0
4.1s pciback/unbind 02:00.0: input/output error
4.1s pciback/new_slot 02:00.0
8.1s pciback/remove_slot 02:00.0
8.1s pciback/unbind 02:00.0: input/output error
8.1s pciback/new_slot 02:00.0
16.1s pciback/remove_slot 02:00.0
16.1s pciback/unbind 02:00.0: input/output error
16.1s pciback/new_slot 02:00.0
32.1s pciback/remove_slot 02:00.0
32.1s pciback/unbind 02:00.0: input/output error
32.1s pciback/new_slot 02:00.0
1m1s 00:09.0 in_dom0
1m1s pciback/new_slot 00:09.0
1m1s e1000/unbind 00:09.0
1m1s pciback/bind 00:09.0
1m1s pciback/remove_slot 02:00.0
1m1s pciback/unbind 02:00.0: input/output error
1m1s pciback/new_slot 02:00.0
1m1s 00:09.0 hidden
end 00:09.0=pciback 02:00.0=pciback; slots 00:09.0 02:00.0; intents 00:09.0=hidden 02:00.0=reserved
`},
	}
}
