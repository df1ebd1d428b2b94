package console

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Blocks of /proc/bus/input/devices as Linux prints them.
const (
	powerButton = `I: Bus=0019 Vendor=0000 Product=0001 Version=0000
N: Name="Power Button"
P: Phys=LNXPWRBN/button/input0
S: Sysfs=/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0
U: Uniq=
H: Handlers=kbd event0 
B: PROP=0
B: EV=3
B: KEY=10000000000000 0

`
	atKeyboard = `I: Bus=0011 Vendor=0001 Product=0001 Version=ab41
N: Name="AT Translated Set 2 keyboard"
P: Phys=isa0060/serio0/input0
S: Sysfs=/devices/platform/i8042/serio0/input/input1
U: Uniq=
H: Handlers=sysrq kbd event1 leds 
B: PROP=0
B: EV=120013
B: KEY=402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe
B: MSC=10
B: LED=7

`
	usbKeyboard = `I: Bus=0003 Vendor=046d Product=c31c Version=0110
N: Name="Logitech USB Keyboard"
P: Phys=usb-0000:00:14.0-3/input0
S: Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/0003:046D:C31C.0001/input/input5
U: Uniq=
H: Handlers=sysrq kbd event3 leds 
B: PROP=0
B: EV=120013
B: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe
B: MSC=10
B: LED=7

I: Bus=0003 Vendor=046d Product=c31c Version=0110
N: Name="Logitech USB Keyboard Consumer Control"
P: Phys=usb-0000:00:14.0-3/input1
S: Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.1/0003:046D:C31C.0002/input/input6
U: Uniq=
H: Handlers=kbd event4 
B: PROP=0
B: EV=1f
B: KEY=3f0003007f 0 0 483ffff17aff32d bf54444600000000 1 130ff38b17c007 ffe77bfad941dfff febeffdfffefffff 0
B: REL=40
B: ABS=100000000
B: MSC=10

`
	secondKeyboard = `I: Bus=0003 Vendor=046b Product=ff10 Version=0100
N: Name="American Megatrends Inc. Virtual Keyboard and Mouse"
P: Phys=usb-0000:03:00.0-1.4/input0
S: Sysfs=/devices/pci0000:00/0000:00:1c.0/0000:03:00.0/usb2/2-1/2-1.4/2-1.4:1.0/0003:046B:FF10.0001/input/input2
U: Uniq=
H: Handlers=sysrq kbd event2 leds 
B: PROP=0
B: EV=120013
B: KEY=e080ffdf01cfffff fffffffffffffffe
B: MSC=10
B: LED=1f

`
	// Of a 32-bit kernel.
	narrowKeyboard = `I: Bus=0011 Vendor=0001 Product=0001 Version=ab54
N: Name="AT Translated Set 2 keyboard"
P: Phys=isa0060/serio0/input0
S: Sysfs=/devices/platform/i8042/serio0/input/input3
U: Uniq=
H: Handlers=sysrq kbd event3 
B: PROP=0
B: EV=120013
B: KEY=4 2000000 3803078 f800d001 feffffdf ffefffff ffffffff fffffffe
B: MSC=10
B: LED=7

`
	bluetoothKeyboard = `I: Bus=0005 Vendor=17ef Product=6167 Version=0034
N: Name="G3 Mouse Keyboard"
P: Phys=28:2e:89:11:9c:11
S: Sysfs=/devices/virtual/misc/uhid/0005:17EF:6167.0034/input/input117
U: Uniq=ff:29:02:10:05:42
H: Handlers=sysrq kbd event13 
B: PROP=0
B: EV=10001f
B: KEY=3f00733fff 0 0 483ffff17aff32d bfd4444600000000 1 130ff38b17d007 ffff7bfad9415fff ffbeffdfffefffff fffffffffffffffe
B: REL=1040
B: ABS=100000000
B: MSC=10

`
)

