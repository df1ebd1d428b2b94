package boot

import (
	"context"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// udevRules is among the rules of administrators. Its number puts it before
// 80-drivers.rules, which loads a device's driver.
const udevRules = "/etc/udev/rules.d/40-xenpci.rules"

// dracutConf is one of dracut's configuration files.
const dracutConf = "/etc/dracut.conf.d/xenpci.conf"

// udevLayer reserves a device for pciback when it appears, by driver_override, before
// its driver is loaded: also for cards that are plugged in later. In an initramfs it
// keeps the native driver away even if pciback is only on the root file system.
type udevLayer struct{}

func (udevLayer) name() Name { return Udev }

func (udevLayer) files(h *Host, devices []Device, on bool) ([]change.Change, error) {
	if on && !overrides(devices) {
		return nil, &fault{"the layer udev needs driver_override, which Linux has since 3.16", "use another layer"}
	}
	rules, err := whole(h.FS, udevRules, udevText(h.Module, devices), 0, on)
	if err != nil {
		return nil, err
	}
	// dracut adds only the rules that it knows, and what it is told to add.
	conf, err := whole(h.FS, dracutConf, []byte(mark+"install_items+=\" "+udevRules+" \"\n"), 0, on && h.Image.Tool == initramfs.Dracut)
	return []change.Change{rules, conf}, err
}

// udevRecovery skips the rules in a recovery boot. It does not look for arguments of
// one letter: udev before systemd 240, and eudev, find an argument within another
// one, too, so that the "1" in "root=/dev/sda1" would skip the rules in every boot.
// An imported value is tested on the next line, since that udev tests ENV before it
// imports.
const udevRecovery = `IMPORT{cmdline}="single", GOTO="xenpci_end"
IMPORT{cmdline}="emergency", GOTO="xenpci_end"
IMPORT{cmdline}="rescue", GOTO="xenpci_end"
IMPORT{cmdline}="recovery", GOTO="xenpci_end"
IMPORT{cmdline}="softlevel"
ENV{softlevel}=="single", GOTO="xenpci_end"
IMPORT{cmdline}="systemd.unit"
ENV{systemd.unit}=="rescue.target|emergency.target", GOTO="xenpci_end"
`

// udevText returns the rules. Without Xen a device that is reserved for pciback
// would have no driver at all, so they test for Xen first. They test the IDs too,
// since another card may be at the address one day.
func udevText(module string, devices []Device) []byte {
	var text strings.Builder
	text.WriteString(mark)
	text.WriteString("ACTION!=\"add\", GOTO=\"xenpci_end\"\n")
	text.WriteString("SUBSYSTEM!=\"pci\", GOTO=\"xenpci_end\"\n")
	text.WriteString("TEST!=\"/sys/hypervisor/type\", GOTO=\"xenpci_end\"\n")
	text.WriteString(udevRecovery)
	for _, d := range devices {
		fmt.Fprintf(&text, "KERNEL==\"%s\", ", d.Address)
		if d.Vendor != 0 {
			fmt.Fprintf(&text, "ATTR{vendor}==\"0x%04x\", ATTR{device}==\"0x%04x\", ", d.Vendor, d.Device)
		}
		fmt.Fprintf(&text, "ATTR{driver_override}=\"%s\", RUN{builtin}+=\"kmod load %s\"\n", pciback.Name, module)
	}
	text.WriteString("LABEL=\"xenpci_end\"\n")
	return []byte(text.String())
}

// commands make the initramfs again. udevd need not be told: before an event it
// checks whether its rules have changed, at most every three seconds
// (event_queue_start in src/udev/udevd.c of systemd).
func (udevLayer) commands(h *Host, devices []Device, _ bool) []change.Command {
	return h.rebuildFor(devices)
}

func (l udevLayer) check(ctx context.Context, h *Host, devices []Device) []error {
	return append(h.checkFiles(l, devices), h.checkImages(ctx, devices, udevRules)...)
}
