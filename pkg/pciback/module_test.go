package pciback_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// The files of the archive "qemu" that the variants change.
const (
	config  = "boot/config-6.1.0-56-amd64"
	modules = "lib/modules/6.1.0-56-amd64"
)

// edit gives one file of the tree another content.
func edit(t *testing.T, h *fakekernel.Host, name string, change func(string) string) {
	t.Helper()
	file := filepath.Join(h.Root, name)
	content, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(change(string(content))), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, h *fakekernel.Host, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(h.Root, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestModule(t *testing.T) {
	want := pciback.Module{
		Presence: pciback.Loadable,
		Name:     "xen-pciback",
		Release:  "6.1.0-56-amd64",
		Option:   "CONFIG_XEN_PCIDEV_BACKEND",
		Value:    "m",
		Dom0:     true,
	}
	with := func(change func(*pciback.Module)) pciback.Module {
		m := want
		change(&m)
		return m
	}
	for _, test := range []struct {
		name   string
		change func(*testing.T, *fakekernel.Host)
		want   pciback.Module
		advice string // a part of it; "" when there is none
	}{
		{"loadable", func(*testing.T, *fakekernel.Host) {}, want, "'xenpci hide' loads it, or 'modprobe xen-pciback'"},
		{
			"loaded",
			func(t *testing.T, h *fakekernel.Host) { must(t, h.LoadModule("xen-pciback")) },
			with(func(m *pciback.Module) { m.Presence = pciback.Loaded }), "",
		},
		{
			"loaded with hide=",
			func(t *testing.T, h *fakekernel.Host) {
				must(t, h.LoadModule("xen-pciback", "hide=(00:09.0)(00:1e.*)(0000:00:0b.0)"))
			},
			with(func(m *pciback.Module) {
				m.Presence, m.Hide = pciback.Loaded, pciback.Hide{{Slot: 9}, {Slot: 0x1e, Function: pciback.Any}, {Slot: 0xb}}
			}), "",
		},
		{
			"built in",
			func(t *testing.T, h *fakekernel.Host) { must(t, h.BuildIn("hide=(00:09.0)")) },
			with(func(m *pciback.Module) {
				m.Presence, m.Value, m.Hide = pciback.BuiltIn, "y", pciback.Hide{{Slot: 9}}
			}), "",
		},
		{
			"built in, and not under Xen: it has registered, and not with Xen's bus",
			func(t *testing.T, h *fakekernel.Host) {
				must(t, h.BuildIn("hide=(00:09.0)"))
				remove(t, h, "proc/xen", "sys/hypervisor", "sys/bus/xen-backend")
			},
			with(func(m *pciback.Module) {
				m.Presence, m.Value, m.Dom0, m.Hide = pciback.Idle, "y", false, pciback.Hide{{Slot: 9}}
			}), "choose the Xen entry",
		},
		{
			"built in, and the signs of Xen are missing",
			func(t *testing.T, h *fakekernel.Host) {
				must(t, h.BuildIn())
				remove(t, h, "proc/xen", "sys/hypervisor")
			},
			with(func(m *pciback.Module) { m.Presence, m.Value, m.Dom0 = pciback.BuiltIn, "y", false }), "",
		},
		{
			"built in, but it did not start",
			func(t *testing.T, h *fakekernel.Host) {
				must(t, h.LeaveOut())
				edit(t, h, config, func(string) string { return "CONFIG_XEN_PCIDEV_BACKEND=y\n" })
				edit(t, h, modules+"/modules.builtin", func(s string) string { return s + "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n" })
			},
			with(func(m *pciback.Module) { m.Presence, m.Value = pciback.Idle, "y" }), "look for xen_pciback in the kernel's log",
		},
		{
			"left out of the kernel",
			func(t *testing.T, h *fakekernel.Host) { must(t, h.LeaveOut()) },
			with(func(m *pciback.Module) { m.Presence, m.Value = pciback.Absent, "n" }),
			"the kernel 6.1.0-56-amd64 was built without CONFIG_XEN_PCIDEV_BACKEND",
		},
		{
			"not even asked for in the configuration",
			func(t *testing.T, h *fakekernel.Host) {
				must(t, h.LeaveOut())
				edit(t, h, config, func(string) string { return "CONFIG_PCI=y\n" })
			},
			with(func(m *pciback.Module) { m.Presence, m.Value = pciback.Absent, "n" }),
			"the kernel 6.1.0-56-amd64 was built without CONFIG_XEN_PCIDEV_BACKEND",
		},
		{
			"configured, but its package is not installed",
			func(t *testing.T, h *fakekernel.Host) {
				must(t, h.LeaveOut())
				edit(t, h, config, func(string) string { return "CONFIG_XEN_PCIDEV_BACKEND=m\n" })
			},
			with(func(m *pciback.Module) { m.Presence = pciback.Absent }),
			"the modules of 6.1.0-56-amd64",
		},
		{
			"configured, and no modules at all",
			func(t *testing.T, h *fakekernel.Host) { remove(t, h, modules) },
			with(func(m *pciback.Module) { m.Presence = pciback.Absent }),
			"install the package with the kernel's modules",
		},
		{
			"absent, and no configuration to read",
			func(t *testing.T, h *fakekernel.Host) {
				must(t, h.LeaveOut())
				remove(t, h, config)
			},
			with(func(m *pciback.Module) { m.Presence, m.Value = pciback.Absent, "" }),
			"CONFIG_XEN_PCIDEV_BACKEND=m or =y",
		},
		{
			"not under Xen",
			func(t *testing.T, h *fakekernel.Host) { remove(t, h, "proc/xen", "sys/hypervisor") },
			with(func(m *pciback.Module) { m.Dom0 = false }), "choose the Xen entry",
		},
		{
			"in a guest", // features without XENFEAT_dom0
			func(t *testing.T, h *fakekernel.Host) {
				edit(t, h, "proc/xen/capabilities", func(string) string { return "" })
				edit(t, h, "sys/hypervisor/properties/features", func(string) string { return "000020f0\n" })
			},
			with(func(m *pciback.Module) { m.Dom0 = false }), "choose the Xen entry",
		},
		{
			"xenfs is not mounted",
			func(t *testing.T, h *fakekernel.Host) { remove(t, h, "proc/xen") },
			want, "modprobe xen-pciback",
		},
		{
			"under its old name", // XenoLinux 2.6.18 to 2.6.3x
			func(t *testing.T, h *fakekernel.Host) {
				for _, index := range []string{"modules.dep", "modules.alias"} {
					edit(t, h, modules+"/"+index, func(s string) string {
						return strings.NewReplacer("xen-pciback", "pciback", "xen_pciback", "pciback").Replace(s)
					})
				}
			},
			with(func(m *pciback.Module) { m.Name = "pciback" }), "modprobe pciback",
		},
		{
			"nothing to read at all",
			func(t *testing.T, h *fakekernel.Host) { remove(t, h, "proc", "sys", "boot", "lib") },
			pciback.Module{Presence: pciback.Absent, Name: "xen-pciback", Option: "CONFIG_XEN_PCIDEV_BACKEND"}, "choose the Xen entry",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := fakekernel.Unpack(t, "qemu")
			test.change(t, h)
			got := pciback.New(h.Root).Module()
			if registered := pciback.New(h.Root).Registered(); (got.Registration != 0) != registered {
				t.Errorf("registration %d, %s", got.Registration, got.Presence)
			}
			if ready := got.Presence == pciback.Loaded || got.Presence == pciback.BuiltIn; pciback.New(h.Root).Ready() != ready {
				t.Errorf("ready: %v, %s", !ready, got.Presence)
			}
			got.Registration = 0
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			advice := strings.TrimPrefix(got.Problem()+"; "+got.Advice(), "; ")
			if (advice == "") != (test.advice == "") || !strings.Contains(advice, test.advice) {
				t.Errorf("advice %q, want %q in it", advice, test.advice)
			}
		})
	}
}

func TestModuleError(t *testing.T) {
	errInit := errors.New("modprobe xen-pciback: Invalid argument")
	loadable := pciback.Module{Presence: pciback.Loadable, Name: "xen-pciback", Release: "6.1", Option: "CONFIG_XEN_PCIDEV_BACKEND", Dom0: true}
	absent := loadable
	absent.Presence, absent.Value = pciback.Absent, "n"
	native := loadable
	native.Dom0 = false
	for _, test := range []struct {
		name string
		err  *pciback.ModuleError
		want []string // facts in the message
	}{
		{"not in the kernel", &pciback.ModuleError{Module: absent}, []string{"absent", "6.1", "CONFIG_XEN_PCIDEV_BACKEND"}},
		{"modprobe refuses", &pciback.ModuleError{Module: loadable, Err: errInit}, []string{"loadable", errInit.Error()}},
		{"without Xen", &pciback.ModuleError{Module: native, Err: errInit}, []string{"loadable", errInit.Error(), native.Advice()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, fact := range test.want {
				if !strings.Contains(test.err.Error(), fact) {
					t.Errorf("%q does not say %q", test.err, fact)
				}
			}
			if test.err.Err != nil && !errors.Is(test.err, test.err.Err) {
				t.Error("the cause is not in its chain")
			}
		})
	}
}
