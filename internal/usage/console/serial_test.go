package console

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestConsoles(t *testing.T) {
	card, usb := graphtest.Address(t, "02:00.0"), graphtest.Address(t, "00:14.0")
	devices := []pci.Device{{Address: card}, {Address: usb}}
	ttys := map[string]string{
		"/sys/class/tty/tty0":  graphtest.Link("../../devices/virtual/tty/tty0"),
		"/sys/class/tty/hvc0":  graphtest.Link("../../devices/virtual/tty/hvc0"),
		"/sys/class/tty/ttyS0": graphtest.Link("../../devices/pnp0/00:05/tty/ttyS0"),
		"/sys/class/tty/ttyS1": graphtest.Link("../../devices/platform/serial8250/tty/ttyS1"),
		"/sys/class/tty/ttyS4": graphtest.Link("../../devices/pci0000:00/0000:00:1c.4/0000:02:00.0/tty/ttyS4"),
		// Since Linux 6.5 ports have devices of their own (drivers/tty/serial/serial_base_bus.c).
		"/sys/class/tty/ttyS5":   graphtest.Link("../../devices/pci0000:00/0000:00:1c.4/0000:02:00.0/0000:02:00.0:0/0000:02:00.0:0.1/tty/ttyS5"),
		"/sys/class/tty/ttyUSB0": graphtest.Link("../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0"),
	}
	const unknown = "refuse: console_unknown"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  map[string][]string
	}{
		{"a card", map[string]string{
			"/proc/consoles": "ttyS4                -W- (EC p a)    4:68\nhvc0                 -W- (E  p  )  229:0\ntty0                 -WU (E     )    4:1\n",
			"/proc/cmdline":  "placeholder root=/dev/sda1 ro console=tty0 console=hvc0 console=ttyS4,115200n8 quiet\n",
		}, map[string][]string{"02:00.0": {"refuse: the serial console ttyS4 > 0000:02:00.0"}}},
		{"asked for and not there yet", map[string]string{
			"/proc/consoles": "tty0                 -WU (EC p  )    4:7\n",
			"/proc/cmdline":  "console=ttyS5,9600 console=tty0 -- console=ttyS4\n",
		}, map[string][]string{"02:00.0": {"refuse: the serial console ttyS5 > 0000:02:00.0"}}},
		{"USB", map[string]string{
			"/proc/consoles": "ttyUSB0              RW- (EC p  )  188:0\n",
			"/proc/cmdline":  "console=ttyUSB0\n",
		}, map[string][]string{"00:14.0": {"refuse: the serial console ttyUSB0 > 0000:00:14.0"}}},
		{"of the board", map[string]string{
			"/proc/consoles": "ttyS0                -W- (EC p a)    4:64\nttyS4                -W- (     a)    4:68\n",
			"/proc/cmdline":  "console=ttyS0\n",
		}, nil},
		{"before Linux 2.6.38", map[string]string{"/proc/cmdline": "ro console=ttyS4\n"},
			map[string][]string{"02:00.0": {"refuse: the serial console ttyS4 > 0000:02:00.0"}}},
		{"no /proc", nil, map[string][]string{
			"00:14.0": {unknown},
			"02:00.0": {unknown},
		}},
		{"not to be read", map[string]string{"/proc/consoles/x": "", "/proc/cmdline": "\n"}, map[string][]string{
			"00:14.0": {unknown},
			"02:00.0": {unknown},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := make(map[string]string)
			for _, from := range []map[string]string{ttys, test.files} {
				for name, content := range from {
					files[name] = content
				}
			}
			if test.want == nil {
				test.want = map[string][]string{}
			}
			if diff := cmp.Diff(test.want, graphtest.All(look(t, (*scan).serialConsoles, devices, files), devices)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzCommandLine(f *testing.F) {
	f.Add("console=ttyS0,115200n8 console=../x console=, -- console=hvc0")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range parseCmdline(text) {
			if !sysfs.IsDeviceName(name) || name == ".." {
				t.Errorf("%q", name)
			}
		}
	})
}
