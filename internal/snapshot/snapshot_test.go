package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	fake "github.com/xenpci/xenpci/internal/fakekernel/archive"
	"github.com/xenpci/xenpci/internal/mask"
	"github.com/xenpci/xenpci/internal/snapshot"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/scratch"
)

var key = mask.Key{4, 2}

// unpack makes a machine of an archive.
func unpack(t *testing.T, text []byte) (root string) {
	t.Helper()
	a, err := fake.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	root = scratch.Dir(t)
	if err := fake.Unpack(a, root); err != nil {
		t.Fatal(err)
	}
	return root
}

// machine is the machine of this test.
func machine(t *testing.T) (root string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "machine.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return unpack(t, text)
}

// take takes a snapshot of the machine below root.
func take(t *testing.T, root string, m *mask.Mask) ([]byte, snapshot.Report) {
	t.Helper()
	var text bytes.Buffer
	report, err := snapshot.Write(t.Context(), &text, root, snapshot.Options{
		Comment: "A test.",
		Mask:    m,
		Wait:    sysfs.New(root).Attribute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Size != text.Len() {
		t.Errorf("it says that it has %d bytes, and has %d", report.Size, text.Len())
	}
	return text.Bytes(), report
}

// findings returns the guard's findings for each function as text.
func findings(t *testing.T, root string) []string {
	t.Helper()
	devices, err := pci.Scan(root)
	if err != nil {
		t.Fatal(err)
	}
	g := usage.Scan(root, devices, func(pci.Device) string { return "" })
	var all []string
	for _, d := range devices {
		for _, f := range g.Findings(d.Address) {
			all = append(all, fmt.Sprintf("%s: %s: %s", d.Address, f.Severity, f.Reason))
		}
	}
	return all
}

// TestWrite reads a snapshot back: it has the same devices, and the guard says
// the same of them.
func TestWrite(t *testing.T) {
	root := machine(t)
	text, report := take(t, root, nil)
	if len(report.Notes) > 0 {
		t.Errorf("%q", report.Notes)
	}
	if at := bytes.Index(text, []byte("never@")); at >= 0 || bytes.Contains(text, []byte("\nnever\n")) || bytes.Contains(text, []byte("NEVER")) || bytes.Contains(text, []byte("Never")) {
		t.Errorf("it has what it may not have:\n%s", text)
	}
	again := unpack(t, text)
	want, wantErr := pci.Scan(root)
	got, gotErr := pci.Scan(again)
	if diff := cmp.Diff(want, got); diff != "" || wantErr != nil || gotErr != nil {
		t.Errorf("%v, %v\n%s", wantErr, gotErr, diff)
	}
	found := findings(t, root)
	if len(found) == 0 {
		t.Error("the guard finds nothing in the machine")
	}
	if diff := cmp.Diff(found, findings(t, again)); diff != "" {
		t.Error(diff)
	}
	// A snapshot of a snapshot is the same one.
	if twice, _ := take(t, again, nil); !bytes.Equal(twice, text) {
		t.Error(cmp.Diff(string(text), string(twice)))
	}
}

// identity is what identifies the machine of this test.
type identity struct{ mac, serial, luks, group, root string }

// original is as the machine stands in its file.
var original = identity{
	mac:    "a4bf01123456",
	serial: "S3Z9NB0K703829X",
	luks:   "7c1a27cd90c64f4eab1f0c9b4dfc0ee1",
	group:  "Qf3wMeb2GUcHQx8GoBl4bpAzKRYjmBvG",
	root:   "5d1c0a3e",
}

// another is an identity out of a seed.
func another(seed uint64) identity {
	random := rand.New(rand.NewPCG(seed, 1))
	draw := func(alphabet string, length int) string {
		b := make([]byte, length)
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(b)
	}
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hex := digits + "abcdef"
	return identity{
		mac:    draw(hex, 1) + draw("048c", 1) + draw(hex, 10), // of one card
		serial: draw(letters, 1) + draw(digits+letters, 12) + draw(digits, 2),
		luks:   draw(hex, 12) + "4" + draw(hex, 19),
		group:  draw(digits+letters+strings.ToLower(letters), 32),
		root:   draw(hex, 8),
	}
}

// forms are all ways in which an identity stands in the machine.
func (i identity) forms() []string {
	colons := strings.Join([]string{i.mac[:2], i.mac[2:4], i.mac[4:6], i.mac[6:8], i.mac[8:10], i.mac[10:]}, ":")
	dashes := strings.Join([]string{i.luks[:8], i.luks[8:12], i.luks[12:16], i.luks[16:20], i.luks[20:]}, "-")
	serial := strings.Join([]string{i.mac[:2], i.mac[2:4], i.mac[4:6], "ff-ff", i.mac[6:8], i.mac[8:10], i.mac[10:]}, "-") // of its PCI Express card
	return []string{serial, colons, i.mac, "a6bf01fffe" + i.mac[6:], i.serial, dashes, i.luks, i.group, i.root}
}

// secrets are what else may not be in a masked snapshot of the machine.
var secrets = []string{
	"HIDDEN-4711-AB", // of a disk that is only remembered
	"002538b911b3a2c4", "36344630-5270", "KBD-771-XYZ", "hunter2secret", "9a8b7c6d", "nBqnbCN6QgPCeMX1ncvRBtHVb7m6Qqlz",
	"towerhost", "nas.example.org",
	"192.168.7.", "198.51.100.9", "1407A8C0", "0107A8C0", "0007A8C0", "4D7100CB", "20010db80005", "B80D012000000500", "B80D012000009900",
}

// TestWriteMasked: nothing that tells the machine is left, whatever its identity
// and the key, and the guard says the same, of other addresses.
func TestWriteMasked(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "machine.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		own := original
		if seed > 0 {
			own = another(seed)
		}
		var swaps []string
		for i, form := range original.forms() {
			swaps = append(swaps, form, own.forms()[i])
		}
		t.Run(fmt.Sprint(own), func(t *testing.T) {
			root := unpack(t, []byte(strings.NewReplacer(swaps...).Replace(string(text))))
			testMasked(t, root, mask.Key{1: byte(seed)}, own)
		})
	}
}

func testMasked(t *testing.T, root string, key mask.Key, own identity) {
	text, _ := take(t, root, mask.New(key))
	plain, _ := take(t, root, nil)
	for _, secret := range append(own.forms(), secrets...) {
		if !bytes.Contains(plain, []byte(secret)) {
			t.Errorf("%q is not in the machine", secret)
		}
		if at := bytes.Index(text, []byte(secret)); at >= 0 {
			t.Errorf("%q is still there: %q", secret, text[max(0, at-60):min(len(text), at+60)])
		}
	}
	for _, shown := range []string{"tower--vg-root", "xenbr0", "Samsung SSD 980 PRO", "/srv", "0000:00:01.0"} {
		if !bytes.Contains(text, []byte(shown)) {
			t.Errorf("%q is masked", shown)
		}
	}
	m := mask.New(key)
	m.LearnMAC(own.forms()[0])
	m.LearnSerial(own.serial)
	var want []string
	for _, finding := range findings(t, root) {
		finding = strings.ReplaceAll(finding, "nas.example.org", m.Name("host", "nas.example.org"))
		want = append(want, m.AddressText(finding))
	}
	if diff := cmp.Diff(want, findings(t, unpack(t, text))); diff != "" {
		t.Error(diff)
	}
}

// TestWriteKeys: another key makes another archive.
func TestWriteKeys(t *testing.T) {
	root := machine(t)
	one, _ := take(t, root, mask.New(mask.Key{1}))
	again, _ := take(t, root, mask.New(mask.Key{1}))
	other, _ := take(t, root, mask.New(mask.Key{2}))
	if !bytes.Equal(one, again) || bytes.Equal(one, other) {
		t.Errorf("as with the same key: %v; with another: %v", bytes.Equal(one, again), bytes.Equal(one, other))
	}
}

// TestWriteOfMachines: each machine of the tests can be written and read back.
func TestWriteOfMachines(t *testing.T) {
	all, err := filepath.Glob(filepath.Join("..", "..", "testdata", "sysfs", "*.txtar"))
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	for _, name := range all {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			root := unpack(t, text)
			for _, m := range []*mask.Mask{nil, mask.New(key)} {
				copied, _ := take(t, root, m)
				again := unpack(t, copied)
				want, _ := pci.Scan(root)
				got, _ := pci.Scan(again)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				if want, got := findings(t, root), findings(t, again); m == nil && !cmp.Equal(want, got) || len(want) != len(got) {
					t.Error(cmp.Diff(want, got))
				}
			}
		})
	}
}

