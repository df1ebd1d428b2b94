//go:build xen

package xenboot

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/test/xenboot/host"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// matrixVariable is the environment variable by which make boot-matrix asks for
// docs/boot-matrix.md to be written.
const matrixVariable = "XENPCI_MATRIX"

// ways are the kinds of disks, and the layers that are enabled on each: none for
// what xenpci chooses by itself.
var ways = []struct {
	variant root.Variant
	layers  []string
	first   string // who has the card first
}{
	{root.Debian, nil, "pciback"},
	{root.Debian, []string{"kernel-argument"}, "pciback"},
	{root.Debian, []string{"initramfs"}, "pciback"},
	{root.Debian, []string{"modprobe"}, "pciback"},
	{root.Debian, []string{"udev"}, "pciback"},
	{root.Debian, []string{"service"}, "e1000"}, // the initramfs has e1000
	{root.Variant{Init: "systemd", Loader: "grub2", Initramfs: "dracut"}, nil, "pciback"},
	{root.Variant{Init: "systemd", Loader: "grub2", Initramfs: "dracut"}, []string{"modprobe"}, "pciback"},
	{root.Variant{Init: "systemd", Loader: "grub2", Initramfs: "dracut"}, []string{"udev"}, "pciback"},
	{root.Variant{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"}, nil, "pciback"},
	{root.Variant{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"}, []string{"kernel-argument"}, "pciback"},
	{root.Variant{Init: "sysvinit", Loader: "menu.lst", Initramfs: "initramfs-tools"}, []string{"service"}, "e1000"},
	{root.Variant{Init: "systemd", Loader: "xen.efi", Initramfs: "initramfs-tools"}, []string{"kernel-argument"}, "pciback"},
	{root.Variant{Init: "openrc", Loader: "grub2", Initramfs: "initramfs-tools"}, nil, "pciback"},
	{root.Variant{Init: "openrc", Loader: "grub2", Initramfs: "initramfs-tools"}, []string{"service"}, "e1000"},
}

// matrix is where the rows of what was booted are.
const matrix = "../../docs/boot-matrix.md"

// matrixTop is what stands above the rows.
const matrixTop = "# What was booted\n\n" +
	"`make boot-matrix` boots each of these disks in QEMU and writes a row here if the boot ended well. Each has Debian's Xen and\n" +
	"Linux and two e1000 cards, one of which is declared; [boot-lab.md](boot-lab.md) describes the disks. \"First\" is the first driver of the\n" +
	"declared card in the kernel's log. The last column is the exit status of `xenpci verify`. The initramfs contains e1000, so with\n" +
	"the layer service alone e1000 is first, as `xenpci boot` says beforehand. The service is enabled together with kernel-argument,\n" +
	"modprobe and udev, and modprobe together with kernel-argument.\n\n" +
	"| init, boot loader | initramfs | layers | the declared card is on | first | the other card is on | verify |\n|---|---|---|---|---|---|---|\n"

// TestMatrix declares one of two cards on each kind of disk, enables layers, and
// boots.
func TestMatrix(t *testing.T) {
	for _, way := range ways {
		layers := "automatic"
		if len(way.layers) > 0 {
			layers = strings.Join(way.layers, ", ")
		}
		t.Run(way.variant.String()+"/"+layers, func(t *testing.T) {
			want := booted{Verified: []verified{{Address: declared, Driver: "pciback", First: way.first}}, Twin: "e1000"}
			if way.first != "pciback" {
				want.Verified[0].Problem, want.Status = &remark{"late"}, 1
				if way.variant.Init == "systemd" {
					want.Failed = "xenpci-verify.service"
				}
			}
			got := enabled(t, way.variant, way.layers)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if os.Getenv(matrixVariable) != "" {
				record(t, fmt.Sprintf("| %s, %s | %s | %s |", way.variant.Init, way.variant.Loader, way.variant.Initramfs, layers),
					fmt.Sprintf(" %s | %s | %s | %d |\n", got.Verified[0].Driver, got.Verified[0].First, got.Twin, got.Status))
			}
		})
	}
}

// record puts a row into the table, in the place of the one that begins alike.
func record(t *testing.T, begin, rest string) {
	t.Helper()
	text, err := os.ReadFile(matrix)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	_, old, _ := strings.Cut(string(text), "|---|\n")
	var rows []string
	for row := range strings.Lines(old) {
		if !strings.HasPrefix(row, begin) {
			rows = append(rows, row)
		}
	}
	rows = append(rows, begin+rest)
	slices.Sort(rows)
	if err := os.WriteFile(matrix, []byte(matrixTop+strings.Join(rows, "")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// enabled boots a disk once without Xen, to enable layers, and once with it.
func enabled(t *testing.T, v root.Variant, layers []string) booted {
	t.Helper()
	l := fresh(t, v, twins())
	enable := "xenpci boot enable"
	for _, layer := range layers {
		enable += " --layer " + layer
	}
	l.write(t, "/etc/xenpci/devices.toml", "[[device]]\naddress = \""+declared+"\"\nid = \"8086:100e\"\n")
	t.Log(l.run(t, host.Order{Entry: host.Bare, Script: enable + " && xenpci verify --next"}))
	return parseBooted(t, l.run(t, host.Order{Script: lookAfter}))
}
