//go:build xen

package xenboot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// behind is a card behind a root port of its own: the port at a slot of the
// board's bus, the card on the bus that the firmware gives it. Its MAC address,
// of which QEMU makes its serial number too, goes with the card: by itself QEMU
// gives them out in the order of the cards.
func behind(port, slot string, number int, card bool) []machine.Device {
	devices := []machine.Device{machine.RootPort(port, slot, number)}
	if card {
		devices = append(devices, machine.Device{Model: fmt.Sprintf("e1000e,bus=%s,mac=52:54:00:00:00:%02d", port, number), Address: "00.0", Network: true})
	}
	return devices
}

// board has cards behind ports at 05.0 and 06.0, and one at 04.0 if wanted,
// whose bus comes before theirs.
func board(added, declared bool) machine.Machine {
	var devices []machine.Device
	if added {
		devices = behind("added", "04.0", 3, true)
	}
	devices = append(devices, behind("first", "05.0", 1, declared)...)
	return machine.Machine{Board: "q35", IOMMU: true, Devices: append(devices, behind("second", "06.0", 2, true)...)}
}

// drivers prints who has the cards, by the slot of their ports.
const drivers = `for port in 04.0 05.0 06.0; do
	for card in /sys/bus/pci/devices/0000:00:$port/0000:*; do
		[ -e "$card/class" ] && echo "$port $(basename "$(readlink "$card/driver")")"
	done
done
xenpci verify 2>&1
echo "status $?"
journalctl -b -u 'xenpci*' --no-pager >&2
true`

// TestChanges declares the card behind the first port, and boots when something
// has changed since. Each boot comes up, the right card is hidden or none, and
// verify says what is true.
func TestChanges(t *testing.T) {
	l := fresh(t, root.Debian, board(false, true))
	t.Log(l.run(t, host.Order{Entry: host.Bare, Script: "xenpci hide --boot 01:00.0; test $? = 5 && xenpci verify --next"}))
	list := l.file(t, "/etc/xenpci/devices.toml")
	for _, test := range []struct {
		name    string
		machine machine.Machine
		entry   host.Entry
		list    string // in place of the one that was declared
		before  string // run without Xen, before the boot
		drivers string
		says    string // in verify's words
		status  string
	}{
		{name: "nothing", machine: board(false, true), drivers: "05.0 pciback\n06.0 e1000e\n", says: "in place", status: "0"},
		{name: "a card is added, and bus numbers shift", machine: board(true, true),
			drivers: "04.0 e1000e\n05.0 pciback\n06.0 e1000e\n", says: "now 0000:02:00.0", status: "0"},
		{name: "the card is pulled", machine: board(false, false), drivers: "06.0 e1000e\n", says: "0000:01:00.0: is not there", status: "1"},
		{name: "the list is broken", machine: board(false, true), list: list + "\n[[device]\naddress = \n",
			drivers: "05.0 pciback\n06.0 e1000e\n", says: "/etc/xenpci/devices.toml:", status: "1"},
		{name: "Xen does not run", machine: board(false, true), entry: host.Linux, drivers: "05.0 e1000e\n06.0 e1000e\n", says: "not running Xen", status: "1"},
		{name: "the recovery entry", machine: board(false, true), entry: host.Recovery, drivers: "05.0 e1000e\n06.0 e1000e\n", says: "recovery boot", status: "1"},
		{name: "the disk is full", machine: board(false, true), before: "fallocate -l $(($(stat -f -c '%f * %S' /))) /fill; cat /dev/zero >/fill.too",
			drivers: "05.0 pciback\n06.0 e1000e\n", says: "in place", status: "0"},
		{name: "the list is another one", machine: board(false, true), before: "rm /fill /fill.too; xenpci unhide --boot 01:00.0; xenpci hide --boot 02:00.0",
			drivers: "05.0 e1000e\n06.0 pciback\n", says: "in place", status: "0"},
		{name: "pciback is missing", machine: board(false, true),
			before:  "find /lib/modules -name 'xen-pciback.ko*' -delete; depmod $(ls /lib/modules); update-initramfs -u -k all",
			drivers: "05.0 e1000e\n06.0 e1000e\n", says: "not pciback", status: "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l.Machine = test.machine
			if test.list != "" {
				l.write(t, "/etc/xenpci/devices.toml", test.list)
				defer l.write(t, "/etc/xenpci/devices.toml", list)
			}
			if test.before != "" {
				t.Log(l.run(t, host.Order{Entry: host.Bare, Script: test.before + "; true"}))
			}
			answers := l.run(t, host.Order{Entry: test.entry, Script: drivers})
			t.Log(answers)
			cards, rest, _ := strings.Cut(answers, "DEVICE ")
			_, status, _ := strings.Cut(rest, "\nstatus ")
			status, _, _ = strings.Cut(status, "\n")
			if diff := cmp.Diff([]string{test.drivers, test.status}, []string{cards, status}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(answers, test.says) {
				t.Errorf("verify does not say %q", test.says)
			}
		})
	}
}

// TestShifted has bus numbers shift where the layers go by address: another card
// stands at the declared one's address, and is taken. The service gives it back,
// and takes the right one from its driver.
func TestShifted(t *testing.T) {
	for _, layer := range []string{"kernel-argument", "udev"} {
		t.Run(layer, func(t *testing.T) {
			l := fresh(t, root.Debian, board(false, true))
			t.Log(l.run(t, host.Order{Entry: host.Bare, Script: "xenpci hide --boot 01:00.0; xenpci boot enable --layer " + layer + " && xenpci verify --next"}))
			l.Machine = board(true, true)
			answers := l.run(t, host.Order{Script: "dmesg | grep -o '0000:01:00.0: .*seizing device' | head -n 1\n" + drivers})
			t.Log(answers)
			cards, _, _ := strings.Cut(answers, "DEVICE ")
			want := "0000:01:00.0: xen_pciback: seizing device\n04.0 e1000e\n05.0 pciback\n06.0 e1000e\n"
			if diff := cmp.Diff(want, cards); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(answers, "the layer "+layer+" does not have it") || !strings.Contains(answers, "\nstatus 1\n") {
				t.Error("verify does not say that the layer has another address")
			}
		})
	}
}

// file reads a file of the disk.
func (l lab) file(t *testing.T, name string) string {
	t.Helper()
	content, err := l.Read(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// write puts a file onto the disk.
func (l lab) write(t *testing.T, name, content string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := l.Put(t.Context(), map[string]string{name: file}); err != nil {
		t.Fatal(err)
	}
}
