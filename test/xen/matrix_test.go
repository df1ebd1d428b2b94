//go:build xen

package xen

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/test/xen/image"
	"github.com/xenpci/xenpci/test/xen/kernel"
	"github.com/xenpci/xenpci/test/xen/machine"
)

// check is a column of the table: what must be well on a host.
type check struct {
	column string
	tests  []string
	kind   kind // of the hosts that it is about
}

// kind is what a check needs of a host.
type kind int

const (
	everyHost kind = iota
	withIOMMU
	withoutIOMMU
	withHVM
	withPVH
	withBIOS    // and an IOMMU
	withUEFI    // and an IOMMU
	withModule  // pciback is one
	withBuiltIn // it is a part of the kernel
	withoutXen
)

// checks are the columns.
func checks() []check {
	return []check{
		{"built in", []string{"TestBuiltIn"}, withBuiltIn}, // before another test gives the cards back
		{"built in", []string{"TestBuiltInWithoutXen"}, withoutXen},
		{"interrupt", []string{"TestInterruptLater", "TestInterruptLateDaemon"}, withPVH}, // before another test opens the card
		{"list", []string{"TestListAsLspci"}, everyHost},
		{"quarantine", []string{"TestQuarantine"}, withIOMMU},
		{"PV guest", []string{"TestHideGuestUnhide"}, withBIOS},
		{"PV guest", []string{"TestGuestMemoryMap"}, withUEFI},
		{"HVM guest", []string{"TestHVMGuest"}, withHVM},
		{"guests end", []string{"TestGuestsEnd", "TestCrashedGuestIsKept"}, withBIOS},
		{"attach", []string{"TestDetachAndAttach", "TestSeizedAndPermissive"}, withBIOS},
		{"given back", []string{"TestRawHideThenUnhide", "TestVendorAndDevice", "TestAllFunctionsOfASlot"}, everyHost},
		{"given back", []string{"TestModprobeHideThenUnhide"}, withModule},
		{"given back", []string{"TestXLAddThenUnhide", "TestHideThenXLRemove"}, withIOMMU},
		{"given back", []string{"TestWithoutIOMMU", "TestWithoutIOMMUXLAddThenUnhide"}, withoutIOMMU},
		{"guard", []string{"TestGuardRootDisk"}, everyHost},
		{"apply", []string{"TestApply"}, everyHost},
		{"interrupt", []string{"TestPVGuestOfPVHDom0"}, withPVH},
		{"host", []string{"TestHostInfo", "TestHostDmesg", "TestHostServices"}, everyHost},
	}
}

// columns are the headings of the checks.
func columns() (names []string) {
	for _, c := range checks() {
		if !slices.Contains(names, c.column) {
			names = append(names, c.column)
		}
	}
	return names
}

// hosts are the rows.
func hosts() []boot {
	bullseye, bookworm, trixie := image.Release{Suite: "bullseye"}, image.Release{Suite: "bookworm"}, image.Release{Suite: "trixie"}
	sid := image.Release{Suite: "trixie", Kernel: "sid"}
	builtIn := image.Release{Suite: "bookworm", Kernel: kernel.BuiltIn}
	return []boot{
		// list prints what lspci 3.10 prints, and bullseye has lspci 3.7.
		host("bullseye", bullseye, everything(), without("list")...),
		// Without an IOMMU, list prints what it prints with one.
		host("bookworm-plain", bookworm, plain(), without("list")...),
		host("bookworm", bookworm, everything()),
		host("bookworm-grub", bookworm, started(machine.GRUB)),
		host("bookworm-efi", bookworm, started(machine.XenEFI)),
		host("builtin", builtIn, everything()).hiding(atBoot),
		host("builtin-alone", builtIn, started(machine.NoXen), "built in").hiding(atBoot),
		host("trixie-plain", trixie, plain(), without("list")...),
		host("trixie", trixie, virtual("")),
		host("sid", sid, everything()),
		// One processor: with two, dom0 can hang at boot on a machine that is busy. Before Linux 6.12
		// pciback registers no interrupt, and nothing is lost; but Linux 6.1 hangs at boot as a PVH dom0
		// of Xen 4.17. A PV guest gets no interrupts from its card there.
		host("pvh", trixie, virtual("dom0=pvh dom0_max_vcpus=1"), without("PV guest", "guests end", "attach")...),
		host("sid-pvh", sid, virtual("dom0=pvh dom0_max_vcpus=1"), without("PV guest", "guests end", "attach")...),
	}
}

// atBoot are the cards that TestBuiltIn finds hidden.
const atBoot = "(0000:00:0a.0)(0000:00:0b.0)"

// hiding is the host with an argument for a pciback that is built into its kernel.
func (b boot) hiding(cards string) boot {
	b.kernel, b.noToolstack = "xen-pciback.hide="+cards, b.machine.Firmware == machine.NoXen
	return b
}

