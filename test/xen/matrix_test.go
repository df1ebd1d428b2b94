//go:build xen

package xen

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
)

// checks are the columns.
func checks() []check {
	return []check{
		{"built in", []string{"TestBuiltIn"}, withBuiltIn},                                // before another test gives the cards back
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
	own := host("builtin", image.Release{Suite: "bookworm", Kernel: kernel.BuiltIn}, everything())
	own.kernel = "xen-pciback.hide=(0000:00:0a.0)(0000:00:0b.0)"
	return []boot{
		// list prints what lspci 3.10 prints, and bullseye has lspci 3.7.
		host("bullseye", bullseye, everything(), without("list")...),
		host("bookworm-plain", bookworm, plain(), without("list")...),
		host("bookworm", bookworm, everything()),
		host("bookworm-grub", bookworm, started(machine.GRUB)),
		host("bookworm-efi", bookworm, started(machine.XenEFI)),
		own,
		host("trixie-plain", trixie, plain(), without("list")...),
		host("trixie", trixie, virtual("")),
		host("sid", sid, everything()),
		// One processor: with two, dom0 can hang at boot on a machine that is busy. Before Linux 6.12
		// pciback registers no interrupt, and nothing is lost.
		host("pvh", trixie, virtual("dom0=pvh dom0_max_vcpus=1"), "interrupt", "quarantine", "given back", "apply", "host"),
		host("sid-pvh", sid, virtual("dom0=pvh dom0_max_vcpus=1"), "interrupt", "quarantine", "given back", "apply", "host"),
		host("bookworm-pvh", bookworm, virtual("dom0=pvh dom0_max_vcpus=1"), "quarantine", "given back", "apply", "host"),
	}
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
		return release.Kernel == kernel.BuiltIn
	}
	return true
}

