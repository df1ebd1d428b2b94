package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// commandVariable makes this binary a command that hides nine in the tree that
// it names, says when the unbind has begun, and waits there for its input to
// end.
const commandVariable = "XENPCI_TEST_TREE"

func TestMain(m *testing.M) {
	if root := os.Getenv(commandVariable); root != "" {
		command(root)
		return
	}
	os.Exit(m.Run())
}

func command(root string) {
	host := fakekernel.Open(root)
	w := enginetest.Ways(host)
	onWrite(w, host, func(name, _ string) {
		if strings.HasSuffix(name, "/e1000/unbind") {
			fmt.Println("unbinding")
			_, _ = io.Copy(io.Discard, os.Stdin)
		}
	})
	_, err := newEngine(root).Hide(engine.WithWays(context.Background(), w), []pci.Address{nine}, plan.HideOptions{}, engine.Options{})
	fmt.Println(err)
}

// The cards of the archive "qemu", all on e1000.
var (
	nine   = pci.Address{Slot: 9}
	ten    = pci.Address{Slot: 0xa}
	behind = pci.Address{Bus: 1, Slot: 1}
)

// long is a timeout that no test waits for.
const long = time.Minute

// machine is a host and the engine that acts on it.
type machine struct {
	*fakekernel.Host
	*engine.Engine
	*engine.Ways
	said *said
}

// said is what an engine warned of.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) warn(w engine.Warning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := string(w.Code) + ": " + w.Reason
	if w.Device != nil {
		text = w.Device.String() + ": " + text
	}
	s.lines = append(s.lines, text)
}

func (s *said) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func unpack(t *testing.T, archive string) machine {
	t.Helper()
	return open(fakekernel.Unpack(t, archive))
}

// open is another command's view of a host.
func open(host *fakekernel.Host) machine {
	m := machine{Host: host, Engine: newEngine(host.Root), Ways: enginetest.Ways(host), said: &said{}}
	m.Timeout = long
	m.Warn = m.said.warn
	return m
}

// context is the context of a call that acts on the host.
func (m machine) context(t *testing.T) context.Context {
	return engine.WithWays(t.Context(), m.Ways)
}

// loaded is a machine with pciback.
func loaded(t *testing.T, archive string) machine {
	t.Helper()
	m := unpack(t, archive)
	must(t, m.LoadModule("xen-pciback"))
	return m
}

// onWrite calls do ahead of every write.
func onWrite(w *engine.Ways, host *fakekernel.Host, do func(name, value string)) {
	w.OpenAttributes = func(f sysfs.FS, timeout time.Duration) (attribute.Access, error) {
		return attribute.NewDirect(f, func(name, value string) error {
			do(name, value)
			return host.Write(name, value)
		}, timeout), nil
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (m machine) state(t *testing.T, a pci.Address) pciback.State {
	t.Helper()
	s, err := pciback.New(m.Root).State(t.Context(), a)
	must(t, err)
	return s
}

// hide hides devices and wants all of them to arrive.
func (m machine) hide(t *testing.T, devices ...pci.Address) []engine.Result {
	t.Helper()
	results, err := m.Hide(m.context(t), devices, plan.HideOptions{Quarantine: true}, engine.Options{})
	must(t, errors.Join(err, errorOf(results...)))
	return results
}

func (m machine) unhide(t *testing.T, devices ...pci.Address) []engine.Result {
	t.Helper()
	results, err := m.Unhide(m.context(t), devices, plan.UnhideOptions{}, engine.Options{})
	must(t, errors.Join(err, errorOf(results...)))
	return results
}

func errorOf(results ...engine.Result) error {
	var errs []error
	for _, r := range results {
		errs = append(errs, r.Err)
	}
	return errors.Join(errs...)
}

// journals are the files that runs have left.
func (m machine) journals(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(m.Root, "run/xenpci/journal/*"))
	must(t, err)
	return names
}

// tree is every file below root: its mode, and what it holds or leads to.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content := info.Mode().String()
		switch {
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(path)
			files[path] = content + " -> " + target
			return err
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			files[path] = content + " " + string(data)
			return err
		}
		files[path] = content
		return nil
	}))
	return files
}

var (
	onE1000 = pciback.State{Driver: "e1000"}
	hidden  = pciback.State{Driver: "pciback", Slot: pciback.SlotRegistered}
)