// TestWriteWaits gives up what waits for a driver, and asks no more after a few.
func TestWriteWaits(t *testing.T) {
	asked := 0
	var text bytes.Buffer
	report, err := snapshot.Write(t.Context(), &text, crowd(t, 10), snapshot.Options{Wait: func(name string) (string, error) {
		asked++
		return "", fmt.Errorf("%s: %w", name, context.DeadlineExceeded)
	}})
	if err != nil || asked != 3 {
		t.Errorf("%v; asked %d times", err, asked)
	}
	want := []string{
		"did not answer in time: /sys/devices/pci0000:00/0000:00:00.0/driver_override, /sys/devices/pci0000:00/0000:00:01.0/driver_override, /sys/devices/pci0000:00/0000:00:02.0/driver_override",
		"left out, because reading it may wait for a driver: /sys/devices/pci0000:00/0000:00:03.0/driver_override, /sys/devices/pci0000:00/0000:00:04.0/driver_override, " +
			"/sys/devices/pci0000:00/0000:00:05.0/driver_override, /sys/devices/pci0000:00/0000:00:06.0/driver_override, /sys/devices/pci0000:00/0000:00:07.0/driver_override, " +
			"/sys/devices/pci0000:00/0000:00:08.0/driver_override, /sys/devices/pci0000:00/0000:00:09.0/driver_override",
	}
	if diff := cmp.Diff(want, report.Notes); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(text.String(), "-- xenpci/notes --\n"+strings.Join(want, "\n")+"\n") {
		t.Error("the archive does not say it")
	}
}

