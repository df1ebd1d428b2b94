package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/image/imagetest"
)

// dom0Host is a host whose kernel and modules tell their parameters, with this line of dom0.
func dom0Host(t *testing.T, line string) (root string) {
	t.Helper()
	own := []image.Parameter{{Name: "console", Source: image.Setup, Value: true}, {Name: "printk.time", Source: image.Param}, {Name: "root", Source: image.Setup, Value: true}}
	for _, name := range []string{
		"acpi", "apic", "debug", "earlyprintk", "edd", "hpet", "initcall_debug", "lapic", "loglevel", "maxcpus", "mem", "memmap", "noapic", "nosmp", "nosmt", "pci", "quiet", "reboot", "ro", "swiotlb", "vga", "xen_nopv",
	} {
		own = append(own, image.Parameter{Name: name, Source: image.Early})
	}
	const release = "6.1.0-1-amd64"
	const modules = "lib/modules/" + release + "/"
	root = t.TempDir()
	for name, content := range map[string]string{
		"boot/vmlinuz-" + release: string(imagetest.BuildKernel(own)), "boot/initrd.img-" + release: "image", "boot/config-" + release: "CONFIG_XEN=y\nCONFIG_XEN_DOM0=y\n",
		"boot/xen.gz":                       string(imagetest.Build(xenOptions(), "4.17.5")),
		"boot/grub/menu.lst":                "default 0\ntitle Xen\n\tkernel /boot/xen.gz dom0_mem=1G,max:1G\n\tmodule /boot/vmlinuz-" + release + " " + line + "\n\tmodule /boot/initrd.img-" + release + "\n",
		modules + "modules.dep":             "kernel/xen-pciback.ko:\n",
		modules + "modules.builtin.modinfo": "printk.parm=time:Show time\x00printk.parmtype=time:bool\x00",
		modules + "kernel/xen-pciback.ko":   string(imagetest.BuildModule("parmtype=hide:charp", "parm=permissive:write all", "parmtype=permissive:bool")),
	} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// xenOptions are those of a hypervisor, as many as a real one has at least.
func xenOptions() (all []image.Option) {
	for _, name := range []string{
		"acpi", "apicv", "ats", "badpage", "bootscrub", "com1", "com2", "console", "conswitch", "cpufreq", "dom0_max_vcpus", "dom0_mem", "ept", "flask", "guest_loglvl", "iommu", "loglvl", "noreboot", "sched", "smt", "sync_console", "tmem", "watchdog", "x2apic",
	} {
		all = append(all, image.Option{Name: name, Type: image.Custom})
	}
	return all
}

// TestHostDom0 lists the parameters of dom0's kernel, and checks the words on its line.
func TestHostDom0(t *testing.T) {
	t.Parallel()
	root := dom0Host(t, "root=/dev/sda1 ro console=hvc0 xen-pciback.hid=(00:09.0) printk.time=1 consle=tty0 rd.lvm=0 vendor.x=1")
	for _, test := range []struct {
		args    []string
		status  int
		out, er string
	}{
		{
			[]string{"options", "--dom0", "xen-pciback"}, StatusDone,
			"NAME                    TYPE    SET  ABOUT\nxen_pciback.hide        string  -    -\nxen_pciback.permissive  bool    -    write all\n", "",
		},
		{
			[]string{"options", "--dom0", "printk.time"}, StatusDone,
			"printk.time\n  type        bool\n  about       Show time\n  set         printk.time=1\n              /boot/grub/menu.lst:4\n", "",
		},
		{[]string{"options", "--dom0", "consle"}, StatusUsage, "", "xenpci: dom0's kernel takes no parameter \"consle\"; init or the initramfs may read such a word; did you mean console?\nxenpci: see 'xenpci host options --help'\n"},
		{
			[]string{"check"}, StatusFailed,
			"/boot/grub/menu.lst:4: error: xen-pciback.hid=(00:09.0): xen-pciback has no such parameter in this kernel; did you mean xen_pciback.hide? [unknown_parameter]\n" +
				"/boot/grub/menu.lst:4: warning: consle=tty0: this kernel does not take it, and nothing is known that does; did you mean console? [unknown_parameter]\n" +
				"errors: 1, warnings: 1\n", "",
		},
	} {
		var out, er bytes.Buffer
		status := Main(t.Context(), append([]string{"host"}, test.args...), Env{Out: &out, Err: &er, DefaultRoot: root, Root: true})
		if status != test.status {
			t.Errorf("%v: status %d, want %d", test.args, status, test.status)
		}
		if diff := cmp.Diff(test.out+test.er, out.String()+er.String()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.args, diff)
		}
	}
}
