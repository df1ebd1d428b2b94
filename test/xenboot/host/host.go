// Package host boots the disks of package root: the same disk as often as a
// test likes, with other hardware and other entries of the boot menu.
package host

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xenboot/root"
)

// Entry is what the boot loader is to boot.
type Entry string

// The entries.
const (
	Default  Entry = ""         // what the menu has as its default: Xen
	Linux    Entry = "linux"    // the kernel without Xen
	Recovery Entry = "recovery" // Xen, and dom0 in single-user mode
	// Bare is no entry: QEMU loads the kernel itself, without Xen, and the agent
	// is the only process. That is quick, and good for preparing a disk.
	Bare Entry = "bare"
)

// Order is what a booted host is to do.
type Order struct {
	// Files are put onto the disk, path there to file here. That is done at the
	// end of the boot, before the script; Host.Put does it before the boot.
	Files    map[string]string
	Script   string // for sh; its exit status is the result
	Entry    Entry
	Shutdown bool          // the host shuts down; otherwise it only writes its disk and goes off
	Deadline time.Duration // from power on to power off
	Console  string        // file for what GRUB, Xen and the kernel say
	Input    io.Reader     // the script's standard input; may be nil
}

// Host is one disk and the hardware around it, which may be changed between
// boots. The bus of the board has the disk and the orders at slots 02 and 03.
type Host struct {
	Machine machine.Machine
	root    root.Root
	folder  string
}

// New returns a host with a copy of the disk of r, in a folder that is left to
// the caller to remove.
func New(r root.Root, m machine.Machine, folder string) (*Host, error) {
	h := &Host{Machine: m, root: r, folder: folder}
	err := errors.Join(os.MkdirAll(folder, 0o755), copySparse(r.Disk, h.disk()))
	if r.Variant.UEFI() {
		err = errors.Join(err, copySparse(r.Boot, h.boot()), copySparse(firmware("VARS"), h.variables()))
	}
	return h, err
}

func (h *Host) disk() string { return filepath.Join(h.folder, "root") }

// boot is the disk that UEFI reads, and variables are those that it keeps.
func (h *Host) boot() string      { return filepath.Join(h.folder, "boot") }
func (h *Host) variables() string { return filepath.Join(h.folder, "variables") }

// firmware returns a file of the package ovmf.
func firmware(part string) string { return "/usr/share/OVMF/OVMF_" + part + "_4M.fd" }

// Boot powers the host on, has it carry out the order, and returns the
// script's exit status when it is off again. What the script prints goes to out
// as it comes.
func (h *Host) Boot(ctx context.Context, order Order, out io.Writer) (status int, err error) {
	orders := filepath.Join(h.folder, "orders")
	menus, err := h.menus(ctx, order.Entry)
	if err != nil {
		return 0, err
	}
	if err := order.write(ctx, orders, menus); err != nil {
		return 0, err
	}
	if err := h.Machine.MakeDisks(h.folder); err != nil {
		return 0, err
	}
	args := append(h.Machine.Arguments(h.folder), disk("root", h.disk(), "02.0")...)
	args = append(args, disk("orders", orders, "03.0")...)
	if h.root.Variant.UEFI() {
		args = append(args, disk("boot", h.boot(), "04.0")...)
	}
	switch {
	case order.Entry == Bare:
		// An emulated timer may be late on a busy machine, and the kernel takes that
		// for one that does not work.
		args = append(args, "-kernel", h.root.Kernel, "-initrd", h.root.Initramfs,
			"-append", "root=LABEL="+root.Label+" ro console=ttyS0 no_timer_check panic=1 log_buf_len=4M init=/usr/lib/lab/agent")
	case h.root.Variant.UEFI():
		args = append(args, "-drive", "if=pflash,format=raw,readonly=on,file="+firmware("CODE"), "-drive", "if=pflash,format=raw,file="+quoted(h.variables()))
	default:
		args = append(args, "-drive", "if=none,id=cd,media=cdrom,format=raw,readonly=on,file="+quoted(h.root.CD),
			"-device", "ide-cd,bus=ide.0,drive=cd,bootindex=0")
	}
	return machine.Run(ctx, args, machine.Order{Deadline: order.Deadline, Console: order.Console, Input: order.Input}, &answers{out: out})
}

// disk returns QEMU's arguments for a disk at a slot of the board's bus.
func disk(name, file, slot string) []string {
	return []string{
		"-blockdev", "driver=file,node-name=" + name + ",filename=" + quoted(file),
		"-device", "virtio-blk-pci,drive=" + name + ",addr=" + slot,
	}
}

// quoted doubles the commas of an option's value, as QEMU wants it.
func quoted(value string) string { return strings.ReplaceAll(value, ",", ",,") }