// crowd is a machine of n functions.
func crowd(t *testing.T, n int) (root string) {
	t.Helper()
	root = scratch.Dir(t)
	for i := range n {
		dir := filepath.Join(root, "sys/devices/pci0000:00", fmt.Sprintf("0000:00:%02x.0", i))
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "driver_override"), []byte("(null)\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestWriteOddTrees: links out of the tree, pipes, long files and odd names.
func TestWriteOddTrees(t *testing.T) {
	root := scratch.Dir(t)
	outside := scratch.Dir(t)
	dir := filepath.Join(root, "sys/devices/pci0000:00/0000:00:01.0")
	if err := errors.Join(
		os.WriteFile(filepath.Join(outside, "secret"), []byte("never\n"), 0o644),
		os.MkdirAll(filepath.Join(root, "sys/class"), 0o755),
		os.MkdirAll(filepath.Join(root, "proc"), 0o755),
		os.MkdirAll(dir, 0o755),
		os.Symlink(outside, filepath.Join(root, "sys/class/net")),
		os.Symlink(outside, filepath.Join(dir, "driver")),
		os.Symlink("../../../../../../../x", filepath.Join(dir, "physfn")),
		os.WriteFile(filepath.Join(dir, "odd\nname"), nil, 0o644),
		os.Symlink("x", filepath.Join(dir, "odd\nlink")),
		syscall.Mkfifo(filepath.Join(dir, "vendor"), 0o644),
		os.WriteFile(filepath.Join(dir, "resource"), bytes.Repeat([]byte("x\n"), 3000), 0o644),
		os.WriteFile(filepath.Join(root, "proc/mdstat"), bytes.Repeat([]byte("x\n"), 1<<20), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	text, report := take(t, root, nil)
	want := []string{
		"truncated after 1048576 bytes: /proc/mdstat",
		"left out, because an archive cannot contain it: /sys/devices/pci0000:00/0000:00:01.0/driver, /sys/devices/pci0000:00/0000:00:01.0/odd\nlink, /sys/devices/pci0000:00/0000:00:01.0/physfn",
		"truncated after 4096 bytes: /sys/devices/pci0000:00/0000:00:01.0/resource",
	}
	if diff := cmp.Diff(want, report.Notes); diff != "" {
		t.Error(diff)
	}
	if bytes.Contains(text, []byte("never")) || bytes.Contains(text, []byte("secret")) {
		t.Errorf("it followed a link:\n%s", text)
	}
	unpack(t, text)
}

// TestWriteFull: an archive never becomes larger than what can be read back.
func TestWriteFull(t *testing.T) {
	root := scratch.Dir(t)
	journals := filepath.Join(root, "run/xenpci/journal")
	first := filepath.Join(journals, "00")
	if err := errors.Join(os.MkdirAll(journals, 0o755), os.WriteFile(first, append(bytes.Repeat([]byte("x"), 1<<20-1), '\n'), 0o644)); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 70; i++ {
		if err := os.Link(first, filepath.Join(journals, fmt.Sprintf("%02d", i))); err != nil {
			t.Fatal(err)
		}
	}
	text, report := take(t, root, nil)
	if diff := cmp.Diff([]string{"left out, as all further files, because the archive is full: /run/xenpci/journal/60"}, report.Notes); diff != "" {
		t.Error(diff)
	}
	if a, err := fake.Parse(text); err != nil || len(a.Entries) != report.Entries {
		t.Errorf("%d entries, %v; want %d", len(a.Entries), err, report.Entries)
	}
}

// TestWriteUnreadable checks the note for files that need more privileges.
func TestWriteUnreadable(t *testing.T) {
	root := machine(t)
	openToAll(t, root)
	hidden := filepath.Join(root, "proc/1/mountinfo")
	if err := os.Chmod(hidden, 0); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // who may read everything
		const nobody = 65534
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	_, report := take(t, root, nil)
	if diff := cmp.Diff([]string{"not readable without more privileges: /proc/1/mountinfo"}, report.Notes); diff != "" {
		t.Error(diff)
	}
}

// openToAll lets anybody read a tree.
func openToAll(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(name, 0o755)
		case d.Type().IsRegular():
			return os.Chmod(name, 0o644)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// failing takes some bytes.
type failing int

func (f *failing) Write(p []byte) (int, error) {
	if *f -= failing(len(p)); *f < 0 {
		return 0, syscall.ENOSPC
	}
	return len(p), nil
}

// TestWriteFails ends with the error of what it writes to, or of its context.
func TestWriteFails(t *testing.T) {
	root := machine(t)
	room := failing(4096)
	if _, err := snapshot.Write(t.Context(), &room, root, snapshot.Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v; want ENOSPC", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := snapshot.Write(ctx, &bytes.Buffer{}, root, snapshot.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want context.Canceled", err)
	}
}
