package boot

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
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
		Loader: Loader{Kind: GRUB2, Config: "/boot/grub/grub.cfg", Generated: true, DropIn: true, Generate: []string{"update-grub"}},
		Image:  Image{Tool: initramfs.InitramfsTools, File: "/boot/initrd.img-6.1.0-9-amd64", Content: &initramfs.Image{}},
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
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
				"modprobe's lines ask, and do not forbid: where pciback cannot be loaded, the drivers take the devices",
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
			name: "pciback is built in, and a person wrote grub.cfg", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Pciback, h.Loader.Generated = kmod.BuiltIn, false },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000 is in the initramfs, so a service would come too late",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "an image that cannot be read", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Image.Content = nil },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"what is in /boot/initrd.img-6.1.0-9-amd64 is not known, and so every driver counts as in it",
				"e1000 is in the initramfs, so a service would come too late",
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
			name: "services start late, and pciback is built in", devices: []Device{card(kmod.Loadable, false)},
			host: func(h *Host) { h.Init.Kind, h.Pciback = initscript.Upstart, kmod.BuiltIn },
			want: Choice{[]Name{KernelArgument, Service}, []string{
				"pciback is built in, and takes what the kernel's command line names before any other driver",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "services start late, pciback is built in, and no boot loader is known", devices: []Device{card(kmod.Loadable, false)},
			host: func(h *Host) { h.Init.Kind, h.Pciback, h.Loader = initscript.Upstart, kmod.BuiltIn, Loader{} },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000 is loaded from the root file system, and upstart starts no service before udev: the initramfs comes before both",
				"the service notes names and drivers, and looks whether it is so",
			}},
		},
		{
			name: "pciback is built in where no program of ours can run, and no boot loader is known", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Pciback, h.Loader, h.Image.Tool = kmod.BuiltIn, Loader{}, initramfs.Mkinitfs },
			want: Choice{[]Name{Service}, []string{
				"pciback is built in, and nothing names the devices to it: no GRUB was found; add xen-pciback.hide=(0000:00:09.0) to the arguments of dom0's kernel by hand. A service takes them back",
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
			name: "an initramfs in which no program of ours can run", host: func(h *Host) { h.Image.Tool = initramfs.Mkinitfs }, devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{Modprobe, Service}, []string{
				"e1000 is in the initramfs, where no program of ours can run: modprobe loads pciback first",
				"the service notes names and drivers, and looks whether it is so",
				"modprobe's lines ask, and do not forbid: where pciback cannot be loaded, the drivers take the devices",
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
	t.Parallel()
	const open = "modprobe's lines ask, and do not forbid: where pciback cannot be loaded, the drivers take the devices"
	gives := func(layers string) string {
		return "the " + layers + " by address: should another card stand there one day, the service gives it back"
	}
	for _, test := range []struct {
		name   string
		host   func(*Host)
		has    kmod.State // of the driver; Loadable and in the image where it is not given
		wanted []Name
		want   Choice
	}{
		{"a kernel argument needs somebody to load the module", nil, kmod.Loadable, []Name{KernelArgument}, Choice{[]Name{KernelArgument, Modprobe, Service}, []string{
			"kernel-argument: as you said",
			"pciback is a module: the kernel's command line counts when it is loaded, so something has to load it before the drivers",
			gives("layers kernel-argument, modprobe go"), open,
		}}},
		{"the initramfs loads it", nil, kmod.Loadable, []Name{KernelArgument, Initramfs}, Choice{[]Name{KernelArgument, Initramfs}, []string{
			"kernel-argument: as you said", "initramfs: as you said",
		}}},
		{"pciback is built in", func(h *Host) { h.Pciback = kmod.BuiltIn }, kmod.Loadable, []Name{KernelArgument}, Choice{[]Name{KernelArgument, Service}, []string{
			"kernel-argument: as you said", gives("layer kernel-argument goes"),
		}}},
		{"nothing loads what is built in", func(h *Host) { h.Pciback = kmod.BuiltIn }, kmod.Loadable, []Name{Modprobe}, Choice{[]Name{KernelArgument, Modprobe, Service}, []string{
			"modprobe: as you said",
			"pciback is built in: modprobe never loads it, and it reads its list from the kernel's command line alone",
			gives("layers kernel-argument, modprobe go"), open,
		}}},
		{"modprobe alone", nil, kmod.Loadable, []Name{Modprobe}, Choice{[]Name{Modprobe, Service}, []string{"modprobe: as you said", gives("layer modprobe goes"), open}}},
		{"modprobe in an image of nobody's", func(h *Host) { h.Image.Tool = "" }, kmod.Loadable, []Name{Modprobe}, Choice{[]Name{Modprobe, Service}, []string{
			"modprobe: as you said", gives("layer modprobe goes"),
			"e1000 is in the initramfs, and nothing is known of the tool that makes it: whether modprobe has these lines there is not known", open,
		}}},
		{"modprobe against a driver that is built in", nil, kmod.BuiltIn, []Name{Modprobe}, Choice{[]Name{Modprobe, Service}, []string{
			"modprobe: as you said", gives("layer modprobe goes"),
			"e1000 is built into the kernel, and no layer of these comes before it; the layer service takes the devices back", open,
		}}},
		{"modprobe where nobody knows the init", func(h *Host) { h.Init.Kind = initscript.Unknown }, kmod.BuiltIn, []Name{Modprobe}, Choice{[]Name{Modprobe}, []string{
			"modprobe: as you said",
			"e1000 is built into the kernel, and no layer of these comes before it; the layers initramfs and service would take the devices back", open,
		}}},
		{"a service after a driver that is built in", nil, kmod.BuiltIn, []Name{Service}, Choice{[]Name{Service}, []string{
			"service: as you said", "e1000 is built into the kernel, and no layer of these comes before it; the layer service takes the devices back",
		}}},
		{"udev alone", nil, kmod.Loadable, []Name{Udev}, Choice{[]Name{Udev, Service}, []string{"udev: as you said", gives("layer udev goes")}}},
		{"udev in an image of nobody's", func(h *Host) { h.Image.Tool = "" }, kmod.Loadable, []Name{Udev}, Choice{[]Name{Udev, Service}, []string{
			"udev: as you said", gives("layer udev goes"),
			"e1000 is in the initramfs, and nothing is known of the tool that makes it: the rule may count from the root file system on only",
		}}},
		{"a service alone", nil, kmod.Loadable, []Name{Service}, Choice{[]Name{Service}, []string{
			"service: as you said", "e1000 is in the initramfs: a service takes the devices when they have been in use for a while",
		}}},
		{"in the order of a boot", nil, kmod.Loadable, []Name{Service, Initramfs}, Choice{[]Name{Initramfs, Service}, []string{
			"service: as you said", "initramfs: as you said",
		}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := debian()
			if test.host != nil {
				test.host(h)
			}
			devices := []Device{card(test.has, test.has == kmod.Loadable)}
			if diff := cmp.Diff(test.want, Complete(h, devices, test.wanted)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestKeep says of layers that are there whether a device's driver comes before
// them.
func TestKeep(t *testing.T) {
	t.Parallel()
	const (
		image = "e1000 is in the initramfs, and may have its devices before the layer %; 'xenpci boot enable' chooses anew"
		root  = "e1000 is loaded as udev finds the devices, and may have its devices before the layer %; 'xenpci boot enable' chooses anew"
	)
	rc := func(h *Host) { h.Init.Kind = initscript.Upstart }
	mkinitfs := func(h *Host) { h.Image.Tool = initramfs.Mkinitfs }
	builtIn := func(h *Host) { h.Pciback = kmod.BuiltIn }
	for _, test := range []struct {
		layer Name
		host  func(*Host)
		image bool
		want  string
	}{
		{"", nil, true, ""},
		{Service, nil, true, image},
		{Service, nil, false, ""},
		{Service, rc, false, root},
		{Modprobe, nil, true, ""},
		{Modprobe, mkinitfs, true, ""},
		{Udev, mkinitfs, true, image},
		{Udev, nil, true, ""},
		{Udev, rc, false, ""},
		{Initramfs, nil, true, ""},
		{KernelArgument, nil, true, image},
		{KernelArgument, builtIn, true, ""},
	} {
		t.Run(fmt.Sprintf("%s, %v", test.layer, test.image), func(t *testing.T) {
			h := debian()
			h.FS = sysfs.New(scratch.Dir(t))
			if test.host != nil {
				test.host(h)
			}
			var want Choice
			if test.layer != "" {
				want.Layers = []Name{test.layer}
			}
			if test.want != "" {
				want.Reasons = []string{strings.Replace(test.want, "%", string(test.layer), 1)}
			}
			if diff := cmp.Diff(want, Keep(h, []Device{card(kmod.Loadable, test.image)}, want.Layers)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
