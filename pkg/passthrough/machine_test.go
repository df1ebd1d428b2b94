package passthrough_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// hideVariable makes this binary a program that hides four devices at every boot
// in the tree that it names.
const hideVariable = "XENPCI_TEST_HIDE_AT_BOOT"

func TestMain(m *testing.M) {
	if root := os.Getenv(hideVariable); root != "" {
		if err := hideFour(root); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// machine is a host, and the fake kernel below it.
type machine struct {
	*passthrough.Host
	kernel *fakekernel.Host
}

func unpack(t *testing.T, archive string) machine {
	t.Helper()
	kernel := fakekernel.Unpack(t, archive)
	return machine{open(t, kernel.Root), kernel}
}

func open(t *testing.T, root string) *passthrough.Host {
	t.Helper()
	host, err := passthrough.Open(root, passthrough.Options{})
	must(t, err)
	return host
}

// context is the context of a call that acts on the fake kernel.
func (m machine) context(t *testing.T) context.Context {
	return engine.WithWays(t.Context(), enginetest.Ways(m.kernel))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func address(t *testing.T, text string) pci.Address {
	t.Helper()
	a, err := pci.ParseAddress(text)
	must(t, err)
	return a
}

// write makes a file of the tree.
func (m machine) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(m.Root(), name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}
