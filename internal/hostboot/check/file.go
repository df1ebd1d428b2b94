package check

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/kmod"
)

// files checks the files that the entry loads, and those that it is made from.
func (c *checker) files() {
	c.loaded()
	c.room()
	c.stale()
}

// loaded checks the files that the entry loads.
func (c *checker) loaded() {
	n := c.next
	for _, file := range append([]hostboot.File{n.Hypervisor, n.Kernel}, n.Initrds...) {
		if file.Name == "" && file.Named != "" {
			c.add(Finding{Error, FileMissing, n.Place, file.Named, file.Named + " is not there", "install it again, or generate the boot loader's configuration again"})
		}
		c.damaged(file)
	}
	if root, ok := n.Dom0Line.Value("root"); ok && len(n.Initrds) == 0 && needsInitramfs(root) {
		c.add(Finding{Error, NoInitramfs, n.Place, "root=" + root, "the entry loads no initramfs, and the kernel alone does not find this root file system", "make the initramfs of this kernel, and generate the boot loader's configuration again"})
	}
	c.multiboot()
	c.kernel()
}

// damaged checks that a file is not one that an update cut short.
func (c *checker) damaged(file hostboot.File) {
	if file.Name == "" || file.Inside {
		return
	}
	advice := "install its package again"
	if slices.Contains(c.next.Initrds, file) {
		advice = "make the initramfs again"
	}
	place := hostboot.Place{File: file.Name}
	if size, err := c.f.Size(file.Name); err == nil && size == 0 {
		c.add(Finding{Error, FileDamaged, place, "", "the file is empty, and the entry does not boot", advice})
	} else if file == c.next.Hypervisor && errors.Is(c.next.TableErr, image.ErrCut) {
		c.add(Finding{Error, FileDamaged, place, "", "it cannot be unpacked, and the entry does not boot", advice})
	}
}

// needsInitramfs reports whether only a program in an initramfs finds a root file system.
func needsInitramfs(root string) bool {
	return slices.ContainsFunc([]string{"UUID=", "LABEL=", "ZFS=", "/dev/mapper/", "/dev/disk/"}, func(before string) bool { return strings.HasPrefix(root, before) })
}

// multiboot checks that GRUB starts Xen by multiboot2 where the firmware is EFI: by multiboot, Xen
// learns nothing of the firmware.
func (c *checker) multiboot() {
	if c.next.Loader.Kind != boot.GRUB2 || !c.f.Exists("/sys/firmware/efi") {
		return
	}
	if c.next.Command == "multiboot" {
		c.add(Finding{Error, NoMultiboot2, c.next.XenLine.Place, "multiboot", "the firmware is EFI, of which Xen learns nothing by multiboot: it does not find its memory", "write multiboot2, and module2 for the modules"})
		return
	}
	modules := path.Join(path.Dir(c.next.Loader.Config), "x86_64-efi")
	if c.next.Command == "multiboot2" && c.f.Exists(modules) && !c.f.Exists(modules+"/multiboot2.mod") {
		c.add(Finding{Error, NoMultiboot2, hostboot.Place{File: modules}, "multiboot2", "GRUB's module multiboot2.mod is not there, which starts Xen", "install GRUB's modules for x86_64-efi, and run grub-install"})
	}
}

// room checks that the next update of the kernel finds room.
func (c *checker) room() {
	n := c.next
	if n.Kernel.Name == "" || n.Kernel.Inside {
		return
	}
	folder, needs := path.Dir(n.Kernel.Name), uint64(0)
	for _, file := range append([]hostboot.File{n.Kernel}, n.Initrds...) {
		size, err := c.f.Size(file.Name)
		if err != nil || file.Name == "" {
			return
		}
		needs += size
	}
	free, err := c.f.Free(folder)
	if err == nil && free < needs {
		c.add(Finding{Warning, NoRoom, hostboot.Place{File: folder}, "", fmt.Sprintf("%d MiB are free, and one more kernel with its initramfs takes %d MiB", free>>20, needs>>20), "remove old kernels before the next update"})
	}
}

// kernel checks that the kernel can be dom0.
func (c *checker) kernel() {
	k, err := kmod.New(c.f, c.next.KernelRelease())
	if err != nil {
		return
	}
	dom0, err := k.Option("CONFIG_XEN_DOM0")
	if err != nil || dom0.Value == "y" {
		return
	}
	if old, _ := k.Option("CONFIG_XEN_PRIVILEGED_GUEST"); old.Value == "y" {
		return // a kernel of Xen's own tree
	}
	c.add(Finding{Error, NoDom0Kernel, hostboot.Place{File: dom0.File}, "", "the kernel " + k.Release + " was built without CONFIG_XEN_DOM0, and does not start as dom0", "boot a kernel that has CONFIG_XEN_DOM0=y"})
}

// stale checks that a generated file is not older than what it is made from.
func (c *checker) stale() {
	n := c.next
	if !n.Loader.Generated || n.Place.File != n.Loader.Config {
		return
	}
	advice := "run " + strings.Join(n.Loader.Generate, " ")
	unwritten := n.Unwritten()
	for _, u := range unwritten {
		c.add(Finding{Error, ConfigStale, u.Place, u.Word, n.Loader.Config + " does not have it", advice})
	}
	made, err := c.f.ModTime(n.Loader.Config)
	if err != nil || len(unwritten) > 0 || n.Loader.Kind != boot.GRUB2 {
		return
	}
	for _, name := range n.Loader.SettingFiles(c.f) {
		if changed, err := c.f.ModTime(name); err == nil && changed.After(made) {
			c.add(Finding{Warning, ConfigStale, hostboot.Place{File: name}, "", "it was changed after " + n.Loader.Config + " was made", advice})
		}
	}
}

// settings checks that GRUB hands the settings on as they are written.
func (c *checker) settings() {
	for _, u := range c.next.Unread {
		if u.Open {
			c.add(Finding{Error, Quoting, hostboot.Place{File: u.File, Line: u.Line}, "", "no program can read the file from here on: " + u.Why, "close it; until then " + strings.Join(c.next.Loader.Generate, " ") + " fails"})
		}
	}
	for _, s := range c.next.Settings {
		switch {
		case s.Err != nil:
			c.add(Finding{Error, Quoting, s.Place, "", "GRUB cannot read the value: " + s.Err.Error(), "write it without quotes within the value"})
		case s.Rest != "" && !strings.ContainsAny(s.Rest[:1], ";&|<>{}"): // it is behind a newline
			c.add(Finding{Error, Quoting, s.Place, strings.TrimSpace(s.Rest), "the value has more than one line, and GRUB ends the command after the first one", "write it on one line"})
		case s.Rest != "":
			c.add(Finding{Error, Quoting, s.Place, s.Rest, "GRUB ends the command before it", `put a backslash before ; & | < and >, and two of them within double quotes`})
		}
	}
}
