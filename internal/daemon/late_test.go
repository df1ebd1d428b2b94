package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// A card that was given back to a PVH dom0 gets its interrupts when a driver has requested
// them, and not earlier. The daemon looks at nothing else for that.
func TestInterruptsLate(t *testing.T) {
	const card = "0000:00:09.0"
	r := &running{t: t, kernel: fakekernel.Unpack(t, "qemu"), reload: make(chan struct{}, 1), log: &lines{}}
	must(t, r.kernel.BecomePVH())
	host, err := passthrough.Open(r.kernel.Root, passthrough.Options{})
	must(t, err)
	ctx := engine.WithWays(t.Context(), enginetest.Ways(r.kernel))
	address, err := pci.ParseAddress(card)
	must(t, err)
	moved, err := host.Look().Hide(ctx, []pci.Address{address}, passthrough.HideOptions{}, nil)
	must(t, err)
	must(t, moved.Err())
	moved, err = host.Look().Unhide(ctx, []pci.Address{address}, passthrough.UnhideOptions{}, nil)
	must(t, err)
	must(t, moved.Err())
	note := filepath.Join(r.kernel.Root, "run/xenpci/interrupt", card)
	noted := func() bool { _, err := os.Stat(note); return err == nil }
	if !noted() {
		t.Fatal("its interrupt is not noted")
	}

	r.run()
	if !noted() || strings.Contains(r.log.String(), "is connected") {
		t.Errorf("without a driver's request: noted: %v, %s", noted(), r.log)
	}
	const looks = "2" // at the start, and when it watches the files
	for end := time.Now().Add(patience); r.looks() != looks; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it has looked %s times", r.looks())
		}
	}
	must(t, r.kernel.Request(card))
	for end := time.Now().Add(patience); noted(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("Xen was not told: ", r.log)
		}
	}
	if got := r.kernel.Interrupts(card); got != 1 {
		t.Errorf("%d interrupts", got)
	}
	if got := r.looks(); got != looks {
		t.Errorf("it has looked at everything %s times, want %s", got, looks)
	}
	must(t, r.stop())
	if got := strings.Count(r.log.String(), card+": its interrupt is connected, since a driver has requested it"); got != 1 {
		t.Errorf("said %d times: %s", got, r.log)
	}
}
