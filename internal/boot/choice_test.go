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

// card returns a device at 00:09.0 with one driver.
func card(has kmod.State, image bool) Device {
	return Device{
		Address: pci.Address{Slot: 9}, Vendor: 0x8086, Device: 0x100e,
		Drivers: []Driver{{Module: "e1000", Has: has, InImage: image}},
	}
}

// debian returns a host whose pciback is a module, with GRUB 2 and initramfs-tools.
func debian() *Host {
	return &Host{
		Pciback: kmod.Loadable, Module: "xen-pciback",
		Init:   initscript.Init{Kind: initscript.Systemd},
		Loader: Loader{Kind: GRUB2, Config: "/boot/grub/grub.cfg", Generated: true, DropIn: true, Generate: []string{"update-grub"}},
		Image:  Image{Tool: initramfs.InitramfsTools, File: "/boot/initrd.img-6.1.0-9-amd64", Content: &initramfs.Image{}},
	}
}

// isChoice fails the test unless a choice has the layers of want, and reasons with
// its facts.
func isChoice(t *testing.T, got, want Choice) {
	t.Helper()
	if diff := cmp.Diff(want.Layers, got.Layers); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	haveFacts(t, got.Reasons, want.Reasons)
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
			want: Choice{[]Name{Service}, []string{"no driver | service | before udev"}},
		},
		{
			name: "the driver is on the root file system", devices: []Device{card(kmod.Loadable, false)},
			want: Choice{[]Name{Service}, []string{"e1000 is loaded from the root file system | service | before udev"}},
		},
		{
			name: "services start late", host: func(h *Host) { h.Init.Kind = initscript.Upstart }, devices: []Device{card(kmod.Loadable, false)},
			want: Choice{[]Name{Modprobe, Service}, []string{
				"upstart cannot start a service before udev", "e1000 is loaded from the root file system | modprobe",
				"the service | names",
				"if xen-pciback fails to load, e1000 takes",
			}},
		},
		{
			name: "the driver is in the initramfs", devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000 is in the initramfs | service | too late",
				"the service | names",
			}},
		},
		{
			name: "one driver of two is in the initramfs", devices: []Device{card(kmod.Loadable, true), {
				Address: pci.Address{Slot: 10}, Drivers: []Driver{{Module: "nvme", Has: kmod.Loadable, InImage: true}, {Module: "tg3", Has: kmod.Loadable}},
			}},
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000, nvme are in the initramfs | service | too late",
				"the service | names",
			}},
		},
		{
			name: "pciback is built in", host: func(h *Host) { h.Pciback = kmod.BuiltIn }, devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{KernelArgument, Service}, []string{
				"pciback is built into the kernel | command line",
				"the service | names",
			}},
		},
		{
			name: "pciback is built in, and grub.cfg has no entry with Xen", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Pciback, h.Loader.Generated = kmod.BuiltIn, false },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"pciback is built into the kernel | /boot/grub/grub.cfg has no entry that boots Xen | add xen-pciback.hide=(0000:00:09.0)",
				"e1000 is in the initramfs | service | too late",
				"the service | names",
			}},
		},
		{
			name: "an image that cannot be read", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Image.Content = nil },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"/boot/initrd.img-6.1.0-9-amd64 cannot be read | every driver",
				"e1000 may be in the initramfs | service | too late",
				"the service | names",
			}},
		},
		{
			name: "pciback is built in, and no boot loader is known", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Pciback, h.Loader = kmod.BuiltIn, Loader{} },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"pciback is built into the kernel | no boot loader was found | add xen-pciback.hide=(0000:00:09.0)",
				"e1000 is in the initramfs | service | too late",
				"the service | names",
			}},
		},
		{
			name: "services start late, and pciback is built in", devices: []Device{card(kmod.Loadable, false)},
			host: func(h *Host) { h.Init.Kind, h.Pciback = initscript.Upstart, kmod.BuiltIn },
			want: Choice{[]Name{KernelArgument, Service}, []string{
				"upstart cannot start a service before udev",
				"pciback is built into the kernel | command line",
				"the service | names",
			}},
		},
		{
			name: "services start late, pciback is built in, and no boot loader is known", devices: []Device{card(kmod.Loadable, false)},
			host: func(h *Host) { h.Init.Kind, h.Pciback, h.Loader = initscript.Upstart, kmod.BuiltIn, Loader{} },
			want: Choice{[]Name{Initramfs, Service}, []string{
				"upstart cannot start a service before udev", "pciback is built into the kernel | no boot loader was found", "e1000 is loaded from the root file system | initramfs",
				"the service | names",
			}},
		},
		{
			name: "pciback is built in where no program of ours can run, and no boot loader is known", devices: []Device{card(kmod.Loadable, true)},
			host: func(h *Host) { h.Pciback, h.Loader, h.Image.Tool = kmod.BuiltIn, Loader{}, initramfs.Mkinitfs },
			want: Choice{[]Name{Service}, []string{
				"pciback is built into the kernel | no boot loader was found | add xen-pciback.hide=(0000:00:09.0)",
				"a service takes the devices back",
			}},
		},
		{
			name: "an initramfs of an unknown tool", host: func(h *Host) { h.Image.Tool = "" }, devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{Udev, Service}, []string{
				"e1000 is in the initramfs | unknown tool | udev rule",
				"the service | names",
			}},
		},
		{
			name: "an initramfs of an unknown tool, and a kernel before 3.16", host: func(h *Host) { h.Image.Tool = "" },
			devices: []Device{func() Device { d := card(kmod.Loadable, true); d.NoOverride = true; return d }()},
			want: Choice{[]Name{Service}, []string{
				"e1000 is in the initramfs | unknown tool | no driver_override | a service takes",
			}},
		},
		{
			name: "an initramfs in which no program of ours can run", host: func(h *Host) { h.Image.Tool = initramfs.Mkinitfs }, devices: []Device{card(kmod.Loadable, true)},
			want: Choice{[]Name{Modprobe, Service}, []string{
				"e1000 is in the initramfs | xenpci cannot run | modprobe",
				"the service | names",
				"if xen-pciback fails to load, e1000 takes",
			}},
		},
		{
			name: "the driver is built in", devices: []Device{card(kmod.BuiltIn, false)},
			want: Choice{[]Name{Initramfs, Service}, []string{
				"e1000 is built into the kernel | initramfs",
				"the service | names",
			}},
		},
		{
			name: "the driver is built in, and there is no initramfs", host: func(h *Host) { h.Image = Image{} }, devices: []Device{card(kmod.BuiltIn, false)},
			want: Choice{[]Name{Service}, []string{
				"e1000 is built into the kernel | a service",
			}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := debian()
			if test.host != nil {
				test.host(h)
			}
			isChoice(t, Choose(h, test.devices), test.want)
			if err := NoLayer(h, test.devices); err != nil {
				t.Errorf("and none: %v", err)
			}
		})
	}
}

