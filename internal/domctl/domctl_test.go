package domctl

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// nic is the device of most tests.
func nic() pci.Address { return pci.Address{Slot: 9} }

// xen is a hypervisor of one interface version with one answer.
type xen struct {
	version uint32
	errno   syscall.Errno
	answer  domainInfo // for getdomaininfo
	tried   []uint32
	cmds    []uint32 // those that were not refused
}

func (x *xen) call(b []byte) syscall.Errno {
	version := binary.NativeEndian.Uint32(b[4:])
	x.tried = append(x.tried, version)
	if version != x.version {
		return syscall.EACCES
	}
	cmd := binary.NativeEndian.Uint32(b)
	x.cmds = append(x.cmds, cmd)
	if x.errno == 0 && cmd == cmdGetDomainInfo {
		binary.NativeEndian.PutUint16(b[unionOffset:], x.answer.domain)
		if x.answer.dead {
			binary.NativeEndian.PutUint32(b[unionOffset+4:], dyingFlag)
		}
	}
	return x.errno
}

// on gives a Hypervisor over x that believes in Xen 4.minor.
func on(t *testing.T, x *xen, minor string) *Hypervisor {
	t.Helper()
	closed := 0
	t.Cleanup(func() {
		if closed > 1 {
			t.Errorf("closed %d times", closed)
		}
	})
	return &Hypervisor{
		call:     x.call,
		close:    func() error { closed++; return nil },
		versions: likeliest(running(t, "4", minor)),
	}
}

// running gives a root below which that Xen runs.
func running(t *testing.T, major, minor string) sysfs.FS {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "sys/hypervisor/version")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"major": major, "minor": minor} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return sysfs.New(root)
}

func TestLikeliest(t *testing.T) {
	all := []uint32{0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x10, 0xf}
	tests := []struct {
		major, minor string
		first        uint32
	}{
		{major: "4", minor: "10", first: 0xf},
		{major: "4", minor: "11", first: 0x10},
		{major: "4", minor: "12", first: 0x11},
		{major: "4", minor: "13", first: 0x12},
		{major: "4", minor: "14", first: 0x12},
		{major: "4", minor: "15", first: 0x13},
		{major: "4", minor: "16", first: 0x14},
		{major: "4", minor: "17", first: 0x15},
		{major: "4", minor: "18", first: 0x16},
		{major: "4", minor: "19", first: 0x17},
		{major: "4", minor: "20", first: 0x17},
		{major: "4", minor: "21", first: 0x17},
		{major: "4", minor: "22", first: 0x18},
		{major: "4", minor: "99", first: 0x18},
		{major: "4", minor: "3", first: 0x18},
		{major: "4", minor: "x", first: 0x18},
		{major: "5", minor: "0", first: 0x18},
	}
	for _, test := range tests {
		want := []uint32{test.first}
		for _, version := range all {
			if version != test.first {
				want = append(want, version)
			}
		}
		if diff := cmp.Diff(want, likeliest(running(t, test.major, test.minor)).Numbers()); diff != "" {
			t.Errorf("Xen %s.%s: %s", test.major, test.minor, diff)
		}
	}
	if diff := cmp.Diff(all, likeliest(sysfs.New(t.TempDir())).Numbers()); diff != "" {
		t.Errorf("no version to be read: %s", diff)
	}
}

