package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
)

// TestHandOver runs the program on the fake kernel, with a device that comes
// back to its driver and with one that dom0 needs.
func TestHandOver(t *testing.T) {
	kernel := fakekernel.Unpack(t, "qemu")
	if err := run(engine.WithWays(t.Context(), enginetest.Ways(kernel)), kernel.Root, []string{"00:09.0"}); err != nil {
		t.Fatal(err)
	}
	for _, driver := range []string{"pciback", "e1000"} {
		bound := func(w fakekernel.Written) bool {
			return w.Name == "/sys/bus/pci/drivers/"+driver+"/bind" && w.Value == "0000:00:09.0" && w.Errno == 0
		}
		if !slices.ContainsFunc(kernel.Writes(), bound) {
			t.Errorf("it was not bound to %s: %v", driver, kernel.Writes())
		}
	}
	disk := fakekernel.Unpack(t, "sis190")
	err := run(engine.WithWays(t.Context(), enginetest.Ways(disk)), disk.Root, []string{"00:02.5"})
	if err == nil || !strings.Contains(err.Error(), "/ is on sda1") {
		t.Errorf("the disk of /: %v", err)
	}
}
