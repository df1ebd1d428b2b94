package engine

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/irq"
	"github.com/xenpci/xenpci/pkg/pci"
)

// gsiDir has a file for each device that was given back and whose interrupt Xen may still have to
// connect. It contains the number of the interrupt, which the kernel tells only while pciback has
// the device. The folder is empty after a boot, as Xen has forgotten its state too.
const gsiDir = "/run/xenpci/interrupt"

// maxGSI bounds such a file, in bytes; maxNoted is how many are looked at.
const (
	maxGSI   = 32
	maxNoted = 4096
)

// connectedDir has an empty file for each interrupt that Xen is known to deliver to dom0. Xen
// does so until the next boot.
const connectedDir = "/run/xenpci/connected"

func connectedFile(gsi uint32) string {
	return path.Join(connectedDir, strconv.FormatUint(uint64(gsi), 10))
}

// connected reports whether Xen is known to deliver an interrupt to dom0.
func (e *Engine) connected(gsi uint32) bool { return e.FS.Exists(connectedFile(gsi)) }

// noteConnected notes that Xen delivers an interrupt to dom0. If that cannot be written, a later
// unhide may warn (InterruptLater) although nothing is left to do.
func (e *Engine) noteConnected(gsi uint32) {
	_ = e.writeNote(connectedFile(gsi), nil, 0o644)
}

// noteArrived notes that Xen delivers the legacy interrupt of a device that is about to be hidden,
// if dom0 has counted any.
func (e *Engine) noteArrived(a pci.Address) {
	if !hypervisor.PVH(e.FS) {
		return
	}
	f, err := irq.Read(e.FS, a)
	if line := irq.ReadLine(e.FS, f.Line); err == nil && !f.Sends && line.Known && line.Count > 0 {
		e.noteConnected(line.GSI)
	}
}

// notedGSI returns the interrupt that was noted of a device.
func (e *Engine) notedGSI(a pci.Address) (gsi uint32, ok bool) {
	content, err := e.FS.Read(path.Join(gsiDir, a.String()), maxGSI)
	if err != nil {
		return 0, false
	}
	number, err := strconv.ParseUint(strings.TrimSuffix(string(content), "\n"), 10, 32)
	return uint32(number), err == nil
}

// keepGSI notes the interrupt of a device, or removes the note.
func (e *Engine) keepGSI(a pci.Address, gsi uint32, keep bool) error {
	name := path.Join(gsiDir, a.String())
	if !keep {
		return e.dropNote(name)
	}
	return e.writeNote(name, fmt.Appendf(nil, "%d\n", gsi), 0o644)
}
