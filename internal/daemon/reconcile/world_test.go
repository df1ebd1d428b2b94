package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// How the daemon looks: see internal/daemon.
const (
	interval = time.Minute
	quiet    = 100 * time.Millisecond
)

// impatience is how long the daemon waits for a turn or a write where somebody keeps it
// waiting. Nowhere else does a test wait.
const impatience = 50 * time.Millisecond

// world is a machine with the daemon on it, and people and tools that act on it. Its clock
// is its own.
type world struct {
	t      *testing.T
	kernel *fakekernel.Host // as people write to it
	own    *fakekernel.Host // as the daemon does
	host   *passthrough.Host
	store  *xenstoretest.Server
	heard  *fakekernel.Uevents

	daemon  *reconcile.Reconciler
	result  reconcile.Result
	start   time.Time
	now     time.Time
	looked  time.Time // at
	looks   int
	wrote   int // how many of the daemon's writes are in the record
	record  strings.Builder
	limit   time.Duration            // of the daemon's writes and turns; 0 is the product's
	between func()                   // is called before the daemon next unbinds a device; nil for nothing
	opened  int                      // how often the daemon has opened the attributes
	before  func()                   // is called when the daemon takes its turn; nil for nothing
	step    func(name, value string) // is called before each write of xenpci; nil for none
}

