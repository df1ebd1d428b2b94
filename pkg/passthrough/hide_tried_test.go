package passthrough

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/hostboot/trial"
	"github.com/xenpci/xenpci/pkg/pci"
)

// tryMachine is a host on a fake kernel, and the context of its calls.
func tryMachine(t *testing.T, files map[string]string) (*Host, context.Context) {
	t.Helper()
	kernel := fakekernel.Unpack(t, "qemu")
	for name, text := range files {
		file := filepath.Join(kernel.Root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	h, err := Open(kernel.Root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h, engine.WithWays(t.Context(), enginetest.Ways(kernel))
}

// settingsOf returns the files of a machine that hiding at boot writes.
func settingsOf(t *testing.T, h *Host) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"/etc/xenpci/*.toml", "/etc/xenpci/devices.d/*.toml", "/etc/modprobe.d/*"} {
		files, err := filepath.Glob(h.Root() + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all[strings.TrimPrefix(file, h.Root())] = string(text)
		}
	}
	return all
}

// TestTriedIsDeclared tries devices, hides them as the trial's boot does, and declares them as
// confirm does: the files are those that HideAtBoot writes, and the list is that of the trial.
func TestTriedIsDeclared(t *testing.T) {
	t.Parallel()
	nic, other := pci.Address{Slot: 9}, pci.Address{Slot: 10}
	const listed = "[[device]]\naddress = \"0000:00:0a.0\"\n"
	for _, test := range []struct {
		name    string
		files   map[string]string
		devices []pci.Address
		options HideOptions
	}{
		{"a card", nil, []pci.Address{nic}, HideOptions{}},
		{"its options", nil, []pci.Address{nic}, HideOptions{Name: "wan", Permissive: true, NoQuarantine: true}},
		{"two cards", nil, []pci.Address{nic, other}, HideOptions{}},
		{"one is declared already", map[string]string{ListFile: listed}, []pci.Address{nic, other}, HideOptions{}},
		{"another is declared", map[string]string{"/etc/xenpci/devices.d/a.toml": listed}, []pci.Address{nic}, HideOptions{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, ctx := tryMachine(t, test.files)
			if _, err := h.Look().HideAtBoot(ctx, test.devices, test.options, nil); err != nil {
				t.Fatal(err)
			}
			want := settingsOf(t, h)

			h, ctx = tryMachine(t, test.files)
			before := settingsOf(t, h)
			v := h.Look()
			var d declaring
			how := DeclareOptions(test.options)
			how.DryRun = true
			if err := v.declareInTurn(ctx, nil, &d, test.devices, nil, how, reporter{}); err != nil {
				t.Fatal(err)
			}
			devices, list, err := v.tried(d)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, settingsOf(t, h)); diff != "" {
				t.Errorf("preparing it changed (-before +after):\n%s", diff)
			}
			for _, file := range list {
				if string(file.Content) != want["/"+file.Name] {
					t.Errorf("%s in the trial:\n%s", file.Name, file.Content)
				}
			}
			if _, err := h.Look().Hide(ctx, test.devices, HideOptions{}, nil); err != nil {
				t.Fatal(err)
			}
			v = h.Look()
			where, err := v.whereTried(recorded(t, &trial.Hide{Devices: devices}))
			if err == nil {
				err = v.allHidden(ctx, where)
			}
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // confirm may be interrupted, and is run again
				if _, err := v.declareTried(ctx, nil, where, false, reporter{}); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, settingsOf(t, h)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// recorded is what the record of a trial has of it.
func recorded(t *testing.T, hide *trial.Hide) (read *trial.Hide) {
	t.Helper()
	text, err := json.Marshal(hide)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestNotConfirmable does not confirm a trial that did not hide its device, or whose device is
// not found.
func TestNotConfirmable(t *testing.T) {
	t.Parallel()
	h, ctx := tryMachine(t, nil)
	v := h.Look()
	nic := config.Device{Address: pci.Address{Slot: 9}, ID: &config.ID{Vendor: 0x8086, Device: 0x100e}}
	where, err := v.whereTried(&trial.Hide{Devices: []config.Device{nic}})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.allHidden(ctx, where); asError(err).Code != CodeNotHidden || *asError(err).Device != nic.Address {
		t.Errorf("it is in dom0: %v", err)
	}
	nic.ID = &config.ID{Vendor: 0x8086, Device: 0x1533}
	if _, err := v.whereTried(&trial.Hide{Devices: []config.Device{nic}}); asError(err).Code != CodeNotFound {
		t.Errorf("another card is there: %v", err)
	}
	// It was at another address when the trial was prepared.
	moved := config.Device{Address: pci.Address{Bus: 7, Slot: 9}, ID: &config.ID{Vendor: 0x8086, Device: 0x100e}, Path: "0000:00:09.0"}
	where, err = v.whereTried(&trial.Hide{Devices: []config.Device{moved}})
	if diff := cmp.Diff(map[pci.Address]config.Device{{Slot: 9}: moved}, where); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestNothingToTry refuses to try what every boot does already.
func TestNothingToTry(t *testing.T) {
	t.Parallel()
	h, ctx := tryMachine(t, nil)
	devices := []pci.Address{{Slot: 9}, {Slot: 10}}
	if _, err := h.Look().HideAtBoot(ctx, devices, HideOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	for _, some := range [][]pci.Address{devices[:1], devices} {
		moved, err := h.Look().TryHide(ctx, some, TryHideOptions{}, nil)
		if e := asError(err); e.Code != CodeBadOption || moved.Try != nil || len(moved.Devices) > 0 {
			t.Errorf("%v: %v, %v", some, moved, err)
		}
	}
	if _, err := h.Look().TryHide(ctx, devices, TryHideOptions{Minutes: MaxTrialMinutes + 1}, nil); asError(err).Code != CodeBadOption {
		t.Errorf("%v", err)
	}
}
