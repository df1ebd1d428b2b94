package domctl

import (
	"encoding/hex"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestInterruptBytes holds the encoding to what was seen to connect an interrupt on Xen 4.20:
// struct physdev_map_pirq, and struct xen_domctl with struct xen_domctl_bind_pt_irq.
func TestInterruptBytes(t *testing.T) {
	skipBigEndian(t)
	want := "f07f0000" + "01000000" + "15000000" + "15000000" + strings.Repeat("00", 24)
	if got := hex.EncodeToString(encodeMap(21)); got != want {
		t.Errorf("map:\n got %s\nwant %s", got, want)
	}
	want = "26000000" + "17000000" + "0000000000000000" + "15000000" + strings.Repeat("00", 124)
	if got := hex.EncodeToString(request{cmd: cmdBindInterrupt, interrupt: 21}.encode(0x17)); got != want {
		t.Errorf("bind:\n got %s\nwant %s", got, want)
	}
}

// mapped notes the calls that a Hypervisor makes besides domctl.
type mapped struct {
	errno    syscall.Errno
	commands []uint64
}

func (m *mapped) physdev(command uint64, _ []byte) syscall.Errno {
	m.commands = append(m.commands, command)
	return m.errno
}

// TestConnect: an interrupt is mapped first, and bound only then.
func TestConnect(t *testing.T) {
	tests := []struct {
		name       string
		mapping    syscall.Errno
		xen        xen
		want       error
		text       string
		maps, cmds int
	}{
		{name: "connected", xen: xen{version: 0x15}, maps: 1, cmds: 1},
		{name: "not mapped", mapping: syscall.EINVAL, xen: xen{version: 0x15}, want: syscall.EINVAL, text: "map interrupt 21: ", maps: 1},
		{name: "not bound", xen: xen{version: 0x15, errno: syscall.EPERM}, want: syscall.EPERM, text: "bind interrupt 21: ", maps: 1, cmds: 1},
		{name: "another interface", xen: xen{version: 0x99}, want: hypercall.ErrInterface, text: "bind interrupt 21: ", maps: 1},
	}
	for _, test := range tests {
		h, m := on(t, &test.xen, "17"), &mapped{errno: test.mapping}
		h.physdev = m.physdev
		err := h.Connect(21)
		if !errors.Is(err, test.want) || err != nil && !strings.HasPrefix(err.Error(), test.text) {
			t.Errorf("%s: %v", test.name, err)
		}
		if len(m.commands) != test.maps || len(test.xen.cmds) != test.cmds {
			t.Errorf("%s: commands %v, then %v", test.name, m.commands, test.xen.cmds)
		}
	}
}

// TestGSI asks the kernel with the address as Xen writes it.
func TestGSI(t *testing.T) {
	h := on(t, &xen{version: 0x15}, "17")
	var asked []uint32
	answer := syscall.Errno(0)
	h.gsi = func(sbdf uint32) (uint32, syscall.Errno) {
		asked = append(asked, sbdf)
		return 21, answer
	}
	if gsi, err := h.GSI(pci.Address{Domain: 1, Bus: 9, Slot: 9}); gsi != 21 || err != nil {
		t.Errorf("%d, %v", gsi, err)
	}
	for _, answer = range []syscall.Errno{syscall.ENOTTY, syscall.EOPNOTSUPP, syscall.ENODEV, syscall.ENOENT} {
		if _, err := h.GSI(nic()); !errors.Is(err, ErrNoGSI) || !strings.Contains(err.Error(), errnoName(answer)) {
			t.Errorf("%v: %v", answer, err)
		}
	}
	if _, err := h.GSI(pci.Address{Domain: 0x10000}); !errors.Is(err, ErrNoGSI) {
		t.Errorf("a domain that Xen does not have: %v", err)
	}
	if diff := cmp.Diff([]uint32{0x10948, 0x48, 0x48, 0x48, 0x48}, asked); diff != "" {
		t.Error(diff)
	}
}
