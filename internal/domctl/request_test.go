package domctl

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/pci"
)

// TestRequestBytes holds the encoding to what a C compiler makes of struct
// xen_domctl in Xen's own public headers: of Xen 4.14 (version 0x12), 4.17
// (0x15) and 4.20 (0x17), on x86-64. What follows the bytes below is zero.
func TestRequestBytes(t *testing.T) {
	skipBigEndian(t)
	mustSBDF := func(a pci.Address) uint32 {
		n, ok := sbdf(a)
		if !ok {
			t.Fatalf("%s has no sbdf", a)
		}
		return n
	}
	assign := request{
		cmd: cmdAssignDevice, domain: domainIO, flags: flagRelaxed,
		sbdf: mustSBDF(pci.Address{Domain: 1, Bus: 9, Slot: 9}),
	}
	deassign := request{cmd: cmdDeassignDevice, domain: domainIO, sbdf: mustSBDF(pci.Address{Slot: 9})}
	info := request{cmd: cmdGetDomainInfo, domain: 12345}
	tests := []struct {
		name    string
		request request
		version uint32
		want    string
	}{
		{name: "assign 0001:09:09.0, Xen 4.14", request: assign, version: 0x12, want: "25000000 12000000 f17f000000000000 00000000 01000000 48090100"},
		{name: "assign 0001:09:09.0, Xen 4.17", request: assign, version: 0x15, want: "25000000 15000000 f17f000000000000 00000000 01000000 48090100"},
		{name: "assign 0001:09:09.0, Xen 4.20", request: assign, version: 0x17, want: "25000000 17000000 f17f000000000000 00000000 01000000 48090100"},
		{name: "deassign 0000:00:09.0, Xen 4.14", request: deassign, version: 0x12, want: "2f000000 12000000 f17f000000000000 00000000 00000000 48000000"},
		{name: "deassign 0000:00:09.0, Xen 4.17", request: deassign, version: 0x15, want: "2f000000 15000000 f17f000000000000 00000000 00000000 48000000"},
		{name: "deassign 0000:00:09.0, Xen 4.20", request: deassign, version: 0x17, want: "2f000000 17000000 f17f000000000000 00000000 00000000 48000000"},
		{name: "getdomaininfo 12345, Xen 4.14", request: info, version: 0x12, want: "05000000 12000000 3930000000000000"},
		{name: "getdomaininfo 12345, Xen 4.17", request: info, version: 0x15, want: "05000000 15000000 3930000000000000"},
		{name: "getdomaininfo 12345, Xen 4.20", request: info, version: 0x17, want: "05000000 17000000 3930000000000000"},
	}
	for _, test := range tests {
		want := strings.ReplaceAll(test.want, " ", "")
		want += strings.Repeat("0", 2*144-len(want))
		if got := hex.EncodeToString(test.request.encode(test.version)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, want)
		}
	}
}

// TestDomainInfoBytes: as above, of struct xen_domctl_getdomaininfo with
// XEN_DOMINF_dying and _paused.
func TestDomainInfoBytes(t *testing.T) {
	skipBigEndian(t)
	answer, err := hex.DecodeString("00000000000000000300000000000000" + "0300000009000000")
	if err != nil {
		t.Fatal(err)
	}
	answer = append(answer, make([]byte, requestSize-len(answer))...)
	if got, want := decodeDomainInfo(answer), (domainInfo{domain: 3, dead: true}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestSBDF(t *testing.T) {
	tests := []struct {
		address pci.Address
		want    uint32
		ok      bool
	}{
		{address: pci.Address{}, want: 0, ok: true},
		{address: pci.Address{Bus: 1, Slot: 2, Function: 3}, want: 0x0113, ok: true},
		{address: pci.Address{Domain: 0xffff, Bus: 0xff, Slot: 0x1f, Function: 7}, want: 0xffffffff, ok: true},
		{address: pci.Address{Domain: 0x10000, Bus: 0xe0, Slot: 6}},
		{address: pci.Address{Slot: 0x20}},
		{address: pci.Address{Function: 8}},
	}
	for _, test := range tests {
		if got, ok := sbdf(test.address); got != test.want || ok != test.ok {
			t.Errorf("%s: %#x, %v; want %#x, %v", test.address, got, ok, test.want, test.ok)
		}
	}
}

func skipBigEndian(t *testing.T) {
	t.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the bytes here are those of a little-endian machine")
	}
}
