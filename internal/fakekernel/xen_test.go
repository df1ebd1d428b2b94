package fakekernel_test

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAssign(t *testing.T) {
	h := loaded(t, "sis190")
	const backend = "/sys/bus/xen-backend/devices/pci-3-0"
	if err := h.Assign(nic, 3); errnoOf(err) != syscall.ENODEV {
		t.Errorf("on its native driver: %v, want ENODEV", err)
	}
	if err := hide(h); err != nil {
		t.Fatal(err)
	}
	before := shown(t, h)
	if err := h.Assign(nic, 3); err != nil {
		t.Fatal(err)
	}
	if err := h.Assign(nic, 4); errnoOf(err) != syscall.EBUSY {
		t.Errorf("twice: %v, want EBUSY", err)
	}
	got := []string{attribute(t, h, device+nic+"/enable"), attribute(t, h, drivers+"pciback/irq_handlers"), attribute(t, h, backend+"/nodename"),
		attribute(t, h, "/sys/module/xen_pciback/refcnt")}
	if diff := cmp.Diff([]string{"1\n", nic + ":on:acking:0\n", "backend/pci/3/0\n", "1\n"}, got); diff != "" {
		t.Error(diff)
	}
	// remove_slot, new_slot and a second bind, while a guest has it.
	for _, s := range []step{{drivers + "pciback/remove_slot", nic, 0}, register(nic), {bindFile, nic, syscall.EBUSY}, {drivers + "3c59x/bind", nic, syscall.EBUSY},
		{drivers + "pciback/permissive", nic, 0}} {
		s.run(t, h)
	}
	if err := h.Deassign(nic); err != nil {
		t.Fatal(err)
	}
	if err := h.Deassign(nic); errnoOf(err) != syscall.ENOENT {
		t.Errorf("twice: %v, want ENOENT", err)
	}
	if got := attribute(t, h, drivers+"pciback/permissive"); got != nic+"\n" {
		t.Errorf("permissive %q", got)
	}
	write(t, h, drivers+"pciback/unbind", nic)
	write(t, h, bindFile, nic)
	if diff := cmp.Diff(before, shown(t, h)); diff != "" {
		t.Error(diff)
	}
}

// TestUnbindWhileAssigned is section 3.5: no refusal, and the backend device
// stays until the domain goes.
func TestUnbindWhileAssigned(t *testing.T) {
	for name, last := range map[string]step{"unbind": unbindFrom("pciback", nic), "remove": {device + nic + "/remove", "1", 0}} {
		t.Run(name, func(t *testing.T) {
			h := loaded(t, "sis190")
			if err := hide(h); err != nil {
				t.Fatal(err)
			}
			if err := h.Assign(nic, 1); err != nil {
				t.Fatal(err)
			}
			last.run(t, h)
			if got := attribute(t, h, drivers+"pciback/irq_handlers"); got != "" {
				t.Errorf("irq_handlers %q", got)
			}
			if driverOf(h, nic) != "" || !h.FS().Exists("/sys/bus/xen-backend/devices/pci-1-0") {
				t.Error("still bound, or the backend device is gone")
			}
			if err := h.Deassign(nic); err != nil {
				t.Fatal(err)
			}
			if h.FS().Exists("/sys/bus/xen-backend/devices/pci-1-0") {
				t.Error("the backend device is still there")
			}
		})
	}
}

// TestDeviceAttributesOfPciback is section 7.
func TestDeviceAttributesOfPciback(t *testing.T) {
	tests := []step{
		{"permissive", "00:04.0", syscall.ENODEV},
		{"permissive", "00:09.*", syscall.ENODEV},
		{"permissive", "garbage", syscall.EINVAL},
		{"permissive", "-00:09.0", syscall.EINVAL},
		{"permissive", "00:09.0", 0},
		{"permissive", "00:09.0", 0},
		{"allow_interrupt_control", "00:09.0", 0},
		{"allow_interrupt_control", "00:04.0", syscall.ENODEV},
		{"irq_handler_state", "00:09.0", 0},
		{"irq_handler_state", "00:04.0", syscall.ENOENT},
		{"irq_handler_state", "x", syscall.EINVAL},
		{"quirks", "00:09.0-a0:4:ffffffff", 0},
		{"quirks", "0000:00:09.0-a0:4:ffffffff", 0},
		{"quirks", "00:09.0-a0:3:ff", syscall.EINVAL},
		{"quirks", "00:09.0-1000:4:ff", syscall.EINVAL},
		{"quirks", "00:09.0-a0:1:fff", syscall.EINVAL},
		{"quirks", "00:09.0", syscall.EINVAL},
		{"quirks", "00:09.*-a0:4:ff", syscall.EINVAL},
		{"quirks", "00:04.0-a0:4:ff", syscall.ENODEV},
	}
	h := loaded(t, "sis190")
	if err := hide(h); err != nil {
		t.Fatal(err)
	}
	for _, s := range tests {
		s.name = drivers + "pciback/" + s.name
		s.run(t, h)
	}
	read := func() map[string]string {
		got := map[string]string{}
		for _, name := range []string{"permissive", "allow_interrupt_control", "irq_handlers", "quirks"} {
			got[name] = attribute(t, h, drivers+"pciback/"+name)
		}
		return got
	}
	want := map[string]string{"permissive": nic + "\n", "allow_interrupt_control": nic + "\n", "irq_handlers": nic + ":on:acking:0\n",
		"quirks": "00:09.0\n\t10b7:9055:10b7:9055\n\t\t000000a0:4:ffffffff\n"}
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Error(diff)
	}
	write(t, h, drivers+"pciback/unbind", nic)
	if diff := cmp.Diff(map[string]string{"permissive": "", "allow_interrupt_control": "", "irq_handlers": "", "quirks": ""}, read()); diff != "" {
		t.Errorf("after unbind: %s", diff)
	}
}
