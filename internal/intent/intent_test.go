package intent_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/intent"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

func TestRecords(t *testing.T) {
	f := sysfs.New(t.TempDir())
	nine, ten := pci.Address{Slot: 9}, pci.Address{Slot: 10}
	check := func(want map[pci.Address]intent.Intent) {
		t.Helper()
		got, err := intent.All(f, 7)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
	set := func(a pci.Address, i intent.Intent) {
		t.Helper()
		if err := intent.Set(f, a, i, 7); err != nil {
			t.Fatal(err)
		}
	}
	check(nil)
	set(nine, intent.None) // there is none yet
	set(nine, intent.Hidden)
	set(ten, intent.Reserved)
	set(nine, intent.GivenBack)
	check(map[pci.Address]intent.Intent{nine: intent.GivenBack, ten: intent.Reserved})

	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(f.Path(filepath.Join(intent.Dir, name)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(".0000:00:0b.0.123", "hidden\n") // of a writer that died
	write("0000:00:0c.0", "cut")
	write("readme", "hidden\n")
	check(map[pci.Address]intent.Intent{nine: intent.GivenBack, ten: intent.Reserved, {Slot: 12}: intent.None})

	set(nine, intent.None)
	set(pci.Address{Slot: 12}, intent.None)
	check(map[pci.Address]intent.Intent{ten: intent.Reserved})
}

// TestRegistration shows which decisions hold after pciback was loaded again.
func TestRegistration(t *testing.T) {
	f := sysfs.New(t.TempDir())
	hidden, old, back, reserved := pci.Address{Slot: 1}, pci.Address{Slot: 2}, pci.Address{Slot: 3}, pci.Address{Slot: 4}
	for _, r := range []struct {
		address      pci.Address
		intent       intent.Intent
		registration uint64
	}{{hidden, intent.Hidden, 7}, {old, intent.Hidden, 0}, {back, intent.GivenBack, 7}, {reserved, intent.Reserved, 7}} {
		if err := intent.Set(f, r.address, r.intent, r.registration); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name         string
		registration uint64
		want         intent.Intent // of the one that was hidden under 7
	}{
		{"the same", 7, intent.Hidden},
		{"not loaded", 0, intent.Hidden},
		{"loaded again", 8, intent.None},
		{"a number that begins alike", 77, intent.None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := intent.All(f, tt.registration)
			want := map[pci.Address]intent.Intent{hidden: tt.want, old: intent.Hidden, back: intent.GivenBack, reserved: intent.Reserved}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	f := sysfs.New(t.TempDir())
	nine := pci.Address{Slot: 9}
	if err := os.MkdirAll(f.Path(filepath.Join(intent.Dir, nine.String())), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := intent.Set(f, pci.Address{Slot: 10}, intent.Hidden, 7); err != nil {
		t.Fatal(err)
	}
	got, err := intent.All(f, 7)
	if diff := cmp.Diff(map[pci.Address]intent.Intent{{Slot: 10}: intent.Hidden}, got); diff != "" || err == nil {
		t.Error(err, diff)
	}
	if err := intent.Set(f, nine, intent.Hidden, 7); err == nil {
		t.Error("a directory was replaced")
	}
}
