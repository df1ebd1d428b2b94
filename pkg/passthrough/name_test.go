package passthrough_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// words returns a choice on one line: what was meant by a name, the devices, and which go
// together.
func words(c passthrough.Chosen, err error) string {
	if e := (*passthrough.Error)(nil); errors.As(err, &e) {
		return string(e.Code) + ": " + e.Error()
	}
	var text []string
	for _, m := range c.Meant {
		text = append(text, string(m.By))
		if m.Via != nil {
			text = append(text, "by "+strings.Join(m.Via, ", "))
		}
	}
	text = append(text, fmt.Sprint(c.Devices))
	if c.Together != nil {
		text = append(text, fmt.Sprint("together ", c.Together))
	}
	return strings.Join(text, " ")
}

// TestChooseNames resolves names on captured machines.
func TestChooseNames(t *testing.T) {
	for machine, ids := range map[string]map[string]string{
		"server": {
			"eth1":                 "interface [0000:18:00.1]",
			"3c:fd:fe:15:72:01":    "mac by eth1 [0000:18:00.1]",
			"3C-FD-FE-15-72-01":    "mac by eth1 [0000:18:00.1]",
			"sda":                  "disk [0000:00:17.0]",
			"sda2":                 "disk by sda [0000:00:17.0]",
			"/dev/sda2":            "disk by sda [0000:00:17.0]",
			"nvme1n1p1":            "disk by nvme1n1 [0000:82:00.0]",
			"/sys/class/net/eth1":  "interface [0000:18:00.1]",
			"/sys/block/nvme0n1":   "disk [0000:81:00.0]",
			"/dev/disk/by-id/wwn":  "disk by sda [0000:00:17.0]",
			"/dev/disk/by-id/part": "disk by sda2, sda [0000:00:17.0]",
			"3":                    "physical_slot [0000:18:00.0 0000:18:00.1] together [[0000:18:00.0 0000:18:00.1]]",
			"Onboard LAN 1":        "label [0000:00:17.0]",
			"onboard lan 1":        "label [0000:00:17.0]",
			"Onboard LAN 2":        "ambiguous: Onboard LAN 2: 2 devices have this name, or are below it; name one by its address: 0000:18:00.0 (eth0), 0000:18:00.1 (eth1)",
			"e\x1b[1m":             "interface [0000:18:02.0]",
			"02:00:00:00:00:01":    "mac by e\ufffd[1m [0000:18:02.0]",
			"e\ufffd[1m":           "no_device: e\ufffd[1m: no device has this name; did you mean e\ufffd[1m?",
			"DMA":                  "ambiguous: DMA: 8 devices have this name, or are below it; name one by its address: 0000:00:04.0, 0000:00:04.1, 0000:00:04.2, 0000:00:04.3, 0000:00:04.4 and 3 more",
			"lo":                   "no_device: lo is on no PCI device; 'xenpci list --passthrough' shows the devices and their names",
			"eth9":                 "no_device: eth9: no device has this name; did you mean eth0, eth1, eth2, eth3?",
			"/dev/sdx":             "no_device: /dev/sdx: no device has this name; did you mean sda?",
			"/dev/disk/by-id/gone": "no_device: /dev/disk/by-id/gone: no device has this name; 'xenpci list --passthrough' shows the devices and their names",
			"/dev/disk/by-id/ring": "no_device: /dev/disk/by-id/ring: no device has this name; 'xenpci list --passthrough' shows the devices and their names",
			"/dev/disk/by-id/out":  "no_device: /dev/disk/by-id/out: no device has this name; 'xenpci list --passthrough' shows the devices and their names",
			"/dev/disk/by-path/pci-0000:82:00.0-nvme-1": "no_device: /dev/disk/by-path/pci-0000:82:00.0-nvme-1: no device has this name; did you mean 0000:82:00.0?",
			"/dev/":               "no_device: /dev/: no device has this name; 'xenpci list --passthrough' shows the devices and their names",
			"eth1\n":              "no_device: eth1\ufffd: no device has this name; did you mean eth1?",
			"..":                  "bad_id: \"..\": not a PCI address: it is not [domain:]bus:slot.function",
			"../net/eth1":         "no_device: ../net/eth1: no device has this name; 'xenpci list --passthrough' shows the devices and their names",
			"/sys/class/net/../x": "no_device: /sys/class/net/../x: no device has this name; 'xenpci list --passthrough' shows the devices and their names",
			"":                    "bad_id: \"\": not a PCI address: it is empty",
			"00:17:0":             "bad_id: \"00:17:0\": not a PCI address: no dot and function at its end (bus:slot.function) (did you mean 00:17.0?)",
			"3c:fd:fe:15:72":      "bad_id: \"3c:fd:fe:15:72\": not a PCI address: no dot and function at its end (bus:slot.function)",
			"3c:fd:fe:15:72:99":   "no_device: 3c:fd:fe:15:72:99: no device has this name; 'xenpci list --passthrough' shows the devices and their names",
		},
		"guard-route": {
			"bond0":             "ambiguous: bond0: 2 devices have this name, or are below it; name one by its address: 0000:00:09.0 (eth0), 0000:00:0a.0 (eth1)",
			"xenbr0":            "ambiguous: xenbr0: 2 devices have this name, or are below it; name one by its address: 0000:00:09.0 (eth0), 0000:00:0a.0 (eth1)",
			"nvme1n1":           "ambiguous: nvme1n1: 2 devices have this name, or are below it; name one by its address: 0000:01:00.0 (nvme1n1), 0000:02:00.0 (nvme1n1)",
			"nvme1":             "disk [0000:02:00.0]",
			"02:ef:30:85:83:97": "ambiguous: 02:ef:30:85:83:97: 2 devices have this name, or are below it; name one by its address: 0000:00:09.0 (eth0), 0000:00:0a.0 (eth1)",
			"00:1b:21:00:00:0a": "mac by eth1 [0000:00:0a.0]",
			"0-2":               "bad_id: \"0-2\": not a PCI address: no dot and function at its end (bus:slot.function) (did you mean 00:02?); it is also a name of 0000:02:00.0 (nvme1n1)",
		},
		"guard-networks": {
			"eth2.7":     "interface by eth2 [0000:00:12.0]",
			"mac0":       "interface by eth3 [0000:00:13.0]",
			"team0":      "interface by eth6 [0000:00:16.0]",
			"ovs-system": "ambiguous: ovs-system: 2 devices have this name, or are below it; name one by its address: 0000:00:14.0 (eth4), 0000:00:15.0 (eth5)",
			"ovsbr0":     "ambiguous: ovsbr0: 2 devices have this name, or are below it; name one by its address: 0000:00:14.0 (eth4), 0000:00:15.0 (eth5)",
			"sdc":        "disk [0000:00:0c.0]",
			"sdd":        "no_device: sdd is on no PCI device; 'xenpci list --passthrough' shows the devices and their names",     // of iSCSI
			"nvme2n1":    "no_device: nvme2n1 is on no PCI device; 'xenpci list --passthrough' shows the devices and their names", // of NVMe over TCP
			"nbd0":       "no_device: nbd0 is on no PCI device; 'xenpci list --passthrough' shows the devices and their names",
			"nvme0n1":    "disk [0000:01:00.0]",
		},
		"guard-disks": {
			"dm-0":    "disk by vda [0000:00:06.0]",
			"bcache0": "ambiguous: bcache0: 2 devices have this name, or are below it; name one by its address: 0000:00:08.0 (vdc), 0000:00:1f.2 (sda)",
			"zram0":   "no_device: zram0 is on no PCI device; 'xenpci list --passthrough' shows the devices and their names",
		},
	} {
		t.Run(machine, func(t *testing.T) {
			root := fakekernel.Unpack(t, machine).Root
			if machine == "server" {
				put(t, root, map[string]string{
					"dev/disk/by-id/wwn":                                     "-> ../../sda",
					"dev/disk/by-id/part":                                    "-> ../../sda2",
					"dev/disk/by-id/ring":                                    "-> ring",
					"dev/disk/by-id/out":                                     "-> ../../../sda",
					"sys/devices/pci0000:00/0000:00:17.0/label":              "Onboard LAN 1\n",
					"sys/devices/pci0000:17/0000:17:00.0/0000:18:00.0/label": "Onboard LAN 2\n",
					"sys/devices/pci0000:17/0000:17:00.0/0000:18:00.1/label": "Onboard LAN 2\n",
				})
				const hostile = "sys/devices/pci0000:17/0000:17:00.0/0000:18:02.0/net/e\x1b[1m"
				put(t, root, map[string]string{
					hostile + "/address": "02:00:00:00:00:01\n", hostile + "/device": "-> ../../../0000:18:02.0",
					"sys/class/net/e\x1b[1m": "-> ../../" + strings.TrimPrefix(hostile, "sys/"),
				})
				for function := range 8 {
					put(t, root, map[string]string{fmt.Sprintf("sys/devices/pci0000:00/0000:00:04.%d/label", function): "DMA\n"})
				}
			}
			if machine == "guard-route" {
				put(t, root, map[string]string{"sys/devices/pci0000:00/0000:00:0a.0/net/eth1/bonding_slave/perm_hwaddr": "00:1b:21:00:00:0a\n"})
			}
			host := open(t, root)
			for id, want := range ids {
				if got := words(host.Look().Choose(context.Background(), id)); got != want {
					t.Errorf("%q:\n%s\nwant\n%s", id, got, want)
				}
			}
		})
	}
}

