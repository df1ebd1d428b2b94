package grub

import (
	"path"
	"strings"
)

// Image is a file that GRUB loads, with its command line.
type Image struct {
	File      string // as it is written, including a device such as (hd0,0)
	Arguments CommandLine
	Line      int // from 1
	// Command is GRUB 2's that loads it: "multiboot2"; "" for other boot loaders.
	Command string
}

// Xen is what an entry that boots Xen loads.
type Xen struct {
	Hypervisor Image
	Dom0       Image   // dom0's kernel: the first module
	Modules    []Image // the other modules: initrd, microcode, policy
}

// XenOf returns what is booted where a boot loader loads these files in this order: the
// hypervisor, dom0's kernel and the others, perhaps with tboot before them. The hypervisor has
// the name of Xen, or dom0's kernel that of a Linux kernel. ok is false if that is not Xen.
func XenOf(images []Image) (x Xen, ok bool) {
	if len(images) > 0 && isTboot(images[0].File) {
		images = images[1:]
	}
	if len(images) < 2 || !bootsXen(images[0].File, images[1].File) {
		return Xen{}, false
	}
	x = Xen{Hypervisor: images[0], Dom0: images[1]}
	if len(images) > 2 {
		x.Modules = images[2:]
	}
	return x, true
}

// Initrds returns the files of the other modules, except policies.
func (x Xen) Initrds() []string {
	var files []string
	for _, m := range x.Modules {
		if !strings.HasPrefix(base(m.File), "xenpolicy") {
			files = append(files, m.File)
		}
	}
	return files
}

// fallback reports whether these are the links that XenServer keeps to the hypervisor and the
// kernel that were installed first: xen-fallback.gz, vmlinuz-fallback.
func (x Xen) fallback() bool {
	return strings.HasPrefix(base(x.Hypervisor.File), "xen-fallback") || base(x.Dom0.File) == "vmlinuz-fallback"
}

// isHypervisor reports whether file has the name of a hypervisor: xen.gz,
// xen-4.17-amd64.gz, xen-pae.gz, xen.gz-2.6.18-8.el5, xen-4.17-arm64.
func isHypervisor(file string) bool {
	return strings.HasPrefix(base(file), "xen") && !strings.HasPrefix(base(file), "xenpolicy")
}

// bootsXen reports whether a file and its first module are Xen and dom0's kernel. A copy of Xen
// may have any name, or one that only the boot loader knows; then the module tells: apart
// from Xen, only ACRN and tboot boot a Linux that is a module.
func bootsXen(file, module string) bool {
	other := strings.HasPrefix(base(file), "acrn") || isTboot(file) || isLinux(file)
	return isHypervisor(file) || isLinux(module) && !other
}

// isLinux reports whether file has the name of a Linux kernel: vmlinuz-6.1, bzImage,
// linux-6.6-bzImage, kernel-6.1-gentoo.
func isLinux(file string) bool {
	name := base(file)
	return strings.HasPrefix(name, "vmlinu") || strings.HasPrefix(name, "bzImage") || strings.HasSuffix(name, "-bzImage") || strings.HasPrefix(name, "kernel-")
}

// isTboot reports whether file has the name of tboot, which measures the modules that follow
// and starts the first of them: 20_linux_xen_tboot makes such entries.
func isTboot(file string) bool { return strings.HasPrefix(base(file), "tboot") }

func base(file string) string {
	return path.Base(file[strings.LastIndexByte(file, ')')+1:])
}