func TestKeyboards(t *testing.T) {
	bridge := graphtest.Address(t, "00:1c.0")
	devices := []pci.Device{
		{Address: graphtest.Address(t, "00:14.0")}, {Address: bridge},
		{Address: graphtest.Address(t, "03:00.0"), Parent: &bridge, Above: []pci.Address{bridge}},
	}
	const two = "typing > 2 keyboards > Logitech USB Keyboard > 0000:00:14.0; left: "
	for _, test := range []struct {
		name  string
		files map[string]string
		want  map[string][]string
	}{
		{"one", map[string]string{"/proc/bus/input/devices": powerButton + usbKeyboard}, map[string][]string{
			"00:14.0": {"refuse: the only keyboard (Logitech USB Keyboard) > 0000:00:14.0"},
		}},
		{"one and i8042", map[string]string{"/proc/bus/input/devices": atKeyboard + usbKeyboard}, map[string][]string{
			"00:14.0": {"warn: " + two + "AT Translated Set 2 keyboard"},
		}},
		{"one and i8042 of 32 bits", map[string]string{"/proc/bus/input/devices": narrowKeyboard + usbKeyboard}, map[string][]string{
			"00:14.0": {"warn: " + two + "AT Translated Set 2 keyboard"},
		}},
		{"two", map[string]string{"/proc/bus/input/devices": usbKeyboard + secondKeyboard}, map[string][]string{
			"00:14.0": {"warn: " + two + "American Megatrends Inc. Virtual Keyboard and Mouse"},
			"00:1c.0": {"warn: typing > 2 keyboards > American Megatrends Inc. Virtual Keyboard and Mouse > 0000:03:00.0 > 0000:00:1c.0; left: Logitech USB Keyboard"},
			"03:00.0": {"warn: typing > 2 keyboards > American Megatrends Inc. Virtual Keyboard and Mouse > 0000:03:00.0; left: Logitech USB Keyboard"},
		}},
		{"one and Bluetooth", map[string]string{"/proc/bus/input/devices": usbKeyboard + bluetoothKeyboard}, map[string][]string{
			"00:14.0": {"refuse: the only keyboard (Logitech USB Keyboard) > 0000:00:14.0"},
		}},
		{"i8042 alone", map[string]string{"/proc/bus/input/devices": atKeyboard}, nil},
		{"none", map[string]string{"/proc/bus/input/devices": powerButton}, nil},
		{"no input devices in this kernel", map[string]string{"/proc/cmdline": "quiet\n"}, nil},
		{"no /proc", nil, map[string][]string{
			"00:14.0": {"refuse: keyboard_unknown"},
			"00:1c.0": {"refuse: keyboard_unknown"},
			"03:00.0": {"refuse: keyboard_unknown"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == nil {
				test.want = map[string][]string{}
			}
			if diff := cmp.Diff(test.want, graphtest.All(look(t, (*scan).keyboards, devices, test.files), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The last of two keyboards is refused, and both at once.
func TestLastKeyboard(t *testing.T) {
	usb, bmc := graphtest.Address(t, "00:14.0"), graphtest.Address(t, "03:00.0")
	devices := []pci.Device{{Address: usb}, {Address: bmc}}
	g := look(t, (*scan).keyboards, devices, map[string]string{"/proc/bus/input/devices": usbKeyboard + secondKeyboard})
	want := []string{"refuse: typing > 2 keyboards > Logitech USB Keyboard > 0000:00:14.0"}
	if diff := cmp.Diff(want, graphtest.Facts(g.Findings(usb, bmc))); diff != "" {
		t.Error(diff)
	}
}

func FuzzInput(f *testing.F) {
	for _, text := range []string{powerButton + atKeyboard + usbKeyboard, narrowKeyboard, secondKeyboard, "N: Name=\"\x1b[2J\"\nS: Sysfs=x\nB: KEY=\n", "S: Sysfs=/devices/x\nB: KEY=1 zz"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range parseInput(text) {
			if d.path == "" || ownName(d.name) != d.name {
				t.Errorf("%+v", d)
			}
		}
	})
}
