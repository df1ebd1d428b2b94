//go:build xen

package xenboot

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/setup"
	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// bootDeadline is how long a machine may run, from power on to power off.
const bootDeadline = 15 * time.Minute

// twins are two cards of one id.
func twins() machine.Machine {
	return machine.Machine{Board: "q35", IOMMU: true, Devices: []machine.Device{machine.E1000("09.0"), machine.E1000("0a.0")}}
}

// lab is a host and where its logs go.
type lab struct {
	*host.Host
	setup setup.Setup
}

// fresh returns a host with a fresh disk, and this checkout's xenpci on it.
func fresh(t *testing.T, v root.Variant, m machine.Machine) lab {
	t.Helper()
	l := disk(t, v, m)
	program, err := l.setup.Program(t.Context(), "cmd/xenpci")
	if err == nil {
		err = l.Put(t.Context(), map[string]string{"/usr/sbin/xenpci": program})
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// disk returns a host with a fresh disk, without xenpci.
func disk(t *testing.T, v root.Variant, m machine.Machine) lab {
	t.Helper()
	begun := time.Now()
	v.Suite = os.Getenv("XENPCI_SUITE")
	s, r, err := host.Prepare(t.Context(), v, os.Stderr)
	switch {
	case errors.Is(err, root.ErrNotHere):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	t.Logf("the disk took %v", time.Since(begun).Round(time.Second))
	h, err := host.New(r, m, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return lab{h, s}
}

// run boots the host and returns what its script printed. The script must end
// well.
func (l lab) run(t *testing.T, order host.Order) string {
	t.Helper()
	order.Deadline = bootDeadline
	order.Console = l.setup.Log(t.Name() + ".console")
	var answers bytes.Buffer
	begun := time.Now()
	status, err := l.Boot(t.Context(), order, &answers)
	t.Logf("the boot took %v", time.Since(begun).Round(time.Second))
	if err != nil {
		t.Fatalf("%v\n%s", err, answers.String())
	}
	if status != 0 {
		t.Fatalf("status %d\n%s", status, answers.String())
	}
	return answers.String()
}
