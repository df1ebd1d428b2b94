package kmod

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

const release = "6.1.0-56-amd64"

// machine makes a root with these files and the kernel of release running.
func machine(t *testing.T, files map[string]string) sysfs.FS {
	t.Helper()
	root := t.TempDir()
	put(t, filepath.Join(root, sysfs.ReleaseFile), release+"\n")
	for name, content := range files {
		put(t, filepath.Join(root, name), content)
	}
	return sysfs.New(root)
}

func running(t *testing.T, files map[string]string) Kernel {
	t.Helper()
	k, err := Running(machine(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const dep = `kernel/drivers/xen/xen-pciback/xen-pciback.ko: kernel/drivers/xen/other.ko
kernel/drivers/net/ethernet/intel/e1000/e1000.ko.xz:
`

func TestModule(t *testing.T) {
	for _, test := range []struct {
		name    string
		files   map[string]string
		modules map[string]State
	}{
		{"Debian's kernel", map[string]string{
			"/lib/modules/" + release + "/modules.dep":     dep,
			"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/pci/pcie-port.ko\n",
		}, map[string]State{
			"xen-pciback": Loadable, "xen_pciback": Loadable, "e1000": Loadable, "pcie_port": BuiltIn,
			"pciback": Absent, "e1000.ko": Absent, "other": Absent,
		}},
		{"built in", map[string]string{
			"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n",
		}, map[string]State{"xen-pciback": BuiltIn, "e1000": Absent}},
		{"before modules.builtin, absolute paths", map[string]string{
			"/lib/modules/" + release + "/modules.dep": "/lib/modules/2.6.18/kernel/drivers/xen/pciback/pciback.ko:\n",
		}, map[string]State{"pciback": Loadable, "e1000": Absent}},
		{"only in /usr/lib", map[string]string{
			"/usr/lib/modules/" + release + "/modules.dep": dep,
		}, map[string]State{"xen-pciback": Loadable}},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := running(t, test.files)
			got := map[string]State{}
			for name := range test.modules {
				state, err := k.Module(name)
				if err != nil {
					t.Fatal(err)
				}
				got[name] = state
			}
			if diff := cmp.Diff(test.modules, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNothingKnown(t *testing.T) {
	k := running(t, nil)
	if _, err := k.Module("xen-pciback"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Module: %v; want fs.ErrNotExist in its chain", err)
	}
	if a, err := k.Aliases(); !errors.Is(err, fs.ErrNotExist) || a.Modules("pci:v1") != nil {
		t.Errorf("Aliases: %v; want fs.ErrNotExist in its chain and no modules", err)
	}
	if _, err := k.Option("CONFIG_XEN"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Option: %v; want fs.ErrNotExist in its chain", err)
	}
	if _, err := Running(sysfs.New(t.TempDir())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Running: %v; want fs.ErrNotExist in its chain", err)
	}
	for _, bad := range []string{"", ".", "..", "../../etc", "a\x00b"} {
		if k, err := New(sysfs.FS{}, bad); err == nil {
			t.Errorf("release %q was taken: %+v", bad, k)
		}
	}
}

const config = `#
# Automatically generated file; DO NOT EDIT.
#
CONFIG_XEN=y
CONFIG_XEN_PCIDEV_BACKEND=m
CONFIG_XEN_PCIDEV_BACKEND_EXTRA=y
# CONFIG_XEN_PVH is not set
CONFIG_NR_CPUS=8192
CONFIG_LOCALVERSION="-x=y"
CONFIG_OFF=n
`

func TestOption(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte("CONFIG_XEN=y\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const boot = "/boot/config-" + release
	debian := map[string]string{boot: config}
	for _, test := range []struct {
		name, option string
		files        map[string]string
		want         Option
	}{
		{"module", "CONFIG_XEN_PCIDEV_BACKEND", debian, Option{"m", boot}},
		{"built in", "CONFIG_XEN", debian, Option{"y", boot}},
		{"said to be unset", "CONFIG_XEN_PVH", debian, Option{"", boot}},
		{"not mentioned", "CONFIG_XEN_PCIDEV", debian, Option{"", boot}},
		{"number", "CONFIG_NR_CPUS", debian, Option{"8192", boot}},
		{"text with an equals sign", "CONFIG_LOCALVERSION", debian, Option{`"-x=y"`, boot}},
		{"n", "CONFIG_OFF", debian, Option{"", boot}},
		{"the running kernel's own word first", "CONFIG_XEN_PCIDEV_BACKEND",
			map[string]string{boot: config, "/proc/config.gz": packed.String()}, Option{"", "/proc/config.gz"}},
		{"Fedora's place", "CONFIG_XEN", map[string]string{"/lib/modules/" + release + "/config": config},
			Option{"y", "/lib/modules/" + release + "/config"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := running(t, test.files).Option(test.option)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
	if _, err := running(t, map[string]string{"/proc/config.gz": "no gzip"}).Option("CONFIG_XEN"); err == nil {
		t.Error("a broken /proc/config.gz was read")
	}
	other, err := New(machine(t, map[string]string{"/proc/config.gz": packed.String()}), "5.10.0")
	if err != nil {
		t.Fatal(err)
	}
	if o, err := other.Option("CONFIG_XEN"); err == nil {
		t.Errorf("another kernel's configuration was taken from the running one: %+v", o)
	}
}

func TestOfImage(t *testing.T) {
	f := machine(t, map[string]string{
		"/lib/modules/6.1.0/modules.dep": "", "/lib/modules/6.1.0-xen/modules.dep": dep, "/lib/modules/xen/modules.dep": "",
	})
	for file, want := range map[string]string{
		"/boot/vmlinuz-6.1.0-xen": "6.1.0-xen", "/vmlinuz-6.1.0": "6.1.0", "/boot/vmlinuz": "", "/boot/vmlinuz-6.6.0": "", "": "",
	} {
		k, ok := OfImage(f, file)
		if ok != (want != "") || k.Release != want {
			t.Errorf("%s: %q, %v", file, k.Release, ok)
		}
		if state, name, err := k.FirstOf("pciback", "xen-pciback"); want == "6.1.0-xen" && (state != Loadable || name != "xen-pciback" || err != nil) {
			t.Errorf("%s: %v, %s, %v", file, state, name, err)
		}
	}
}
