package reconcile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/fakekernel/machine"
)

// port makes two root ports with empty slots, for cards at hot and second.
func (w *world) port() {
	w.t.Helper()
	for bus, address := range map[byte]string{2: rootPort, 3: secondPort} {
		port := machine.Device{Address: address, ID: "1b36:000c", Class: 0x060400, Header: 1, Buses: [2]byte{bus, bus}, Driver: "pcieport", Express: true}
		must(w.t, w.kernel.Plug("", port))
	}
}

// plugAt puts a card into the second port.
func (w *world) plugAt(address string, card machine.Device) {
	w.t.Helper()
	card.Address = address
	must(w.t, w.kernel.Plug(secondPort, card))
}

// snatch has another tool take a device from pciback as soon as it sees that.
func (w *world) snatch(address string) {
	w.t.Helper()
	for end := w.now.Add(time.Hour); w.now.Before(end); {
		w.wait(quiet)
		if w.driver(address) == "pciback" {
			w.take(address)
		}
	}
}

// mount mounts a partition at /srv.
func (w *world) mount(number, partition string) {
	w.t.Helper()
	for _, file := range mounts() {
		name := filepath.Join(w.kernel.Root, file)
		before, err := os.ReadFile(name)
		must(w.t, err)
		must(w.t, os.Rename(name, name+".before"))
		w.file(file, string(before)+"90 1 "+number+" / /srv rw,relatime shared:9 - ext4 "+partition+" rw\n")
	}
}

// unmount undoes mount.
func (w *world) unmount() {
	w.t.Helper()
	for _, file := range mounts() {
		name := filepath.Join(w.kernel.Root, file)
		must(w.t, os.Rename(name+".before", name))
	}
}

func mounts() []string { return []string{"/proc/self/mountinfo", "/proc/1/mountinfo"} }

// take has the native driver take a device, with its slot registered.
func (w *world) take(address string) {
	w.t.Helper()
	w.unbind(address)
	w.write(drivers+"e1000/bind", address)
}

// plug puts a card into the port.
func (w *world) plug(card machine.Device) {
	w.t.Helper()
	must(w.t, w.kernel.Plug(rootPort, card))
}

func (w *world) pull(address string) { w.t.Helper(); must(w.t, w.kernel.Pull(address)) }

func (w *world) load(module string) { w.t.Helper(); must(w.t, w.kernel.LoadModule(module)) }

func (w *world) unload(module string) { w.t.Helper(); must(w.t, w.kernel.UnloadModule(module)) }

// refuse makes the daemon's writes to files with that name fail.
func (w *world) refuse(name string, errno syscall.Errno) {
	w.own.Inject(fakekernel.Fault{Name: name, Action: fakekernel.Fail, Errno: errno})
}

const (
	rootPort   = "0000:00:05.0"
	secondPort = "0000:00:06.0"
	second     = "0000:03:00.0"
	vf         = "0000:18:02.0"
	pf         = "/sys/bus/pci/devices/0000:18:00.0"
	hot        = "0000:02:00.0"
	nine       = "0000:00:09.0"
	ten        = "0000:00:0a.0"
)

// wanted is the card that is declared for the port, and other another one.
func wanted() machine.Device {
	return machine.Device{Address: hot, ID: "8086:10d3", Subsystem: "8086:a01f", Class: 0x020000, Driver: "e1000e", Express: true}
}

func other() machine.Device {
	return machine.Device{Address: hot, ID: "8086:10bd", Subsystem: "8086:0001", Class: 0x020000, Driver: "e1000e", Express: true}
}

// driverless is a card for which there is no driver.
func driverless() machine.Device {
	return machine.Device{Address: hot, ID: "1af4:1044", Subsystem: "1af4:1100", Class: 0x00ff00, Express: true}
}

// drive is an NVMe drive with a partition for the port.
func drive() machine.Device { return machine.Drive(hot, "nvme9", "259:8", "nvme9n1p1") }

// numbered is the declared card with a serial number.
func numbered() machine.Device {
	d := wanted()
	d.Serial = 0x0011223344556677
	return d
}

// The declarations.
const (
	declareNine      = "[[device]]\naddress = \"0000:00:09.0\"\nid = \"8086:100e\"\nsubsystem = \"1af4:1100\"\n"
	declareTen       = "[[device]]\naddress = \"0000:00:0a.0\"\nid = \"8086:100e\"\nsubsystem = \"1af4:1100\"\n"
	declareVF        = "[[device]]\naddress = \"0000:18:02.0\"\nid = \"8086:154c\"\nsubsystem = \"8086:0000\"\npath = \"0000:17:00.0/02.0\"\n"
	declareDrive     = "[[device]]\naddress = \"0000:03:00.0\"\nid = \"144d:a824\"\nsubsystem = \"144d:a801\"\n"
	declareFunctions = "[[device]]\naddress = \"0000:00:04.0\"\n[[device]]\naddress = \"0000:00:04.1\"\n[[device]]\naddress = \"0000:00:17.0\"\n"
	declareRoot      = "[[device]]\naddress = \"0000:82:00.0\"\nid = \"144d:a824\"\nsubsystem = \"144d:a801\"\n"
	declareUSB       = "[[device]]\naddress = \"0000:00:1a.0\"\n[[device]]\naddress = \"0000:00:1a.7\"\n"
	// The subsystem is of no card, so both may be it.
	declareTwins  = "[[device]]\naddress = \"0000:00:08.0\"\nid = \"8086:100e\"\nsubsystem = \"1af4:1100\"\n"
	declareSerial = declareHot + "serial = \"00-11-22-33-44-55-66-77\"\n"
	declareHot    = "[[device]]\naddress = \"0000:02:00.0\"\nid = \"8086:10d3\"\nsubsystem = \"8086:a01f\"\npath = \"0000:00:05.0/00.0\"\n"
)
