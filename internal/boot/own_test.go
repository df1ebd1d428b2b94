package boot

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestForeign has files of somebody else's at the paths of ours: they are not taken
// for a layer, not removed, and not replaced.
func TestForeign(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file, content string
		layer               Name
	}{
		{"a file with our name in it", optionsFile, "# hides what xenpci would hide\noptions xen-pciback hide=(0000:00:04.0)\n", Modprobe},
		{"a mark further down", optionsFile, "# one\n# two\n" + mark, Modprobe},
		{"an empty file", udevRules, "", Udev},
		{"rules", udevRules, "# mine\n", Udev},
		{"a drop-in", "/etc/default/grub.d/xenpci.cfg", "GRUB_TIMEOUT=1\n", KernelArgument},
		{"a hook", "/etc/initramfs-tools/hooks/xenpci", "#!/bin/sh\nexit 0\n", Initramfs},
		{"a unit of a package's", "/etc/systemd/system/xenpci.service", "[Unit]\nDescription=xenpci\n", Service},
		{"a unit that is masked", "/etc/systemd/system/xenpci.service", "-> /dev/null", Service},
		{"no link", "/etc/systemd/system/sysinit.target.wants/xenpci-early.service", "no link\n", Service},
		{"a trigger", "/etc/kernel/postinst.d/zzz-xenpci", "#!/bin/sh\nexit 0\n", Udev},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, debian12(), map[string]string{test.file: test.content})
			before := m.tree()
			h := m.look(nil)
			if enabled, err := Enabled(h, cards(h)); err != nil || len(enabled) > 0 {
				t.Errorf("enabled: %v, %v", enabled, err)
			}
			err := m.set(nil, 2, test.layer)
			var foreign *change.ForeignError
			if !errors.As(err, &foreign) || foreign.Path != test.file || !strings.HasSuffix(err.Error(), "; move it away first") {
				t.Error(err)
			}
			m.isAs(before)
			m.mustSet(nil, 2)
			m.isAs(before)
		})
	}
}

// TestForeignLink accepts a link by which the init system starts a file of that name.
func TestForeignLink(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]string{
		"/etc/systemd/system/multi-user.target.wants/xenpci.service":    "/lib/systemd/system/xenpci.service",
		"/etc/systemd/system/sysinit.target.wants/xenpci-early.service": "../xenpci-early.service",
	} {
		t.Run(target, func(t *testing.T) {
			m := newMachine(t, debian12(), map[string]string{name: "-> " + target})
			m.mustSet(nil, 2, Service)
			if got := m.tree()[name]; got != "-> "+target {
				t.Error(got)
			}
			// What leads to our file goes with it: it would lead nowhere.
			m.mustSet(nil, 2)
			if got := m.fs.Exists(name); got {
				t.Error("it leads somewhere")
			}
			_, err := m.fs.Readlink(name)
			if theirs := strings.HasPrefix(target, "/lib"); (err == nil) != theirs {
				t.Error(err)
			}
		})
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"a\nb\n", mark + "a\nb\n"},
		{"#!/bin/sh\na\n", "#!/bin/sh\n" + mark + "a\n"},
		{"", mark},
		{"#!/bin/sh\n" + mark, "#!/bin/sh\n" + mark},
		{"# Written by xenpci, by other words\n", "# Written by xenpci, by other words\n"},
	} {
		got := marked([]byte(test.text))
		if string(got) != test.want || !brand.Owns(got) || string(marked(got)) != test.want {
			t.Errorf("%q: %q", test.text, got)
		}
	}
}

// TestTooLong refuses a list that the kernel would cut.
func TestTooLong(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12())
	before := m.tree()
	h := m.look(nil)
	var devices []Device
	for i := range 74 {
		devices = append(devices, h.Device(pci.Device{Address: pci.Address{Bus: 1, Slot: uint8(i / 8), Function: uint8(i % 8)}, Modalias: modalias}))
	}
	const words = "74 devices | 1036 bytes | 1024 | initramfs, udev and service"
	for layer, want := range map[Name]string{KernelArgument: words, Modprobe: words, Initramfs: "", Udev: "", Service: ""} {
		_, err := Prepare(t.Context(), h, listed(devices), []Name{layer})
		refused := (*LayerError)(nil)
		switch {
		case errors.As(err, &refused) != (want != ""):
			t.Errorf("%s: %v", layer, err)
		case refused != nil && refused.Layer != layer:
			t.Errorf("%s: %v", layer, err)
		case refused != nil:
			hasFacts(t, refused.Error(), want)
		}
		if _, err := Prepare(t.Context(), h, listed(devices[:73]), []Name{layer}); err != nil {
			t.Errorf("%s, with one less: %v", layer, err)
		}
	}
	m.isAs(before)
}