// TestVersionsAreTried: one after the other until Xen takes one, which then
// comes first.
func TestVersionsAreTried(t *testing.T) {
	x := &xen{version: 0x14}
	h := on(t, x, "17")
	for range 2 {
		if err := h.Quarantine(nic()); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Release(nic()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint32{0x15, 0x18, 0x17, 0x16, 0x14, 0x14, 0x14}, x.tried); diff != "" {
		t.Error("versions:", diff)
	}
	if diff := cmp.Diff([]uint32{cmdAssignDevice, cmdAssignDevice, cmdDeassignDevice}, x.cmds); diff != "" {
		t.Error("commands:", diff)
	}
}

// TestVersionIsFoundAfterAFault: an errno from before the version was looked
// at does not settle the version.
func TestVersionIsFoundAfterAFault(t *testing.T) {
	x := &xen{version: 0x14}
	h := on(t, x, "17")
	faults := 1
	h.call = func(b []byte) syscall.Errno {
		if faults > 0 {
			faults--
			return syscall.EFAULT
		}
		return x.call(b)
	}
	if err := h.Quarantine(nic()); !errors.Is(err, syscall.EFAULT) {
		t.Errorf("%v", err)
	}
	if err := h.Quarantine(nic()); err != nil {
		t.Errorf("%v", err)
	}
}

func TestNoVersionFits(t *testing.T) {
	x := &xen{version: 0x99}
	h := on(t, x, "17")
	err := h.Quarantine(nic())
	var failed *Error
	if !errors.Is(err, hypercall.ErrInterface) || !errors.As(err, &failed) || failed.Errno != syscall.EACCES || failed.Address != nic() {
		t.Errorf("%v", err)
	}
	want := "0000:00:09.0: quarantine: Xen accepts no known version of the toolstack interface: " +
		"tried 0x15, 0x18, 0x17, 0x16, 0x14, 0x13, 0x12, 0x11, 0x10, 0xf (EACCES)"
	if err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if _, err := h.DomainExists(1); !errors.Is(err, hypercall.ErrInterface) {
		t.Errorf("%v", err)
	}
	if len(x.cmds) != 0 || len(x.tried) != 2*len(knownVersions()) {
		t.Errorf("%d calls, %d of them done", len(x.tried), len(x.cmds))
	}
}

func TestErrnoMeanings(t *testing.T) {
	quarantine := func(h *Hypervisor) error { return h.Quarantine(nic()) }
	release := func(h *Hypervisor) error { return h.Release(nic()) }
	tests := []struct {
		name  string
		do    func(*Hypervisor) error
		errno syscall.Errno
		want  error
		text  string
	}{
		{name: "quarantine, no IOMMU", do: quarantine, errno: syscall.EOPNOTSUPP, want: ErrNoIOMMU, text: "Xen uses no IOMMU, so it cannot quarantine the device (EOPNOTSUPP)"},
		{name: "quarantine, no IOMMU, older Xen", do: quarantine, errno: syscall.ENOSYS, want: ErrNoIOMMU, text: "(ENOSYS)"},
		{name: "quarantine, Xen without dom_io", do: quarantine, errno: syscall.ESRCH, want: ErrNoQuarantine, text: "too old to quarantine devices (ESRCH)"},
		{name: "quarantine, guest has it", do: quarantine, errno: syscall.EBUSY, want: ErrInUse, text: "(EBUSY); shut the guest down"},
		{name: "quarantine, unknown", do: quarantine, errno: syscall.ENODEV, want: ErrUnknownDevice, text: "Xen does not know the device (ENODEV)"},
		{name: "quarantine, not allowed", do: quarantine, errno: syscall.EPERM, want: syscall.EPERM, text: "operation not permitted (EPERM)"},
		{name: "release, no IOMMU", do: release, errno: syscall.EOPNOTSUPP, want: ErrNoIOMMU, text: "(EOPNOTSUPP)"},
		{name: "release, not quarantined", do: release, errno: syscall.ENODEV, want: ErrNotQuarantined, text: "0000:00:09.0: release: the device is not in quarantine (ENODEV)"},
		{name: "release, Xen without dom_io", do: release, errno: syscall.ESRCH, want: ErrNoQuarantine, text: "(ESRCH)"},
		{name: "release, something else", do: release, errno: syscall.EINVAL, want: syscall.EINVAL, text: "0000:00:09.0: release: invalid argument (EINVAL)"},
	}
	sentinels := []error{hypercall.ErrAbsent, hypercall.ErrInterface, ErrNoIOMMU, ErrNoQuarantine, ErrNotQuarantined, ErrUnknownDevice, ErrInUse, ErrAddress}
	for _, test := range tests {
		err := test.do(on(t, &xen{version: 0x15, errno: test.errno}, "17"))
		var failed *Error
		if !errors.As(err, &failed) || failed.Errno != test.errno || !errors.Is(err, test.errno) {
			t.Errorf("%s: %#v", test.name, err)
			continue
		}
		for _, sentinel := range sentinels {
			if errors.Is(err, sentinel) != (sentinel == test.want) {
				t.Errorf("%s: is %q: %v", test.name, sentinel, errors.Is(err, sentinel))
			}
		}
		if !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %q, want %q", test.name, err, test.text)
		}
	}
}

func TestAddressThatXenCannotName(t *testing.T) {
	x := &xen{version: 0x15}
	h := on(t, x, "17")
	vmd := pci.Address{Domain: 0x10000, Bus: 0xe0, Slot: 6}
	for _, err := range []error{h.Quarantine(vmd), h.Release(vmd)} {
		if !errors.Is(err, ErrAddress) || !strings.HasPrefix(err.Error(), "10000:e0:06.0: ") {
			t.Errorf("%v", err)
		}
	}
	if len(x.tried) != 0 {
		t.Errorf("Xen was asked %d times", len(x.tried))
	}
}

func TestDomainExists(t *testing.T) {
	tests := []struct {
		name string
		id   uint16
		xen  xen
		want bool
		err  error
	}{
		{name: "dom0", id: 0, xen: xen{answer: domainInfo{domain: 0}}, want: true},
		{name: "a guest", id: 7, xen: xen{answer: domainInfo{domain: 7}}, want: true},
		{name: "the next domain in its place", id: 7, xen: xen{answer: domainInfo{domain: 9}}},
		{name: "dead", id: 7, xen: xen{answer: domainInfo{domain: 7, dead: true}}},
		{name: "none", id: 7, xen: xen{errno: syscall.ESRCH}},
		{name: "not allowed", id: 7, xen: xen{errno: syscall.EPERM}, err: syscall.EPERM},
		{name: "dom_io is no domain", id: domainIO, xen: xen{answer: domainInfo{domain: domainIO}}},
	}
	for _, test := range tests {
		test.xen.version = 0x15
		got, err := on(t, &test.xen, "17").DomainExists(test.id)
		if got != test.want || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %v, %v; want %v, %v", test.name, got, err, test.want, test.err)
		}
	}
}

func TestClosed(t *testing.T) {
	h := on(t, &xen{version: 0x15}, "17")
	for range 2 {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := h.Quarantine(nic()); !errors.Is(err, syscall.EBADF) {
		t.Errorf("%v", err)
	}
}

func TestSharedByGoroutines(t *testing.T) {
	x := &xen{version: 0x12}
	h := on(t, x, "17")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if err := h.Quarantine(nic()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if want := 8 * 20; len(x.cmds) != want || slices.Contains(x.cmds, 0) {
		t.Errorf("%d calls, want %d", len(x.cmds), want)
	}
}

func TestOpenAbsent(t *testing.T) {
	if _, err := Open(sysfs.New(t.TempDir())); !errors.Is(err, hypercall.ErrAbsent) {
		t.Errorf("another root: %v", err)
	}
}