func TestHideAndUnhide(t *testing.T) {
	for _, store := range []bool{false, true} {
		t.Run(fmt.Sprint("xenstored: ", store), func(t *testing.T) {
			m := unpack(t, "qemu")
			var server *xenstoretest.Server
			if store {
				server = xenstoretest.Start(t, m.Root)
			}
			devices := []pci.Address{nine, ten, behind}
			for i, r := range m.hide(t, devices...) {
				if r.Device != devices[i] || r.Already || r.State == nil || *r.State != hidden || r.Action.Origin != onE1000 || r.Store != store {
					t.Errorf("hide: %+v", r)
				}
			}
			xen := enginetest.Xen{Root: m.Root}
			for _, a := range devices {
				if got := m.state(t, a); got != hidden || !xen.Quarantined(a) {
					t.Errorf("%s: at %+v, quarantined %v", a, got, xen.Quarantined(a))
				}
				if store && server.Nodes()[pciback.LibxlDriverNode(a)] != "/sys/bus/pci/drivers/e1000" {
					t.Errorf("%s is not noted: %v", a, server.Nodes())
				}
			}
			if again := m.hide(t, nine); !again[0].Already {
				t.Errorf("hidden twice: %+v", again)
			}
			for _, r := range m.unhide(t, devices...) {
				if r.Already || r.State == nil || *r.State != onE1000 {
					t.Errorf("unhide: %+v", r)
				}
			}
			for _, a := range devices {
				if got := m.state(t, a); got != onE1000 || xen.Quarantined(a) {
					t.Errorf("%s: at %+v, quarantined %v", a, got, xen.Quarantined(a))
				}
				if store {
					if _, left := server.Nodes()[pciback.LibxlNode(a)]; left {
						t.Errorf("%s is still noted", a)
					}
				}
			}
			if origins, _ := filepath.Glob(filepath.Join(m.Root, "run/xenpci/origin/*")); len(origins) > 0 {
				t.Errorf("left: %v", origins)
			}
			if left := m.journals(t); len(left) > 0 || m.said.all() != "" {
				t.Errorf("left: %v, said: %s", left, m.said.all())
			}
		})
	}
}

// TestSideBySide lets no unbind go on before the others have begun: one after
// the other would wait for ever.
func TestSideBySide(t *testing.T) {
	for _, driver := range []string{"e1000", "pciback"} {
		t.Run("from "+driver, func(t *testing.T) {
			m := loaded(t, "qemu")
			m.Timeout = 10 * time.Second
			devices := []pci.Address{nine, ten, behind}
			if driver == "pciback" {
				m.hide(t, devices...)
			}
			var begun sync.WaitGroup
			begun.Add(len(devices))
			onWrite(m.Ways, m.Host, func(name, _ string) {
				if strings.HasSuffix(name, "/"+driver+"/unbind") {
					begun.Done()
					begun.Wait()
				}
			})
			if driver == "pciback" {
				m.unhide(t, devices...)
			} else {
				m.hide(t, devices...)
			}
		})
	}
}

// TestVirtualFunctionAfterPhysical: what becomes of the PF changes the VF.
func TestVirtualFunctionAfterPhysical(t *testing.T) {
	pf, vf := pci.Address{Bus: 0x18}, pci.Address{Bus: 0x18, Slot: 2}
	m := loaded(t, "server")
	m.hide(t, vf, pf)
	if got := []pciback.State{m.state(t, pf), m.state(t, vf)}; !slices.Equal(got, []pciback.State{hidden, hidden}) {
		t.Fatalf("hidden: %+v", got)
	}
	check := func() {
		t.Helper()
		last := ""
		for _, w := range m.Writes() {
			if w.Value == pf.String() && last == vf.String() {
				t.Errorf("the PF is written after its VF: %v", m.Writes())
			}
			last = w.Value
		}
	}
	check()
	m = open(fakekernel.Open(m.Root))
	m.unhide(t, vf, pf)
	if got := []string{m.state(t, pf).Driver, m.state(t, vf).Driver}; !slices.Equal(got, []string{"i40e", "iavf"}) {
		t.Errorf("given back to %v", got)
	}
	check()
}

