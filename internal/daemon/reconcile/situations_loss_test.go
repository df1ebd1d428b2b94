package reconcile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/internal/fakekernel"
)

// situationsOfLoss are about devices that are lost, and about what fails.
func situationsOfLoss() []situation {
	return []situation{
		{"6 unbound by somebody", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unbind(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"6 its driver takes it three times", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			for range 4 {
				w.take(nine)
				w.wait(time.Minute)
			}
			w.daemon.Reload()
			w.look()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s e1000/unbind 00:09.0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
1m1.1s 00:09.0 in_dom0
1m3.1s e1000/unbind 00:09.0
1m3.1s pciback/bind 00:09.0
1m3.1s 00:09.0 hidden
2m1.1s 00:09.0 contested
4m1s 00:09.0 in_dom0
4m1s e1000/unbind 00:09.0
4m1s pciback/bind 00:09.0
4m1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"6 contested, and then somebody hides it", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			for range 3 {
				w.take(nine)
				w.wait(time.Minute)
			}
			w.hide(nine)
			w.wait(time.Minute)
			w.take(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s e1000/unbind 00:09.0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
1m1.1s 00:09.0 in_dom0
1m3.1s e1000/unbind 00:09.0
1m3.1s pciback/bind 00:09.0
1m3.1s 00:09.0 hidden
2m1.1s 00:09.0 contested
3m1.1s 00:09.0 hidden
4m1.1s 00:09.0 in_dom0
4m2.1s e1000/unbind 00:09.0
4m2.1s pciback/bind 00:09.0
4m2.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"6 contested, and then its driver lets it go", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			for range 3 {
				w.take(nine)
				w.wait(time.Minute)
			}
			w.unbind(nine)
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s e1000/unbind 00:09.0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
1m1.1s 00:09.0 in_dom0
1m3.1s e1000/unbind 00:09.0
1m3.1s pciback/bind 00:09.0
1m3.1s 00:09.0 hidden
2m1.1s 00:09.0 contested
end 00:09.0=none; slots 00:09.0; intents 00:09.0=hidden
`},
		{"6 taken at once, each time", "qemu", declareNine, func(w *world) {
			w.snatch(nine)
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
200ms 00:09.0 in_dom0
1.2s e1000/unbind 00:09.0
1.2s pciback/bind 00:09.0
1.2s 00:09.0 hidden
1.3s 00:09.0 in_dom0
3.3s e1000/unbind 00:09.0
3.3s pciback/bind 00:09.0
3.3s 00:09.0 hidden
3.4s 00:09.0 contested
end 00:09.0=e1000; slots 00:09.0; intents 00:09.0=hidden
`},
		{"7 restarted", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.restart()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"7 hidden at boot", "qemu", declareNine, func(w *world) {
			w.hide(nine)

			w.wait(time.Minute)
		}, `
0s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"7 lost while the daemon was away", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.take(nine)
			w.restart()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 in_dom0
1s e1000/unbind 00:09.0
1s pciback/bind 00:09.0
1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"7 given back by xl while the daemon was away", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.xlRemove(nine, "e1000", nil)
			w.restart()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 given_back
end 00:09.0=e1000; slots; intents 00:09.0=given_back
`},
		{"8 bind answers EBUSY at random", "qemu", declareNine, func(w *world) {
			w.own.Inject(fakekernel.Fault{Name: "*/pciback/bind", Write: 1, Action: fakekernel.Fail, Errno: syscall.EBUSY},
				fakekernel.Fault{Name: "*/pciback/bind", Write: 2, Action: fakekernel.Fail, Errno: syscall.EBUSY})
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0: device or resource busy
0s pciback/remove_slot 00:09.0
0s e1000/bind 00:09.0
0s 00:09.0 failed
1s pciback/new_slot 00:09.0
1s e1000/unbind 00:09.0
1s pciback/bind 00:09.0: device or resource busy
1s pciback/remove_slot 00:09.0
1s e1000/bind 00:09.0
3s pciback/new_slot 00:09.0
3s e1000/unbind 00:09.0
3s pciback/bind 00:09.0
3s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"8 bind answers EBUSY for an hour", "qemu", declareNine, func(w *world) {
			w.refuse("*/pciback/bind", syscall.EBUSY)
			w.wait(20 * time.Minute)
			w.own.Clear()
			w.wait(6 * time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0: device or resource busy
0s pciback/remove_slot 00:09.0
0s e1000/bind 00:09.0
0s 00:09.0 failed
1s pciback/new_slot 00:09.0
1s e1000/unbind 00:09.0
1s pciback/bind 00:09.0: device or resource busy
1s pciback/remove_slot 00:09.0
1s e1000/bind 00:09.0
3s pciback/new_slot 00:09.0
3s e1000/unbind 00:09.0
3s pciback/bind 00:09.0: device or resource busy
3s pciback/remove_slot 00:09.0
3s e1000/bind 00:09.0
7s pciback/new_slot 00:09.0
7s e1000/unbind 00:09.0
7s pciback/bind 00:09.0: device or resource busy
7s pciback/remove_slot 00:09.0
7s e1000/bind 00:09.0
15s pciback/new_slot 00:09.0
15s e1000/unbind 00:09.0
15s pciback/bind 00:09.0: device or resource busy
15s pciback/remove_slot 00:09.0
15s e1000/bind 00:09.0
31s pciback/new_slot 00:09.0
31s e1000/unbind 00:09.0
31s pciback/bind 00:09.0: device or resource busy
31s pciback/remove_slot 00:09.0
31s e1000/bind 00:09.0
1m3s pciback/new_slot 00:09.0
1m3s e1000/unbind 00:09.0
1m3s pciback/bind 00:09.0: device or resource busy
1m3s pciback/remove_slot 00:09.0
1m3s e1000/bind 00:09.0
2m7s pciback/new_slot 00:09.0
2m7s e1000/unbind 00:09.0
2m7s pciback/bind 00:09.0: device or resource busy
2m7s pciback/remove_slot 00:09.0
2m7s e1000/bind 00:09.0
4m15s pciback/new_slot 00:09.0
4m15s e1000/unbind 00:09.0
4m15s pciback/bind 00:09.0: device or resource busy
4m15s pciback/remove_slot 00:09.0
4m15s e1000/bind 00:09.0
8m31s pciback/new_slot 00:09.0
8m31s e1000/unbind 00:09.0
8m31s pciback/bind 00:09.0: device or resource busy
8m31s pciback/remove_slot 00:09.0
8m31s e1000/bind 00:09.0
13m31s pciback/new_slot 00:09.0
13m31s e1000/unbind 00:09.0
13m31s pciback/bind 00:09.0: device or resource busy
13m31s pciback/remove_slot 00:09.0
13m31s e1000/bind 00:09.0
18m31s pciback/new_slot 00:09.0
18m31s e1000/unbind 00:09.0
18m31s pciback/bind 00:09.0: device or resource busy
18m31s pciback/remove_slot 00:09.0
18m31s e1000/bind 00:09.0
23m31s pciback/new_slot 00:09.0
23m31s e1000/unbind 00:09.0
23m31s pciback/bind 00:09.0
23m31s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"9 pciback cannot be loaded", "qemu", declareNine, func(w *world) {
			must(w.t, w.kernel.LeaveOut())
			w.wait(5 * time.Minute)
		}, `
0s 00:09.0 in_dom0
0s 00:09.0 failed
end 00:09.0=e1000; slots; intents
`},
		{"9 pciback cannot be loaded, and an absent device", "qemu", declareHot, func(w *world) {
			must(w.t, w.kernel.LeaveOut())
			w.port()
			w.wait(5 * time.Minute)
		}, `
0s 02:00.0 absent
0s warning: no_pciback
end 02:00.0=(gone); slots; intents
`},
		{"9 pciback is unloaded", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unload("xen-pciback")
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s pciback/new_slot 00:09.0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"9 pciback is unloaded, and bind fails at first", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.own.Inject(fakekernel.Fault{Name: "*/pciback/bind", Write: 1, Action: fakekernel.Fail, Errno: syscall.EBUSY})
			w.unload("xen-pciback")
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s pciback/new_slot 00:09.0
2.1s pciback/bind 00:09.0: device or resource busy
2.1s pciback/remove_slot 00:09.0
2.1s 00:09.0 failed
3.1s pciback/new_slot 00:09.0
3.1s pciback/bind 00:09.0
3.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"9 pciback is unloaded and loaded again between two looks", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unload("xen-pciback")
			w.load("e1000")
			w.load("xen-pciback")
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s pciback/new_slot 00:09.0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"9 pciback is unloaded and loaded again while no daemon runs", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.unload("xen-pciback")
			w.load("e1000")
			w.load("xen-pciback")
			w.restart()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 in_dom0
1s pciback/new_slot 00:09.0
1s pciback/bind 00:09.0
1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"11 started twice", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			w.restart()
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"9 pciback is unloaded, and somebody loads it again", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			must(w.t, os.Rename(filepath.Join(w.kernel.Root, "lib/modules"), filepath.Join(w.kernel.Root, "lib/away")))
			w.unload("xen-pciback")
			w.wait(time.Minute)
			must(w.t, os.Rename(filepath.Join(w.kernel.Root, "lib/away"), filepath.Join(w.kernel.Root, "lib/modules")))
			w.load("xen-pciback")
			w.wait(5 * time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s 00:09.0 failed
1m5.1s pciback/new_slot 00:09.0
1m5.1s pciback/bind 00:09.0
1m5.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"6 lost now and then", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			for range 5 {
				w.take(nine)
				w.wait(11 * time.Minute)
			}
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s e1000/unbind 00:09.0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
11m1.1s 00:09.0 in_dom0
11m2.1s e1000/unbind 00:09.0
11m2.1s pciback/bind 00:09.0
11m2.1s 00:09.0 hidden
22m1.1s 00:09.0 in_dom0
22m2.1s e1000/unbind 00:09.0
22m2.1s pciback/bind 00:09.0
22m2.1s 00:09.0 hidden
33m1.1s 00:09.0 in_dom0
33m2.1s e1000/unbind 00:09.0
33m2.1s pciback/bind 00:09.0
33m2.1s 00:09.0 hidden
44m1.1s 00:09.0 in_dom0
44m2.1s e1000/unbind 00:09.0
44m2.1s pciback/bind 00:09.0
44m2.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"6 unbound three times, by nobody known", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			for range 3 {
				w.unbind(nine)
				w.wait(time.Minute)
			}
			w.wait(time.Hour)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
1m1.1s 00:09.0 in_dom0
1m3.1s pciback/bind 00:09.0
1m3.1s 00:09.0 hidden
2m1.1s 00:09.0 contested
end 00:09.0=none; slots 00:09.0; intents 00:09.0=hidden
`},
		{"6 contested, and the daemon is restarted", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			for range 3 {
				w.take(nine)
				w.wait(time.Minute)
			}
			w.restart()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s e1000/unbind 00:09.0
2.1s pciback/bind 00:09.0
2.1s 00:09.0 hidden
1m1.1s 00:09.0 in_dom0
1m3.1s e1000/unbind 00:09.0
1m3.1s pciback/bind 00:09.0
1m3.1s 00:09.0 hidden
2m1.1s 00:09.0 contested
3m1s 00:09.0 in_dom0
3m1s e1000/unbind 00:09.0
3m1s pciback/bind 00:09.0
3m1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
	}
}
