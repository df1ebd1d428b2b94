package passthrough_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// TestViewAfterAVerb has one view answer for what was changed, and only for that:
// a dry run plans in the list that the view has read, and leaves no trace there.
func TestViewAfterAVerb(t *testing.T) {
	kernel := fakekernel.Unpack(t, "qemu")
	ctx := engine.WithWays(t.Context(), enginetest.Ways(kernel))
	host, err := passthrough.Open(kernel.Root, passthrough.Options{})
	if err != nil {
		t.Fatal(err)
	}
	view := host.Look()
	devices, err := view.Select("00:09.0")
	if err != nil {
		t.Fatal(err)
	}
	seen := func() (declared []pci.Address, driver string) {
		boot, err := view.Boot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range boot.Declared {
			declared = append(declared, d.Address)
		}
		overview, err := view.Check(ctx, nil, devices...)
		if err != nil {
			t.Fatal(err)
		}
		return declared, overview.Devices[0].Driver
	}
	for _, step := range []struct {
		name     string
		o        passthrough.HideOptions
		declared []pci.Address
		driver   string
	}{
		{"a dry run", passthrough.HideOptions{DryRun: true}, nil, "e1000"},
		{"hidden", passthrough.HideOptions{}, devices, "pciback"},
	} {
		var kinds []passthrough.EventKind
		moved, err := view.HideAtBoot(ctx, devices, step.o, func(e passthrough.Event) {
			if e.Kind != passthrough.EventProgress || e.Remark.Reason != "" {
				kinds = append(kinds, e.Kind)
			}
		})
		if err != nil || moved.Class() != passthrough.ClassDone {
			t.Fatalf("%s: %v, %+v", step.name, err, moved)
		}
		// What is done for the next boot is known before devices are moved.
		if len(kinds) < 2 || !cmp.Equal(kinds[:2], []passthrough.EventKind{passthrough.EventBoot, passthrough.EventList}) {
			t.Errorf("%s: events %v", step.name, kinds)
		}
		declared, driver := seen()
		if !cmp.Equal(declared, step.declared) || driver != step.driver {
			t.Errorf("%s: declared %v, on %s", step.name, declared, driver)
		}
	}
}
