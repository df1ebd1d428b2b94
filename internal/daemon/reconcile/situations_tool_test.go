package reconcile_test

import (
	"time"
)

// situationsOfTools are about guests, people, xl and libvirt.
func situationsOfTools() []situation {
	return []situation{
		{"10 a guest starts and ends", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.guest(3, "router", nine)
			w.wait(time.Hour)
			w.endGuest(3, nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1m0.1s 00:09.0 assigned by guest router (domain 3)
1h1m0.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"10 the daemon starts while a guest has it", "qemu", declareNine, func(w *world) {
			w.hide(nine)
			w.guest(3, "router", nine)
			w.wait(time.Hour)
		}, `
0s 00:09.0 assigned by guest router (domain 3)
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"10 a guest's device is unbound by force", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.guest(3, "router", nine)
			w.wait(time.Minute)
			w.take(nine)
			w.wait(time.Hour)
			w.endGuest(3, nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1m0.1s 00:09.0 assigned by guest router (domain 3)
1m1.1s 00:09.0 in_dom0 by guest router (domain 3)
1h1m1.1s 00:09.0 in_dom0
1h1m1.1s e1000/unbind 00:09.0
1h1m1.1s pciback/bind 00:09.0
1h1m1.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"13 libvirt, managed, takes what was given back", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unhide(nine)
			w.wait(time.Minute)
			w.libvirtTake(nine)
			w.guest(3, "router", nine)
			w.wait(time.Hour)
			w.endGuest(3, nine)
			w.libvirtGive(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 given_back
1m1.1s 00:09.0 assigned by guest router (domain 3)
1h1m1.1s 00:09.0 given_back
end 00:09.0=e1000; slots 00:09.0; intents 00:09.0=given_back
`},
		{"13 older libvirt, managed", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.guest(3, "router", nine)
			w.wait(time.Hour)
			w.endGuest(3, nine)
			w.xlRemove(nine, "", nil)
			w.write("/sys/bus/pci/drivers_probe", nine)
			w.wait(time.Minute)
			w.xlAdd(nine)
			w.guest(4, "router", nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1m0.1s 00:09.0 assigned by guest router (domain 3)
1h0m1.1s 00:09.0 given_back
1h1m1.1s 00:09.0 assigned by guest router (domain 4)
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"14 xl pci-assignable-remove", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.xlRemove(nine, "", nil)
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 given_back
end 00:09.0=none; slots; intents 00:09.0=given_back
`},
		{"14 xl pci-assignable-remove -r", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.xlRemove(nine, "e1000", nil)
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 given_back
end 00:09.0=e1000; slots; intents 00:09.0=given_back
`},
		{"14 the daemon looks in the middle of it", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.xlRemove(nine, "e1000", w.look)
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 in_dom0
1.1s 00:09.0 given_back
end 00:09.0=e1000; slots; intents 00:09.0=given_back
`},
		{"14 given back, and xl takes it again", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.xlRemove(nine, "e1000", nil)
			w.wait(time.Minute)
			w.xlAdd(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 given_back
1m1.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"14 given back, and reloaded", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.xlRemove(nine, "e1000", nil)
			w.wait(time.Minute)
			w.daemon.Reload()
			w.look()
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 given_back
1m1s 00:09.0 in_dom0
1m1s pciback/new_slot 00:09.0
1m1s e1000/unbind 00:09.0
1m1s pciback/bind 00:09.0
1m1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"14 given back, declared again, and reloaded before the list is read", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unhide(nine)
			w.list()
			w.wait(time.Minute)
			w.list(declareNine)
			w.daemon.Reload()
			w.look()
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 hidden, no longer declared
1m1s 00:09.0 in_dom0
1m1s pciback/new_slot 00:09.0
1m1s e1000/unbind 00:09.0
1m1s pciback/bind 00:09.0
1m1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"14 xenpci unhide, and hide", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unhide(nine)
			w.wait(time.Hour)
			w.hide(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 given_back
1h0m1.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"14 the daemon looks between the steps of unhide", "qemu", declareNine, func(w *world) {
			w.impatient()
			w.wait(time.Second)
			w.step = func(_, _ string) { w.look() }
			w.unhide(nine)
			w.step = nil
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 given_back
end 00:09.0=e1000; slots; intents 00:09.0=given_back
`},
		{"14 the steps of unhide are slow", "qemu", declareNine, func(w *world) {
			w.impatient()
			w.wait(time.Second)
			w.step = func(_, _ string) { w.now = w.now.Add(time.Second); w.look() }
			w.unhide(nine)
			w.step = nil
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
4s 00:09.0 given_back
end 00:09.0=e1000; slots; intents 00:09.0=given_back
`},
		{"14 given back, and pulled", "qemu", declareHot, func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Second)
			w.unhide(hot)
			w.wait(time.Minute)
			w.pull(hot)
			w.wait(time.Second)
			w.plug(wanted())
			w.wait(time.Minute)
		}, `
0s 02:00.0 absent
0s pciback/new_slot 02:00.0
1.1s 02:00.0 arrives: pciback
1.1s 02:00.0 hidden
2.1s 02:00.0 given_back
1m2.1s 02:00.0 absent
1m2.1s pciback/new_slot 02:00.0
1m3.1s 02:00.0 arrives: pciback
1m3.1s 02:00.0 hidden
end 02:00.0=pciback; slots 02:00.0; intents 02:00.0=hidden
`},
		{"14 given back by xl, taken again, and then lost", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.xlRemove(nine, "e1000", nil)
			w.wait(time.Minute)
			w.xlAdd(nine)
			w.wait(time.Minute)
			w.take(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 given_back
1m1.1s 00:09.0 hidden
2m1.1s 00:09.0 in_dom0
2m2.1s e1000/unbind 00:09.0
2m2.1s pciback/bind 00:09.0
2m2.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"13 libvirt, managed, finds it hidden", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.guest(3, "router", nine)
			w.wait(time.Hour)
			w.endGuest(3, nine)
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1m0.1s 00:09.0 assigned by guest router (domain 3)
1h1m0.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"given back, and the daemon is restarted", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unhide(nine)
			w.restart()
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 given_back
end 00:09.0=e1000; slots; intents 00:09.0=given_back
`},
		{"14 xl takes it between the daemon's steps", "qemu", declareNine, func(w *world) {
			w.load("xen-pciback")
			w.between = func() { w.xlAdd(nine) }
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0: no such device
0s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
	}
}
