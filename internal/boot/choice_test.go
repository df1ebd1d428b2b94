package boot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/pkg/pci"
)

// card is a device at 00:09.0 that one driver would take.
func card(has kmod.State, image bool) Device {
	return Device{
		Address: pci.Address{Slot: 9}, Vendor: 0x8086, Device: 0x100e,
		Drivers: []Driver{{Module: "e1000", Has: has, InImage: image}},
	}
}

// debian is a host whose pciback is a module, with GRUB 2 and initramfs-tools.
func debian() *Host {
	return &Host{
		Pciback: kmod.Loadable, Module: "xen-pciback",
		Init:   initscript.Init{Kind: initscript.Systemd},
		Loader: Loader{Kind: GRUB2, Config: "/boot/grub/grub.cfg", DropIn: true, Generate: []string{"update-grub"}},
		Image:  Image{Tool: initramfs.InitramfsTools, File: "/boot/initrd.img-6.1.0-9-amd64"},
	}
}

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		name    string
		host    func(*Host)
		devices []Device
		want    Choice
	}{
		{
			name: "no driver would take it", devices: []Device{{Address: pci.Address{Slot: 9}}},
			want: Choice{[]Name{Service}, []string{"a service before udev looks for drivers is early enough: no driver of dom0 takes the devices"}},
		},
		{
			name: "the driver is on the root file system", devices: []Device{card(kmod.Loadable, false)},
			want: Choice{[]Name{Service}, []string{"a service before udev looks for drivers is early enough: e1000 is loaded from the root file system"}},
		},
		{
			name: "services start late", host: func(h *Host) { h.Init.Kind = initscript.Upstart }, devices: []Device{card(kmod.Loadable, false)},
			want: Choice{[]Name{Modprobe, Service}, []string{
				"e1000 is loaded from the root file system, and upstart starts no service before udev: modprobe loads pciback first",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "the driver is in the initramfs", devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000 is in the initramfs, so a service would come too late",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "one driver of two is in the initramfs", devices: []Device{card(kmod.Loadable, true), {
				Address: pci.Address{Slot: 10}, Drivers: []Driver{{Module: "nvme", Has: kmod.Loadable, InImage: true}, {Module: "tg3", Has: kmod.Loadable}},
			}},
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000, nvme are in the initramfs, so a service would come too late",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "pciback is built in", host: func(h *Host) { h.Pciback = kmod.BuiltIn }, devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{KernelArgument, Service}, []string{
				"pciback is built in, and takes what the kernel's command line names before any other driver",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "pciback is built in, and no boot loader is known", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Pciback, h.Loader = kmod.BuiltIn, Loader{} },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000 is in the initramfs, so a service would come too late",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "an initramfs that nobody knows how to make", host: func(h *Host) { h.Image.Tool = "" }, devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{Udev, Service}, []string{
				"e1000 is in the initramfs, and nothing is known of the tool that makes it; a rule reserves the devices from the root file system on",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "the driver is built in", devices: []Device{card(kmod.BuiltIn, false)},
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000 is built into the kernel and takes its devices before anything else runs; the initramfs takes them back first",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "the driver is built in, and there is no initramfs", host: func(h *Host) { h.Image = Image{} }, devices: []Device{card(kmod.BuiltIn, false)},
			want: Choice{[]Name{Service}, []string{
				"e1000 is built into the kernel and takes its devices before anything else runs; a service takes them back",
			}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := debian()
			if test.host != nil {
				test.host(h)
			}
			if diff := cmp.Diff(test.want, Choose(h, test.devices)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestComplete(t *testing.T) {
	early := []Device{card(kmod.Loadable, true)}
	for _, test := range []struct {
		name   string
		host   func(*Host)
		wanted []Name
		want   []Name
	}{
		{"a kernel argument needs somebody to load the module", nil, []Name{KernelArgument}, []Name{KernelArgument, Modprobe}},
		{"the initramfs loads it", nil, []Name{KernelArgument, Initramfs}, []Name{KernelArgument, Initramfs}},
		{"pciback is built in", func(h *Host) { h.Pciback = kmod.BuiltIn }, []Name{KernelArgument}, []Name{KernelArgument}},
		{"modprobe alone", nil, []Name{Modprobe}, []Name{Modprobe}},
		{"udev alone", nil, []Name{Udev}, []Name{Udev}},
		{"a service alone", nil, []Name{Service}, []Name{Service}},
		{"in the order of a boot", nil, []Name{Service, Initramfs}, []Name{Initramfs, Service}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := debian()
			if test.host != nil {
				test.host(h)
			}
			if diff := cmp.Diff(test.want, Complete(h, early, test.wanted).Layers); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