// TestMatrix boots pairs of hypervisor and kernel, and writes a row of what was well on each:
// make xen-matrix.
func TestMatrix(t *testing.T) {
	l := prepare(t, hosts())
	for _, b := range hosts() {
		t.Run(b.name, func(t *testing.T) {
			about, came := l.run(t, b).row(b)
			record(t, about, came)
		})
	}
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
const describe = `( cd /sys/hypervisor && printf 'lab: host %s.%s%s %s %s\n' "$(cat version/major)" "$(cat version/minor)" "$(cat version/extra)" \
	"$(uname -r)" "$(cat guest_type)" )
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

// matrix is where the rows are.
const matrix = "../../docs/xen-matrix.md"

// record puts a row into the table, in the place of the one that is about the same.
func record(t *testing.T, about, came string) {
	t.Helper()
	text, err := os.ReadFile(matrix)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.WriteFile(matrix, []byte(recorded(string(text), about, came)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// recorded returns the table with that row. A row from before there was a column has "-" in it.
func recorded(table, about, came string) string {
	rows := []string{about + came}
	var header []string
	for row := range strings.Lines(table) {
		if strings.HasPrefix(row, "| Xen |") {
			header = cells(row)
			continue
		}
		if header == nil || strings.HasPrefix(row, "|---") || strings.HasPrefix(row, about) {
			continue
		}
		was := cells(row)
		var now []string
		for _, column := range matrixColumns() {
			if at := slices.Index(header, column); at >= 0 && at < len(was) {
				now = append(now, was[at])
			} else {
				now = append(now, "-")
			}
		}
		rows = append(rows, "| "+strings.Join(now, " | ")+" |\n")
	}
	slices.Sort(rows)
	return matrixTop() + strings.Join(rows, "")
}

// cells returns what is in a row of the table.
func cells(row string) []string {
	all := strings.Split(strings.Trim(row, "| \n"), "|")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// TestRecorded puts rows into a table, also in the place of others, and into one that lacks a column.
func TestRecorded(t *testing.T) {
	row := func(xen, seconds string) (about, came string) {
		return "| " + xen + " |", strings.Repeat(" - |", len(matrixColumns())-2) + " " + seconds + " |\n"
	}
	table := recorded("# Xen\n\n| Xen | seconds |\n|---|---|\n| b | 1 |\n| c | 3 |\n", "| b |", strings.Repeat(" - |", len(matrixColumns())-2)+" 2 |\n")
	about, came := row("a", "1")
	table = recorded(table, about, came)
	want := matrixTop()
	for _, r := range [][2]string{{"a", "1"}, {"b", "2"}, {"c", "3"}} {
		about, came := row(r[0], r[1])
		want += about + came
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// matrixColumns are the columns of the table.
func matrixColumns() []string {
	return slices.Concat([]string{"Xen", "Linux", "dom0", "started by", "IOMMU"}, columns(), []string{"seconds"})
}

// matrixTop is what stands above the rows.
func matrixTop() string {
	return "# Xen and Linux\n\n" + matrixText + "\n| " + strings.Join(matrixColumns(), " | ") + " |\n" + strings.Repeat("|---", len(matrixColumns())) + "|\n"
}

const matrixText = "`make xen-matrix` boots each of these pairs of Debian's Xen and Linux in QEMU's software emulation, runs the tests of a column in dom0, and\n" +
	"writes the row. The host has emulated network cards, NVMe and virtio disks, a USB controller and, where the column IOMMU says so, VT-d with\n" +
	"interrupt remapping. \"Started by\" is BIOS where QEMU loads Xen as a multiboot image, GRUB where OVMF's UEFI starts GRUB 2, which loads it by\n" +
	"multiboot2, and xen.efi where UEFI starts Xen itself. \"-\" is for what was not run, also since the column is newer than the row: without an IOMMU Xen has no quarantine, and xl gives guests no\n" +
	"device; `xenpci list` prints what lspci 3.10 and later print, and Debian 11 (Linux 5.10) has lspci 3.7. This machine's UEFI reserves memory\n" +
	"where a PV guest's kernel lies, so that no PV guest can start with a device, as `check` says: there the guest gets it when it runs.\n\n" +
	"No row is of Alpine, since the hosts are made of Debian's packages alone: its mkinitfs and its boot were not tried.\n\n" +
	"| column | what was well |\n|---|---|\n" +
	"| built in | pciback is a part of the kernel: what its line says is hidden before a driver that is built in too, `unhide` gives it back, and `boot` sets that line |\n" +
	"| interrupt | dom0=pvh: a card with a legacy interrupt that no driver had opened before it was hidden gets no interrupts in dom0 until `unhide`, or the daemon, tells Xen to connect them |\n" +
	"| list | `xenpci list` prints what `lspci` prints, byte for byte, before a card is hidden and afterwards |\n" +
	"| quarantine | Xen's own dump (`xl debug-keys Q`) shows the hidden card in quarantine, and dom0's after `unhide` |\n" +
	"| PV guest | a guest gets an address over the hidden card and bytes both ways; `unhide` is refused meanwhile; afterwards the card works in dom0 |\n" +
	"| HVM guest | the same with an HVM guest; \"-\" also where the emulated processor has no hardware virtualization |\n" +
	"| guests end | of three guests with a card each, one is destroyed, one crashes, one powers itself off; one that crashed is kept: `status` says who has which card, and each works in dom0 afterwards |\n" +
	"| attach | `xl pci-detach` and `xl pci-attach` with a running guest; `seize=1` and `permissive=1` in its configuration |\n" +
	"| given back | `unhide` gives back what xl, sysfs or modprobe hid; a lease, bytes both ways and the count in `/proc/interrupts` show that the card works |\n" +
	"| guard | `hide` refuses the disk of dom0's root, and says why |\n" +
	"| apply | `apply` hides what is declared, `verify` agrees |\n" +
	"| host | `host info`, `host dmesg` and `host services` agree with xl |\n\n" +
	"Seconds are from power on to power off, on two busy processors.\n"
