package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// rootVariable makes this binary a process that acts on the tree that it names, and
// actVariable says how: "reconcile", or "unhide ADDRESS".
const (
	rootVariable = "XENPCI_TEST_ROOT"
	actVariable  = "XENPCI_TEST_ACT"
)

func TestMain(m *testing.M) {
	if root := os.Getenv(rootVariable); root != "" {
		if err := process(root, os.Getenv(actVariable)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func process(root, act string) error {
	host, err := passthrough.Open(root, passthrough.Options{})
	if err != nil {
		return err
	}
	ctx := engine.WithWays(context.Background(), enginetest.Ways(fakekernel.Open(root)))
	address, unhide := strings.CutPrefix(act, "unhide ")
	if !unhide {
		return reconcile.New(host).Reconcile(ctx).Err
	}
	a, err := pci.ParseAddress(address)
	if err != nil {
		return err
	}
	_, err = host.Look().Unhide(ctx, []pci.Address{a}, passthrough.UnhideOptions{}, nil)
	return err
}

// journey is a process that acts on a prepared machine, each of whose writes goes wrong in
// turn. Whatever becomes of it, the next daemon makes the same of the machine.
type journey struct {
	name, list, act string
	prepare         func(w *world)
	want            string // the end of the record, ten minutes after the daemon has been started again
	orFailed        string // what it may be as well if the process was not killed
}

func journeys() []journey {
	return []journey{
		{"hide", declareNine + declareTen, "reconcile", func(*world) {}, "end 00:09.0=pciback 00:0a.0=pciback; slots 00:09.0 00:0a.0; intents 00:09.0=hidden 00:0a.0=hidden", ""},
		{"hide what was lost", declareNine, "reconcile", func(w *world) {
			w.hide(nine)
			w.take(nine)
		}, "end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden", ""},
		{"hide after pciback was unloaded", declareNine, "reconcile", func(w *world) {
			w.hide(nine)
			w.unload("xen-pciback")
		}, "end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden", ""},
		{"reserve", declareHot, "reconcile", func(w *world) { w.port() }, "end 02:00.0=(gone); slots 02:00.0; intents 02:00.0=reserved", ""},
		{"give another card back", declareHot, "reconcile", func(w *world) {
			w.port()
			w.load("xen-pciback")
			w.load("e1000e")
			w.look()
			w.plug(other())
		}, "end 02:00.0=e1000e; slots; intents", ""},
		{"unhide, by a person", declareNine, "unhide " + nine, func(w *world) { w.hide(nine) }, "end 00:09.0=e1000; slots; intents 00:09.0=given_back",
			"end 00:09.0=pciback; slots 00:09.0; intents 00:09.0=hidden"},
	}
}

// TestEveryWriteGoesWrong has each write of a process fail, with and without its effect, and
// kill the process before and after it.
func TestEveryWriteGoesWrong(t *testing.T) {
	for _, j := range journeys() {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			writes := 0
			for j.run(t, fmt.Sprintf("write=%d:kill-before", writes+1)) {
				writes++
			}
			if writes == 0 {
				t.Fatal("it writes nothing")
			}
			for n := range writes {
				for _, action := range []string{"kill-after", "errno=EIO", "errno=EBUSY", "fail-after=EIO"} {
					j.run(t, fmt.Sprintf("write=%d:%s", n+1, action))
				}
			}
		})
	}
}

// run reports whether the fault has killed the process.
func (j journey) run(t *testing.T, fault string) (killed bool) {
	t.Helper()
	w := newWorld(t, "qemu")
	w.list(j.list)
	j.prepare(w)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", rootVariable+"="+w.kernel.Root, actVariable+"="+j.act, fakekernel.FaultVariable+"="+fault)
	out, err := cmd.CombinedOutput()
	exit := (*exec.ExitError)(nil)
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	killed = cmd.ProcessState.ExitCode() < 0
	w.restart()
	w.wait(10 * time.Minute)
	if got := w.end(); got != j.want && (killed || got != j.orFailed) {
		t.Errorf("%s:\ngot  %s\nwant %s\n%s%s", fault, got, j.want, out, w.record.String())
	}
	return killed
}
