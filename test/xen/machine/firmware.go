package machine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/xenpci/xenpci/test/xen/image"
)

// Firmware is what starts the machine, and by which program it starts Xen, if at all.
type Firmware int

// The firmware.
const (
	BIOS   Firmware = iota // QEMU loads Xen as a multiboot image
	GRUB                   // OVMF starts GRUB, which loads Xen by multiboot2
	XenEFI                 // OVMF starts xen.efi, which reads its configuration file
	NoXen                  // QEMU loads dom0's kernel without Xen
)

// String returns what starts Xen.
func (f Firmware) String() string { return [...]string{"BIOS", "GRUB", "xen.efi", "without Xen"}[f] }

// lines are the arguments of Xen and of dom0's kernel.
type lines struct{ xen, kernel string }

// efiGRUB are the modules that GRUB needs for its menu.
var efiGRUB = []string{"part_msdos", "fat", "normal", "multiboot2", "boot", "serial", "terminal"}

// partition makes the file of a disk that UEFI starts from, with one FAT file system: a boot
// loader under the name that UEFI looks for, its configuration, and what it loads.
func (f Firmware) partition(ctx context.Context, img image.Image, initramfs, folder string, l lines) (string, error) {
	disk, loader, config := filepath.Join(folder, "esp"), filepath.Join(folder, "loader.efi"), filepath.Join(folder, "config")
	place, text := "EFI/BOOT/BOOTX64.cfg", "[global]\ndefault=lab\n[lab]\noptions="+l.xen+"\nkernel=\\vmlinuz "+l.kernel+"\nramdisk=\\initramfs\n"
	if f == GRUB {
		place, text = "grub.cfg", "multiboot2 /xen placeholder "+l.xen+"\nmodule2 /vmlinuz placeholder "+l.kernel+"\nmodule2 --nounzip /initramfs\nboot\n"
		args := append([]string{"--format=x86_64-efi", "--prefix=/", "--output=" + loader}, efiGRUB...)
		if err := run(ctx, "grub-mkimage", args...); err != nil {
			return "", err
		}
	} else {
		loader = img.XenEFI
	}
	size := int64(efiSpare)
	for _, name := range []string{loader, img.Hypervisor, img.Kernel, initramfs} {
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		size += info.Size()
	}
	copies := [][2]string{{loader, "EFI/BOOT/BOOTX64.EFI"}, {config, place}, {img.Hypervisor, "xen"}, {img.Kernel, "vmlinuz"}, {initramfs, "initramfs"}}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return "", err
	}
	commands := [][]string{
		{"truncate", fmt.Sprint("--size=", size), disk},
		{"mformat", "-i", disk, "-F", "::"},
		{"mmd", "-i", disk, "::EFI", "::EFI/BOOT"},
	}
	for _, c := range copies {
		commands = append(commands, []string{"mcopy", "-i", disk, c[0], "::" + c[1]})
	}
	for _, c := range commands {
		if err := run(ctx, c[0], c[1:]...); err != nil {
			return "", err
		}
	}
	return disk, nil
}

// efiSpare is how many bytes of the disk the file system's tables and the configuration may take.
const efiSpare = 40 << 20

// variables makes the file in which the machine's UEFI keeps its variables.
func variables(folder string) (string, error) {
	target := filepath.Join(folder, "variables")
	content, err := os.ReadFile("/usr/share/OVMF/OVMF_VARS_4M.fd")
	if err != nil {
		return "", err
	}
	return target, os.WriteFile(target, content, 0o644)
}

// arguments returns QEMU's arguments for what starts the machine. UEFI's disk is at the board's
// SATA controller, so that it adds no PCI device.
func (f Firmware) arguments(ctx context.Context, img image.Image, initramfs, folder string, l lines) ([]string, error) {
	switch f {
	case BIOS:
		return []string{"-kernel", img.Hypervisor, "-append", l.xen, "-initrd", quoted(img.Kernel) + " " + quoted(l.kernel) + "," + quoted(initramfs)}, nil
	case NoXen:
		return []string{"-kernel", img.Kernel, "-append", "console=ttyS0 " + l.kernel, "-initrd", initramfs}, nil
	}
	disk, err := f.partition(ctx, img, initramfs, folder, l)
	if err != nil {
		return nil, err
	}
	kept, err := variables(folder)
	return []string{
		"-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
		"-drive", "if=pflash,format=raw,file=" + quoted(kept),
		"-blockdev", "driver=file,node-name=esp,filename=" + quoted(disk),
		"-device", "ide-hd,bus=ide.0,drive=esp,bootindex=0",
	}, err
}

// run runs a program of this machine.
func run(ctx context.Context, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(command.Environ(), "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(out))
	}
	return nil
}