// without are the columns but those.
func without(left ...string) []string {
	return slices.DeleteFunc(columns(), func(name string) bool { return slices.Contains(left, name) })
}

// everything is a machine that has all the devices that the checks are about.
func everything() machine.Machine {
	return machine.Machine{Board: "q35,i8042=off", IOMMU: true, Devices: append(needed(), machine.USB("1d")...)}
}

// plain is everything without an IOMMU.
func plain() machine.Machine {
	m := everything()
	m.IOMMU = false
	return m
}

// started is everything with another firmware.
func started(by machine.Firmware) machine.Machine {
	m := everything()
	m.Firmware = by
	return m
}

// virtual is everything with a processor that has hardware virtualization, and more options
// of Xen.
func virtual(options string) machine.Machine {
	m := everything()
	m.CPU, m.Xen = "+svm,+npt", strings.TrimSpace("iommu=no-sharept "+options)
	return m
}

// matrixLonger is how much longer than another machine a host may run; HVM guests are slow.
const matrixLonger = 30 * time.Minute

// host is a row: a machine with all the checks that are about it, or with those of the
// columns that are named.
func host(name string, release image.Release, m machine.Machine, columns ...string) boot {
	b := boot{name: name, release: release, machine: m, longer: matrixLonger}
	for _, c := range checks() {
		if c.fits(release, m) && (len(columns) == 0 || slices.Contains(columns, c.column)) {
			b.suites = append(b.suites, dom0(c.tests...))
			b.parts.HVM = b.parts.HVM || c.kind == withHVM
		}
	}
	return b
}

// fits reports whether a check is about a host.
func (c check) fits(release image.Release, m machine.Machine) bool {
	switch c.kind {
	case withIOMMU:
		return m.IOMMU
	case withoutIOMMU:
		return !m.IOMMU
	case withHVM:
		return m.CPU != ""
	case withPVH:
		return strings.Contains(m.Xen, "dom0=pvh")
	case withBIOS:
		return m.IOMMU && m.Firmware == machine.BIOS
	case withUEFI:
		return m.IOMMU && m.Firmware != machine.BIOS
	case withModule:
		return release.Kernel != kernel.BuiltIn
	case withBuiltIn:
		return release.Kernel == kernel.BuiltIn && m.Firmware != machine.NoXen
	case withoutXen:
		return m.Firmware == machine.NoXen
	}
	return true
}

// TestMatrix boots pairs of hypervisor and kernel, and writes a row of what was well on each:
// make xen-matrix.
func TestMatrix(t *testing.T) {
	l := prepare(t, hosts())
	each(t, hosts(), func(t *testing.T, b boot) {
		about, came := l.run(t, b).row(b)
		record(t, about, came)
	})
}

// row returns the row of the table for a boot: what it is about, and what came of it.
func (r ran) row(b boot) (about, came string) {
	iommu := "no"
	if b.machine.IOMMU {
		iommu = "yes"
	}
	var cells []string
	for _, column := range columns() {
		cells = append(cells, r.cell(b, column))
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |", r.host.xen, r.host.linux, r.host.kind, b.machine.Firmware, iommu),
		fmt.Sprintf(" %s | %.0f |\n", strings.Join(cells, " | "), r.took.Seconds())
}

// cell says what came of the checks of a column: "-" if the host ran none of their tests,
// and the tests that failed.
func (r ran) cell(b boot, column string) string {
	var ran bool
	var failed []string
	for _, c := range checks() {
		if c.column != column {
			continue
		}
		for _, name := range c.tests {
			if !b.runs(name) {
				continue
			}
			ran = true
			if !r.passed[name] {
				failed = append(failed, strings.TrimPrefix(name, "Test"))
			}
		}
	}
	switch {
	case !ran:
		return "-"
	case len(failed) > 0:
		return "fails: " + strings.Join(failed, ", ")
	}
	return "yes"
}

// runs reports whether one of the tests of a boot has that name.
func (b boot) runs(name string) bool {
	return slices.ContainsFunc(b.suites, func(s suite) bool { return slices.Contains(s.tests, name) })
}

// description is what dom0 says of its hypervisor and of itself.
type description struct{ xen, linux, kind string }

// describe has dom0's shell print a description.
const describe = `( cd /sys/hypervisor/version && xen=$(cat major).$(cat minor)$(cat extra) kind=$(cat ../guest_type)
	printf 'lab: host %s %s %s\n' "${xen:--}" "$(uname -r)" "${kind:--}" )
`

// described reads it.
func described(answers string) (d description) {
	for line := range strings.Lines(answers) {
		if n, _ := fmt.Sscanf(line, "lab: host %s %s %s", &d.xen, &d.linux, &d.kind); n > 0 {
			return d
		}
	}
	return d
}
