//go:build xen

package xen

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

// TestMatrixPage compares what stands above the rows with what a run would write.
func TestMatrixPage(t *testing.T) {
	text, err := os.ReadFile(matrix)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), matrixTop()) {
		t.Errorf("%s does not begin with what make xen-matrix writes above the rows", matrix)
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
	"multiboot2, xen.efi where UEFI starts Xen itself, and \"without Xen\" where dom0's kernel runs alone. A PVH dom0 has one processor here.\n\n" +
	"\"-\" means that the tests of the column were not run on that host:\n\n" +
	"- Without an IOMMU Xen has no quarantine, and xl gives guests no device.\n" +
	"- `xenpci list` prints what lspci 3.10 and later print, and Debian 11 has lspci 3.7. The hosts without IOMMU run a part of the tests.\n" +
	"- HVM guests take hardware virtualization, which only some of the emulated processors have.\n" +
	"- The columns \"built in\" and \"interrupt\" are about such a kernel and about a PVH dom0 only.\n" +
	"- On the hosts with UEFI, a PV guest is started without the card, and gets it by `xl pci-attach`: their firmware reserves memory where a\n" +
	"  PV guest's kernel lies, and the guest cannot start with a device (`low_memory` in [guard.md](guard.md)).\n" +
	"- \"PV guest\", \"guests end\" and \"attach\" are not run in a PVH dom0, since a PV guest gets no interrupts from a card there\n" +
	"  (`no_interrupts` in [guard.md](guard.md)). An HVM guest does.\n\n" +
	"Linux 6.1 as a PVH dom0 of Xen 4.17 has no row: here it hangs early in its boot.\n" +
	"No row is of Alpine, since the hosts are made of Debian's packages alone. An Alpine root with its mkinitfs was booted once, by hand\n" +
	"([boot-lab.md](boot-lab.md#alpine)): the layer modprobe hides the card in the initramfs. Its kernel, its packages of Xen and\n" +
	"its boot loader were not tried.\n\n" +
	"| column | what \"yes\" means |\n|---|---|\n" +
	"| built in | pciback is built into the kernel (compiled from Debian's sources, with few other drivers): what the kernel's line names is hidden before a driver that is built in too has it; `unhide`, `hide` and `unhide` work; without Xen, `unhide` gives it back and `hide` refuses |\n" +
	"| interrupt | dom0=pvh: a card with a legacy interrupt that no driver had opened before it was hidden gets no interrupts in dom0 until `unhide`, or the daemon, tells Xen to connect them; a PV guest gets none, as `check` and `hide` say beforehand |\n" +
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