// TestCannot has layers that cannot be written. The reason comes before anything is
// changed.
func TestCannot(t *testing.T) {
	t.Parallel()
	const byHand = "add xen-pciback.hide=(0000:00:09.0)(0000:00:0a.0) to the arguments of dom0's kernel"
	for _, test := range []struct {
		name    string
		machine map[string]string
		layer   Name
		want    string
	}{
		{"no boot loader", sysvinit(), KernelArgument, "no boot loader was found | " + byHand},
		{"no settings of GRUB's", joined(openRC(), map[string]string{"/boot/grub/grub.cfg": grubCfg("")}), KernelArgument, "/etc/default/grub is missing | " + byHand},
		{"nothing that generates", joined(openRC(), map[string]string{"/boot/grub/grub.cfg": grubCfg(""), "/etc/default/grub": grubDefault}), KernelArgument, "update-grub | grub-mkconfig | /boot/grub/grub.cfg | " + byHand},
		{"pciback of old", joined(debian12(), map[string]string{"/lib/modules/" + release + "/modules.dep": "kernel/drivers/xen/pciback/pciback.ko:\n"}), KernelArgument, "older than GRUB 2 | add pciback.hide=(0000:00:09.0)(0000:00:0a.0) to"},
		{"no initramfs", openRC(), Initramfs, "the kernel " + release + " has no initramfs"},
		{"mkinitfs", alpine(), Initramfs, "mkinitfs | layer modprobe"},
		{"an unknown tool", joined(openRC(), map[string]string{"/boot/initrd.img-" + release: newc(nil)}), Initramfs, "/boot/initrd.img-" + release + " | unknown tool"},
		{"a tool without files", joined(openRC(), map[string]string{"/boot/initrd.img-" + release: newc(map[string]string{"etc/booster.init.yaml": ""})}), Initramfs, "/boot/initrd.img-" + release + " was made by booster"},
		{"no init", kernel(), Service, "unknown init system"},
		{"no features", joined(alpine(), map[string]string{mkinitfsConf: "features=$more\n"}), Modprobe, mkinitfsConf + " | features= | pciback"},
		{"update-grub's line joined to a stanza's", joined(legacy(), map[string]string{"/boot/grub/grub.conf": "### BEGIN AUTOMAGIC KERNELS LIST\n## ## Start Default Options ##\n" +
			"title Xen\nkernel /xen.gz\nmodule /vmlinuz \\\n# xenkopt=a xen-pciback.hide=(1)\n## ## End Default Options ##\n"}),
			KernelArgument, "/boot/grub/menu.lst: byte 119"},
		{"half a block", joined(oldModprobe(), map[string]string{oldConfig: "# BEGIN xenpci\n"}), Modprobe, oldConfig + ": line 1: the block has no end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine)
			before := m.tree()
			err := m.set(nil, 2, test.layer)
			if refused := (*LayerError)(nil); !errors.As(err, &refused) || refused.Layer != test.layer {
				t.Fatal(err)
			}
			hasFacts(t, err.Error(), test.want)
			m.isAs(before)
		})
	}
}

// TestOddProgram removes a layer although no script could call the program by its
// path.
func TestOddProgram(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12())
	before := m.tree()
	m.mustSet(nil, 2, Names()...)
	h := m.look(nil)
	h.Program = "/home/a b/xenpci"
	setup, err := Prepare(t.Context(), h, listed(cards(h)), nil)
	if err == nil {
		err = setup.CarryOut(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	m.isAs(before)
}

// TestEnabledWithoutDevices finds the layers although no device is there, or none is
// declared any more.
func TestEnabledWithoutDevices(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12())
	before := m.tree()
	m.mustSet(nil, 2, Names()...)
	h := m.look(nil)
	if enabled, err := Enabled(h, nil); err != nil || !cmp.Equal(enabled, Names()) {
		t.Errorf("%v, %v", enabled, err)
	}
	// Layers that name devices are removed with the last device; those that read
	// the list stay for one that comes back.
	m.mustSet(nil, 0, Names()...)
	if enabled, err := Enabled(m.look(nil), nil); err != nil || !cmp.Equal(enabled, []Name{Initramfs, Service}) {
		t.Errorf("no device: %v, %v", enabled, err)
	}
	h = m.look(nil)
	setup, err := Prepare(t.Context(), h, List{}, []Name{Initramfs, Service})
	if err == nil {
		err = setup.CarryOut(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	m.isAs(before)
}

// TestBuiltIn does not add pciback to the initramfs where it is built in.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	m := newMachine(t, alpine(), map[string]string{"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n"})
	h := m.look(nil)
	if h.Pciback != kmod.BuiltIn {
		t.Fatal(h.Pciback)
	}
	m.mustSet(nil, 2, Modprobe)
	if got := m.read(mkinitfsConf); strings.Contains(got, "pciback") {
		t.Error(got)
	}
}