func newWorld(t *testing.T, archive string) *world {
	t.Helper()
	kernel := fakekernel.Unpack(t, archive)
	w := &world{t: t, kernel: kernel, store: xenstoretest.Start(t, kernel.Root), heard: kernel.Listen(),
		start: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	w.now = w.start
	w.restart()
	return w
}

// restart starts the daemon, or starts it again: it knows nothing but what is on the machine.
func (w *world) restart() {
	w.flush()
	w.own, w.wrote = fakekernel.Open(w.kernel.Root), 0
	host, err := passthrough.Open(w.kernel.Root, passthrough.Options{Timeout: w.limit})
	must(w.t, err)
	w.host = host
	w.daemon = reconcile.New(host)
	w.daemon.Now = func() time.Time { return w.now }
	w.daemon.Changed = func(c reconcile.Change) {
		w.flush()
		text := short(c.Device.String()) + " " + string(c.State)
		if c.Device != c.Declared {
			text += " (declared at " + short(c.Declared.String()) + ")"
		}
		if c.Guest != "" {
			text += " by " + c.Guest
		}
		if c.Gone {
			text += ", no longer declared"
		}
		w.say(text)
	}
	w.daemon.Warn = func(r passthrough.Remark) {
		w.flush()
		text := "warning: " + string(r.Code)
		if r.Device != nil {
			text += " " + short(r.Device.String())
		}
		w.say(text)
	}
	w.daemon.Arrived = func(a pci.Address, driver string) { w.say(short(a.String()) + " arrives: " + word(driver)) }
	w.result, w.looked = reconcile.Result{}, time.Time{}
}

// say adds a line to the record.
func (w *world) say(text string) {
	fmt.Fprintf(&w.record, "%s %s\n", w.now.Sub(w.start), text)
}

// flush adds to the record what the daemon has written since the last flush.
func (w *world) flush() {
	if w.own == nil {
		return
	}
	all := w.own.Writes()
	fresh := all[w.wrote:]
	slices.SortStableFunc(fresh, func(a, b fakekernel.Written) int { return strings.Compare(slotOf(a), slotOf(b)) }) // they go on side by side
	for _, one := range fresh {
		text := path.Base(path.Dir(one.Name)) + "/" + path.Base(one.Name) + " " + short(one.Value)
		if path.Base(one.Name) == "driver_override" {
			text = path.Base(one.Name) + " " + short(path.Base(path.Dir(one.Name))) + " " + fmt.Sprintf("%q", one.Value)
		}
		if one.Errno != 0 {
			text += ": " + one.Errno.Error()
		}
		w.say(text)
	}
	w.wrote = len(all)
}

// slotOf returns the slot that a write is about.
func slotOf(w fakekernel.Written) string {
	device := w.Value
	if path.Base(w.Name) == "driver_override" {
		device = path.Base(path.Dir(w.Name))
	}
	slot, _, _ := strings.Cut(device, ".")
	return slot
}

// short leaves out the domain.
func short(address string) string { return strings.TrimPrefix(address, "0000:") }

func word(driver string) string {
	if driver == "" {
		return "no driver"
	}
	return driver
}

func (w *world) context(k *fakekernel.Host) context.Context {
	ways := enginetest.Ways(k)
	if k == w.own {
		ways.OpenAttributes = func(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
			if w.opened++; w.opened == 2 && w.before != nil { // the first time is the look
				w.before()
			}
			return attribute.NewDirect(f, func(name, value string) error {
				if between := w.between; between != nil && strings.HasSuffix(name, "/unbind") {
					w.between = nil
					between()
				}
				return k.Write(name, value)
			}, timeout), nil
		}
	} else {
		ways.OpenAttributes = func(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
			return attribute.NewDirect(f, func(name, value string) error {
				if w.step != nil {
					w.step(name, value)
				}
				return k.Write(name, value)
			}, timeout), nil
		}
	}
	return engine.WithWays(w.t.Context(), ways)
}

// impatient has the daemon started with a short limit.
func (w *world) impatient() {
	w.limit = impatience
	w.restart()
}

// turn has something done when the daemon has looked, and is about to take its first turn.
func (w *world) turn(do func()) { w.before = do }

// release lets a write that hangs go on, and waits for its end.
func (w *world) release() {
	w.t.Helper()
	before := len(w.own.Writes())
	w.own.Release()
	for range 10000 {
		if len(w.own.Writes()) > before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	w.t.Fatal("the write that hung does not end")
}

// look is one look of the daemon, now.
func (w *world) look() {
	w.heard.Next()
	w.result = w.daemon.Reconcile(w.context(w.own))
	w.flush()
	w.looked = w.now
	w.looks++
}

// wait lets the daemon run for some time: it looks when uevents come, when it wants to try
// something again, and after the interval.
func (w *world) wait(d time.Duration) {
	for end := w.now.Add(d); ; {
		next := w.looked.Add(interval)
		if retry := w.result.Next; !retry.IsZero() && retry.Before(next) {
			next = retry
		}
		if len(w.heard.Next()) > 0 {
			next = w.now.Add(quiet)
		}
		if w.looked.IsZero() || next.Before(w.now) {
			next = w.now
		}
		if next.After(end) {
			w.now = end
			return
		}
		w.now = next
		w.look()
	}
}

// write is a write of somebody else, which must succeed.
func (w *world) write(name, value string) {
	w.t.Helper()
	must(w.t, w.kernel.Write(name, value))
}

const (
	drivers = "/sys/bus/pci/drivers/"
	devices = "/sys/bus/pci/devices/"
)

// file writes a file of the host.
func (w *world) file(name, content string) {
	w.t.Helper()
	name = filepath.Join(w.kernel.Root, name)
	must(w.t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(w.t, os.WriteFile(name, []byte(content), 0o644))
}

// list declares devices.
func (w *world) list(tables ...string) { w.file(passthrough.ListFile, strings.Join(tables, "\n")) }

// end returns the end of the record: who has the devices, which slots are registered, and what
// is noted.
func (w *world) end() string {
	w.flush()
	state := map[string]string{}
	for _, d := range w.result.Devices {
		a := d.Device.String()
		driver := w.driver(a)
		if driver == "" {
			driver = "none"
		}
		state[short(a)] = driver
	}
	text := ""
	for _, a := range slices.Sorted(maps.Keys(state)) {
		text += " " + a + "=" + state[a]
	}
	slots, err := pciback.New(w.kernel.Root).Slots()
	must(w.t, err)
	text += "; slots"
	if len(slots.Addresses) > 8 {
		text, slots.Addresses = fmt.Sprintf("%s: %d", text, len(slots.Addresses)), nil
	}
	slices.SortFunc(slots.Addresses, pci.Address.Compare)
	for _, a := range slots.Addresses {
		text += " " + short(a.String())
	}
	intents, err := w.host.Intents()
	must(w.t, err)
	text += "; intents"
	for _, a := range slices.SortedFunc(maps.Keys(intents), pci.Address.Compare) {
		text += " " + short(a.String()) + "=" + string(intents[a])
	}
	return "end" + text
}

// driver returns who has a device; "(gone)" if there is none.
func (w *world) driver(address string) string {
	driver, err := pci.Driver(w.kernel.Root, mustParse(w.t, address))
	if errors.Is(err, fs.ErrNotExist) {
		return "(gone)"
	}
	must(w.t, err)
	return driver
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustParse(t *testing.T, text string) pci.Address {
	t.Helper()
	a, err := pci.ParseAddress(text)
	must(t, err)
	return a
}