func put(t testing.TB, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if target, link := strings.CutPrefix(content, "-> "); err == nil && link {
			err = os.Symlink(target, name)
		} else if err == nil {
			err = os.WriteFile(name, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzChoose looks for an ID that is not refused, and is taken for something that it does
// not name.
func FuzzChoose(f *testing.F) {
	root := fakekernel.Unpack(f, "server").Root
	put(f, root, map[string]string{
		"dev/disk/by-id/wwn": "-> ../../sda",
		"etc/xenpci/devices.toml": "[[device]]\naddress = \"0000:18:02.0\"\nname = \"00:17.0\"\n" +
			"[[device]]\naddress = \"0000:18:02.1\"\nname = \"lan\"\n",
	})
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		f.Fatal(err)
	}
	for _, id := range []string{"eth0", "00:17.0", "18:00", "lan", "sda2", "/dev/sda", "/dev/disk/by-id/wwn", "3c:fd:fe:15:72:01", "3", "8086:1572", "/sys/class/net/..", "eth0\x00"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		chosen, err := host.Look().Choose(context.Background(), id)
		selector, notSelector := pci.ParseSelector(id)
		switch {
		case err != nil:
			if e := (*passthrough.Error)(nil); !errors.As(err, &e) || chosen.Devices != nil || strings.ContainsAny(e.Error(), "\n\x1b") {
				t.Errorf("%q: %v, %v", id, chosen, err)
			}
		case len(chosen.Devices) == 0:
			t.Errorf("%q: no device and no error", id)
		case notSelector == nil && chosen.Meant != nil:
			t.Errorf("%q is %s, and was taken for a name", id, selector)
		case notSelector != nil && len(chosen.Meant) != 1:
			t.Errorf("%q: nothing says what was meant", id)
		}
	})
}
