package pciback_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// TestMisspelt has lines of which the kernel ignores the list.
func TestMisspelt(t *testing.T) {
	const nine, both = "(0000:00:09.0)", "(0000:00:09.0)(0000:00:0a.0)"
	for _, test := range []struct{ text, devices string }{
		{"\u201cxen-pciback.hide=(00:09.0)\u201d", nine},
		{"\u2018xen-pciback.hide=(00:09.0)(00:0a.0)\u2019", both},
		{"'xen-pciback.hide=(00:09.0)'", nine}, // no program takes these away in menu.lst
		{"xen\u2011pciback.hide=(00:09.0)", nine},
		{"xen\u2013pciback.hide=(00:09.0)", nine},
		{"xen-pciback. hide=(00:09.0)", nine},
		{"xen-pciback. hide=(00:09.0) (00:0a.0)", both},
		{"xen-pciback .hide=(00:09.0)", nine},
		{"xen-pciback . hide = (00:09.0)", nine},
		{"xen-pciback hide=(00:09.0)", nine},
		{"xen-pciback.hide(00:09.0)", nine},
		{"xen-pciback.hide(00:09.0)(00:0a.0)", both},
		{"xen-pciback.hide (00:09.0)", nine},
		{"xen-pciback.hide =(00:09.0)", nine},
		{"xen-pciback.hide = (00:09.0)", nine},
		{"xen-pciback,hide=(00:09.0)", nine},
		{"xen-pciback,hide=", ""},
		{"xen_pciback.hide:(00:09.0)", nine},
		{"xen_pciback.hide:00:09.0", nine},
		{"xen_pciback.hide:", ""},
		{"xen-pciback:hide=(00:09.0)", nine},
		{"xen-pciback/hide=(00:09.0)", nine},
		{"xen-pciback-hide=(00:09.0)", nine},
		{"xen.pciback.hide=(00:09.0)", nine},
		{"xenpciback.hide=(00:09.0)", nine},
		{"xen-pci-back.hide=(00:09.0)", nine},
		{"xen-pciback..hide=(00:09.0)", nine},
		{"-xen-pciback.hide=(00:09.0)", nine},
		{"XEN-PCIBACK.HIDE=(00:09.0)", nine},
		{"xen-pciback.Hide=(00:09.0)", nine},
		{"pciback.hde=(00:09.0)", nine},
		{"pciback.hde", ""},
		{"pciback.hied=(00:09.0)", nine},
		{"xen-pciback.hidden=(00:09.0)", nine},
		{"xen-pciback.hide_devs=(00:09.0)", nine},
		{"xen-pciback.hides=", ""},
		{"xen-pcibakc.hide=(00:09.0)", nine},
		{"xen-pcback.hide=00:09.0", nine},
		{"xen-pciback.ids=8086:100e", ""},
		{"xen-pciback.hide(8086:100e)", ""},
		{"xen-pciback.devices=00:09.0,00:0a.0", both},
		{"xen-pciback=(00:09.0)", nine},
		{"xen-pciback(00:09.0)", nine},
		{"xen-pciback.permissive=(00:09.0)", nine},
		{"hide=(00:09.0)", nine},
		{"hide: (00:09.0)", nine},
		{"pci.hide=00:09.0", nine},
		{"xen.hide=(00:09.0)", nine},
		{"pcistub=(0000:00:09.0)", nine},
		{"(00:09.0)", nine},
		{"(00:09.0) (00:0a.0)", both},
		{"00:09.0", nine},
		{"kopt=xen-pciback.hide=(00:09.0)", nine},
	} {
		t.Run(test.text, func(t *testing.T) {
			text := "root=/dev/sda1 ro " + test.text + " quiet"
			if test.devices == "" {
				test.devices = "(BUS:SLOT.FUNCTION)"
			}
			list, ok := pciback.ReadHideList(grub.ParseCommandLine(text), pciback.HideKey, pciback.OldHideKey)
			if ok || len(list.Problems) != 1 {
				t.Fatalf("%v, %+v", ok, list)
			}
			p := list.Problems[0]
			want := pciback.HideProblem{Kind: pciback.HideMisspelt, Text: test.text, Start: 18, End: 18 + len(test.text), Right: pciback.HideKey + "=" + test.devices}
			if diff := cmp.Diff(want, p); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestNotMisspelt has words that are right, or of something else.
func TestNotMisspelt(t *testing.T) {
	for _, text := range []string{
		"", "root=/dev/sda1 ro quiet", "xen-pciback.permissive", "xen-pciback.permissive=1 xen_pciback.passthrough=1", "xen-pciback.verbose_request=1",
		"xen-pciback.dyndbg=+p", "module_blacklist=xen_pciback", "modprobe.blacklist=xen-pciback,e1000", "rd.driver.pre=xen-pciback", "xen-pciback",
		"rd.driver.pre=xen-pciback rd.hide=1", "xen-pciback quiet", "rd.qubes.hide_pci=00:09.0,00:0a.0", "rd.qubes.hide_all_usb rd.qubes.dom0_usb=00:1a.0",
		"vfio-pci.ids=8086:100e,10b7:9055", "pci-stub.ids=8086:100e", "pci=resource_alignment=20@0000:00:1f.0", "pci=nomsi,noaer", "console=hvc0 console=tty0",
		"earlyprintk=pciserial,00:16.3,115200", "BOOT_IMAGE=(hd0,gpt2)/vmlinuz", "BOOTIF=01-52-54-00-12-34-56", "ip=192.168.0.1::192.168.0.254:255.255.255.0::eth0:off",
		"netconsole=@10.0.0.1/eth1,@10.0.0.2/aa:bb:cc:dd:ee:ff", "ide=nodma hid.quirks=1", "usbhid.quirks=0x0557:0x2221:0x4", "i8042.nohide", "xen-fbfront.video=1,2",
		"xen-pciback.hide=(00:09.0)", "xen_pciback.hide=(0000:00:09.0)(00:0a.*) hide", `"xen-pciback.hide=(00:09.0) (00:0a.0)"`, "xen-pciback.hide=",
		"initcall_blacklist=pcistub_init", "dyndbg=\"module xen_pciback +p\"", "memmap=10M$0x10000000", "-- single", "pcie_aspm=off pcie_ports=native",
	} {
		t.Run(text, func(t *testing.T) {
			list, _ := pciback.ReadHideList(grub.ParseCommandLine(text), pciback.HideKey, pciback.OldHideKey)
			if len(list.Problems) > 0 {
				t.Errorf("%+v", list.Problems)
			}
		})
	}
}

func TestMisspeltOptions(t *testing.T) {
	for _, test := range []struct{ module, text, want string }{
		{"xen-pciback,hide=(00:09.0)", "", "options xen-pciback hide=(0000:00:09.0)"},
		{"xen_pciback.hide=(00:09.0)", "", "options xen-pciback hide=(0000:00:09.0)"},
		{"xen-pciback.hide", "=(00:09.0)", "options xen-pciback hide=(0000:00:09.0)"},
		{"xen-pcibakc", "permissive=1 hide=(00:09.0)", ""}, // a module that nobody loads, of which this is not known
		{"xen-pcibakc", "hide=(00:09.0)", "options xen-pciback hide=(0000:00:09.0)"},
		{"e1000", "hide=(00:09.0)", ""},
		{"vfio-pci", "ids=8086:100e", ""},
		{"snd-hda-intel", "hide=1", ""},
		{"", "", ""},
	} {
		list, ok := pciback.MisspeltOptions(test.module, test.text)
		if ok != (test.want != "") || ok && list.Problems[0].Right != test.want {
			t.Errorf("options %s %s: %+v", test.module, test.text, list)
		}
	}
}