// TestNoLayer wants to know why Choose finds nothing, and what a person can do.
func TestNoLayer(t *testing.T) {
	t.Parallel()
	unknown := func(h *Host) { h.Init.Kind, h.Image, h.Loader = initscript.Unknown, Image{}, Loader{} }
	for _, test := range []struct {
		name   string
		host   func(*Host)
		driver kmod.State
		want   string
	}{
		{"pciback is built in", func(h *Host) { unknown(h); h.Pciback = kmod.BuiltIn }, kmod.Loadable,
			"pciback is built into the kernel, and no boot loader was found | no initramfs | init system is unknown | add xen-pciback.hide=(0000:00:09.0)"},
		{"pciback is built in, and no driver is", func(h *Host) { unknown(h); h.Pciback = kmod.BuiltIn; h.Image.File = "/boot/initrd" }, kmod.Loadable,
			"/boot/initrd was made by an unknown tool"},
		{"the driver is built in", unknown, kmod.BuiltIn, "e1000 is built into the kernel | no initramfs | run 'xenpci apply'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := debian()
			test.host(h)
			devices := []Device{card(test.driver, false)}
			if layers := Choose(h, devices).Layers; len(layers) > 0 {
				t.Fatalf("there is %v", layers)
			}
			text := NoLayer(h, devices).Error()
			for part := range strings.SplitSeq(test.want, " | ") {
				if !strings.Contains(text, part) {
					t.Errorf("%q has no %q", text, part)
				}
			}
		})
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	const open = "if xen-pciback fails to load, e1000 takes"
	gives := func(layers string) string { return "the " + layers + " | by address | the service gives it back" }
	for _, test := range []struct {
		name   string
		host   func(*Host)
		has    kmod.State // of the driver; Loadable and in the image where it is not given
		wanted []Name
		want   Choice
	}{
		{"a kernel argument needs something to load the module", nil, kmod.Loadable, []Name{KernelArgument}, Choice{[]Name{KernelArgument, Modprobe, Service}, []string{
			"kernel-argument | as requested",
			"pciback is a module | command line | modprobe",
			gives("layers kernel-argument, modprobe identify"), open,
		}}},
		{"the initramfs loads it", nil, kmod.Loadable, []Name{KernelArgument, Initramfs}, Choice{[]Name{KernelArgument, Initramfs}, []string{
			"kernel-argument | as requested", "initramfs | as requested",
		}}},
		{"pciback is built in", func(h *Host) { h.Pciback = kmod.BuiltIn }, kmod.Loadable, []Name{KernelArgument}, Choice{[]Name{KernelArgument, Service}, []string{
			"kernel-argument | as requested", gives("layer kernel-argument identifies"),
		}}},
		{"nothing loads what is built in", func(h *Host) { h.Pciback = kmod.BuiltIn }, kmod.Loadable, []Name{Modprobe}, Choice{[]Name{KernelArgument, Modprobe, Service}, []string{
			"modprobe | as requested",
			"pciback is built into the kernel | command line | modprobe never loads it",
			gives("layers kernel-argument, modprobe identify"), open,
		}}},
		{"modprobe alone", nil, kmod.Loadable, []Name{Modprobe}, Choice{[]Name{Modprobe, Service}, []string{"modprobe | as requested", gives("layer modprobe identifies"), open}}},
		{"modprobe in an image of an unknown tool", func(h *Host) { h.Image.Tool = "" }, kmod.Loadable, []Name{Modprobe}, Choice{[]Name{Modprobe, Service}, []string{
			"modprobe | as requested", gives("layer modprobe identifies"),
			"e1000 is in the initramfs | unknown tool | modprobe", open,
		}}},
		{"modprobe against a driver that is built in", nil, kmod.BuiltIn, []Name{Modprobe}, Choice{[]Name{Modprobe, Service}, []string{
			"modprobe | as requested", gives("layer modprobe identifies"),
			"e1000 is built into the kernel | no layer | the layer service takes the devices back",
		}}},
		{"modprobe and an unknown init system", func(h *Host) { h.Init.Kind = initscript.Unknown }, kmod.BuiltIn, []Name{Modprobe}, Choice{[]Name{Modprobe}, []string{
			"modprobe | as requested",
			"e1000 is built into the kernel | no layer | the layers initramfs and service would",
		}}},
		{"a service after a driver that is built in", nil, kmod.BuiltIn, []Name{Service}, Choice{[]Name{Service}, []string{
			"service | as requested", "e1000 is built into the kernel | no layer | the layer service takes the devices back",
		}}},
		{"udev alone", nil, kmod.Loadable, []Name{Udev}, Choice{[]Name{Udev, Service}, []string{"udev | as requested", gives("layer udev identifies")}}},
		{"udev in an image of an unknown tool", func(h *Host) { h.Image.Tool = "" }, kmod.Loadable, []Name{Udev}, Choice{[]Name{Udev, Service}, []string{
			"udev | as requested", gives("layer udev identifies"),
			"e1000 is in the initramfs | unknown tool | rule",
		}}},
		{"a service alone", nil, kmod.Loadable, []Name{Service}, Choice{[]Name{Service}, []string{
			"service | as requested", "e1000 is in the initramfs | in use",
		}}},
		{"in the order of a boot", nil, kmod.Loadable, []Name{Service, Initramfs}, Choice{[]Name{Initramfs, Service}, []string{
			"service | as requested", "initramfs | as requested",
		}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := debian()
			if test.host != nil {
				test.host(h)
			}
			devices := []Device{card(test.has, test.has == kmod.Loadable)}
			isChoice(t, Complete(h, devices, test.wanted), test.want)
		})
	}
}

// TestKeep checks which drivers come before which enabled layers.
func TestKeep(t *testing.T) {
	t.Parallel()
	const (
		image = "e1000 is in the initramfs | before the layer % | xenpci boot enable"
		root  = "e1000 is loaded when udev finds the devices | before the layer % | xenpci boot enable"
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
			isChoice(t, Keep(h, []Device{card(kmod.Loadable, test.image)}, want.Layers), want)
		})
	}
}
