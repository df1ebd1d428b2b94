package reconcile_test

import (
	"os"
	"path/filepath"
	"time"
)

// unreadable has a file of sysfs not be readable, until the returned function is called.
func (w *world) unreadable(name string) (restore func()) {
	w.t.Helper()
	name = filepath.Join(w.kernel.Root, name)
	must(w.t, os.Rename(name, name+".away"))
	must(w.t, os.Mkdir(name, 0o755))
	return func() {
		w.t.Helper()
		must(w.t, os.Remove(name))
		must(w.t, os.Rename(name+".away", name))
	}
}

// situationsUnread are about what cannot be read for a while: nobody has given a device back
// because of that.
func situationsUnread() []situation {
	return []situation{
		{"unbound by somebody, and the slots cannot be read", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			restore := w.unreadable(drivers + "pciback/slots")
			w.unbind(nine)
			w.wait(2 * time.Second)
			restore()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s warning: slots_unknown
1.1s 00:09.0 in_dom0
2.1s 00:09.0 failed
3.1s pciback/bind 00:09.0
3.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"given back, and the slots cannot be read", "qemu", declareNine, func(w *world) {
			w.wait(time.Second)
			restore := w.unreadable(drivers + "pciback/slots")
			w.unbind(nine)
			w.wait(2 * time.Second)
			restore()
			w.write(drivers+"pciback/remove_slot", nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
0s pciback/new_slot 00:09.0
0s e1000/unbind 00:09.0
0s pciback/bind 00:09.0
0s 00:09.0 hidden
1.1s warning: slots_unknown
1.1s 00:09.0 in_dom0
2.1s 00:09.0 failed
3.1s 00:09.0 given_back
end 00:09.0=none; slots; intents 00:09.0=given_back
`},
		{"taken from libvirt's device, and its override cannot be read", "qemu", declareNine, func(w *world) {
			w.libvirtTake(nine)
			w.wait(time.Second)
			restore := w.unreadable(devices + nine + "/driver_override")
			w.unbind(nine)
			w.wait(2 * time.Second)
			restore()
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
100ms 00:09.0 hidden
1.1s 00:09.0 in_dom0
2.1s 00:09.0 failed
3.1s pciback/bind 00:09.0
3.1s 00:09.0 hidden
end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden
`},
		{"libvirt gives it back after its override could not be read", "qemu", declareNine, func(w *world) {
			w.libvirtTake(nine)
			w.wait(time.Second)
			restore := w.unreadable(devices + nine + "/driver_override")
			w.look()
			restore()
			w.libvirtGive(nine)
			w.wait(time.Minute)
		}, `
0s 00:09.0 in_dom0
100ms 00:09.0 hidden
1.1s 00:09.0 given_back
end 00:09.0=e1000; slots 00:09.0; intents 00:09.0=given_back
`},
	}
}