// TestDryRun compares every file before and after.
func TestDryRun(t *testing.T) {
	dry := engine.Options{DryRun: true}
	for _, test := range []struct {
		name    string
		prepare func(*testing.T, machine)
		run     func(context.Context, machine) ([]engine.Result, error)
		want    string // in the steps
	}{
		{
			"hide, pciback not loaded", func(*testing.T, machine) {},
			func(ctx context.Context, m machine) ([]engine.Result, error) {
				return m.Hide(engine.WithWays(ctx, m.Ways), []pci.Address{nine}, plan.HideOptions{Quarantine: true}, dry)
			},
			"unbind: /sys/bus/pci/drivers/e1000/unbind <- 0000:00:09.0",
		},
		{
			"unhide", func(t *testing.T, m machine) { m.hide(t, nine) },
			func(ctx context.Context, m machine) ([]engine.Result, error) {
				return m.Unhide(engine.WithWays(ctx, m.Ways), []pci.Address{nine}, plan.UnhideOptions{}, dry)
			},
			"bind: /sys/bus/pci/drivers/e1000/bind <- 0000:00:09.0",
		},
	} {
		for _, store := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, ", xenstored: ", store), func(t *testing.T) {
				m := unpack(t, "qemu")
				var server *xenstoretest.Server
				var nodes map[string]string
				if store {
					server = xenstoretest.Start(t, m.Root)
				}
				test.prepare(t, m)
				if store {
					nodes = server.Nodes()
				}
				before := tree(t, m.Root)
				results, err := test.run(t.Context(), m)
				must(t, errors.Join(err, errorOf(results...)))
				var steps []string
				for _, s := range results[0].Action.Steps(results[0].Store) {
					steps = append(steps, s.String())
				}
				if !slices.Contains(steps, test.want) {
					t.Errorf("%q is not in %q", test.want, steps)
				}
				if diff := cmp.Diff(before, tree(t, m.Root)); diff != "" {
					t.Error("changed:", diff)
				}
				if store {
					if diff := cmp.Diff(nodes, server.Nodes()); diff != "" {
						t.Error("changed in xenstore:", diff)
					}
				}
			})
		}
	}
}

// TestInterrupted ends a run between two devices: the VF waits for its PF, whose
// last write interrupts.
func TestInterrupted(t *testing.T) {
	pf, vf := pci.Address{Bus: 0x18}, pci.Address{Bus: 0x18, Slot: 2}
	m := loaded(t, "server")
	ctx, interrupt := context.WithCancelCause(t.Context())
	errSignal := errors.New("interrupted by a signal")
	onWrite(m.Ways, m.Host, func(name, _ string) {
		if strings.HasSuffix(name, "/pciback/bind") {
			interrupt(errSignal)
		}
	})
	results, err := m.Hide(engine.WithWays(ctx, m.Ways), []pci.Address{vf, pf}, plan.HideOptions{}, engine.Options{})
	must(t, err)
	must(t, results[1].Err)
	var notBegun *engine.NotBegunError
	if !errors.As(results[0].Err, &notBegun) || !errors.Is(notBegun, errSignal) || notBegun.Device != vf {
		t.Errorf("the VF: %v", results[0].Err)
	}
	if got := m.state(t, vf); got != (pciback.State{Driver: "iavf"}) {
		t.Errorf("the VF is at %+v", got)
	}
	if got := m.state(t, pf); got != hidden {
		t.Errorf("the PF is at %+v", got)
	}
	if left := m.journals(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestFailuresAreTheirOwn: one device that cannot be moved keeps no other.
func TestFailuresAreTheirOwn(t *testing.T) {
	m := loaded(t, "qemu")
	faults, err := fakekernel.ParseFaults("name=*/e1000/unbind,value=0000:00:0a.0:errno=EIO")
	must(t, err)
	m.Inject(faults...)
	absent := pci.Address{Slot: 0x1d}
	results, err := m.Hide(m.context(t), []pci.Address{nine, ten, absent}, plan.HideOptions{}, engine.Options{})
	must(t, err)
	var move *pciback.MoveError
	var missing *pciback.NoDeviceError
	if results[0].Err != nil || !errors.As(results[1].Err, &move) || !errors.As(results[2].Err, &missing) {
		t.Errorf("%v", errorOf(results...))
	}
	if got := []pciback.State{m.state(t, nine), m.state(t, ten)}; !slices.Equal(got, []pciback.State{hidden, onE1000}) {
		t.Errorf("at %+v", got)
	}
}

// newEngine returns an engine for the tree below root, whose guard reads the devices when it is
// first asked.
func newEngine(root string) *engine.Engine {
	f := sysfs.New(root)
	return &engine.Engine{FS: f, Timeout: engine.DefaultTimeout, Guard: sync.OnceValue(func() *graph.Graph {
		addresses, _ := pci.List(root)
		devices, _ := pci.Read(root, addresses, usage.Reads) // what cannot be read has no chain
		return engine.ScanGuard(f, devices)
	})}
}
