package lspci

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/test/pcitree"
	"github.com/xenpci/xenpci/test/scratch"
)

// On a virtual machine each read of config is a trap into the hypervisor, and a
// sleeping device wakes for it: only what shows config reads it.
func TestConfigIsNotOpened(t *testing.T) {
	root := scratch.Dir(t)
	if err := pcitree.WriteMachine(root, 16, []byte("8086  Intel Corporation\n\t1521  I350\n")); err != nil {
		t.Fatal(err)
	}
	opened := watchConfig(t, root)
	for _, test := range []struct {
		name    string
		options Options
		opens   bool
	}{
		{"plain", Options{}, false},
		{"-n", Options{IDs: Numeric}, false},
		{"-nn", Options{IDs: NameAndID}, false},
		{"-k", Options{Kernel: true}, false},
		{"-nnk", Options{IDs: NameAndID, Kernel: true}, false},
		{"-mm", Options{Machine: 2}, false},
		{"-vmm", Options{Machine: 2, Verbose: true}, false},
		{"-x", Options{Hex: 1}, true},
		{"-t", Options{Tree: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := List(io.Discard, root, pci.Filter{}, test.options); err != nil {
				t.Fatal(err)
			}
			if got := opened(); got != test.opens {
				t.Errorf("config was opened: %v; want %v", got, test.opens)
			}
		})
	}
}

// watchConfig returns a function that reports whether a device's config was opened since its
// last call.
func watchConfig(t *testing.T, root string) (opened func() bool) {
	t.Helper()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(watch) })
	files, err := filepath.Glob(root + "/sys/bus/pci/devices/*/config")
	if err != nil || len(files) == 0 {
		t.Fatalf("no config in %s: %v", root, err)
	}
	for _, file := range files {
		if _, err := unix.InotifyAddWatch(watch, file, unix.IN_OPEN); err != nil {
			t.Fatal(err)
		}
	}
	return func() bool {
		events := make([]byte, 64<<10)
		n, err := unix.Read(watch, events)
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
		return n > 0
	}
}
