package hostboot

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/image/imagetest"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

// kernelHost is a tree with a kernel, and with a loadable xen-pciback.
func kernelHost(t testing.TB) (sysfs.FS, Next) {
	t.Helper()
	own := []image.Parameter{
		{Name: "console", Source: image.Setup, Value: true}, {Name: "quiet", Source: image.Setup}, {Name: "loglevel", Source: image.Early}, {Name: "earlyprintk", Source: image.Early},
		{Name: "xen_emul_unplug", Source: image.Early}, {Name: "printk.time", Source: image.Param}, {Name: "usbcore.autosuspend", Source: image.Param}, {Name: "panic", Source: image.Param},
	}
	for _, name := range []string{"acpi", "apic", "debug", "edd", "hpet", "initcall_debug", "maxcpus", "mem", "memmap", "nosmp", "nosmt", "pci", "reboot", "swiotlb", "vga", "noapic", "lapic"} {
		own = append(own, image.Parameter{Name: name, Source: image.Early})
	}
	const modules = "lib/modules/6.1.0-1-amd64/"
	f := sysfs.New(graphtest.Plant(t, map[string]string{
		"boot/vmlinuz-6.1.0-1-amd64":        string(imagetest.BuildKernel(own)),
		modules + "modules.dep":             "kernel/xen-pciback.ko:\nkernel/broken.ko:\nkernel/e1000e.ko: kernel/ptp.ko\n",
		modules + "modules.builtin.modinfo": "usbcore.parm=autosuspend:seconds\x00usbcore.parmtype=autosuspend:int\x00",
		modules + "kernel/xen-pciback.ko":   string(imagetest.BuildModule("parm=hide:", "parmtype=hide:charp", "parmtype=permissive:bool", "parmtype=passthrough:bool")),
		modules + "kernel/e1000e.ko":        string(imagetest.BuildModule("parmtype=SmartPowerDownEnable:array of int")),
		modules + "kernel/broken.ko":        "text",
	}))
	return f, Next{Kernel: File{Named: "/vmlinuz-6.1.0-1-amd64", Name: "/boot/vmlinuz-6.1.0-1-amd64"}}
}

// TestJudge has a row for each kind of word.
func TestJudge(t *testing.T) {
	t.Parallel()
	f, n := kernelHost(t)
	k, err := ReadKernel(t.Context(), f, n)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	want := map[string]string{
		"console=hvc0": "taken", "quiet": "taken", "loglevel=3": "taken", "xen-emul-unplug=never": "taken", "printk.time=1": "taken", "panic=5": "taken",
		"xen-pciback.hide=(00:09.0)": "taken", "xen_pciback.permissive=1": "taken", "xen-pciback.hid=(00:09.0)": "no_parameter xen_pciback.hide",
		"xen-pciback.nothing=1": "no_parameter", "xen-pcibak.hide=(00:09.0)": "no_module xen_pciback.hide", "xen-pcibak.nothing=1": "elsewhere",
		"pciback.hide=(00:09.0)": "no_module xen_pciback.hide", "pciback.nothing=1": "elsewhere",
		"usbcore.autosuspnd=1": "no_parameter usbcore.autosuspend", "usbcore.x=1": "no_parameter", "usbcore.dyndbg=+p": "elsewhere", "e1000e.SmartPowerDownEnable=1": "taken",
		"broken.anything=1": "taken", "rd.lvm.lv=vg/root": "elsewhere", "systemd.unit=rescue.target": "elsewhere", "vendor.thing=1": "elsewhere",
		"consle=hvc0": "misspelt console", "earlyprink=xen": "misspelt earlyprintk", "xen_emul_unplg=never": "misspelt xen_emul_unplug",
		"root=/dev/sda1": "elsewhere", "ro": "elsewhere", "splash": "elsewhere", "cryptdevice=x": "elsewhere", "myflag": "elsewhere", "BOOT_IMAGE=/vmlinuz": "elsewhere",
		"": "elsewhere", "=": "elsewhere", ".": "elsewhere", "a.": "elsewhere",
	}
	for word := range want {
		m, near := k.Judge(t.Context(), word)
		got[word] = string(m)
		if near != "" {
			got[word] += " " + near
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestJudgeUnread has a kernel that cannot be read: only what is for modules is judged.
func TestJudgeUnread(t *testing.T) {
	t.Parallel()
	f, n := kernelHost(t)
	if err := os.WriteFile(f.Path(n.Kernel.Name), []byte("of another machine"), 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := ReadKernel(t.Context(), f, n)
	if !errors.Is(err, image.ErrKernel) {
		t.Fatal(err)
	}
	for word, want := range map[string]Meaning{
		"consle=hvc0": Elsewhere, "console=hvc0": Elsewhere, "usbcore.autosuspend=1": Taken, "usbcore.autosuspnd=1": NoParameter, "usbcore.x=1": Elsewhere,
		"xen-pciback.hid=(00:09.0)": NoParameter, "xen-pciback.hide=(00:09.0)": Taken, "xen-pcibak.hide=x": NoModule, "cgroup.memory=nokmem": Elsewhere,
	} {
		if m, near := k.Judge(t.Context(), word); m != want {
			t.Errorf("%s: %s %s, want %s", word, m, near, want)
		}
	}
}

// FuzzJudge judges any word.
func FuzzJudge(f *testing.F) {
	fsys, n := kernelHost(f)
	k, err := ReadKernel(f.Context(), fsys, n)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("xen-pciback.hid=(00:09.0)")
	f.Add("consle=hvc0")
	f.Add("a.b.c=\"d e\"")
	f.Fuzz(func(t *testing.T, word string) {
		m, near := k.Judge(t.Context(), word)
		if (m == Misspelt || m == NoModule) != (near != "") && m != NoParameter {
			t.Errorf("%q: %s, %q", word, m, near)
		}
	})
}
