package image

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/xenpci/xenpci/test/xen/cpio"
)

// unwanted are the parts of the packages that dom0 does without. The boot
// folder is written file by file.
var unwanted = []string{
	"boot", "etc/init.d", "lib/modules", "usr/lib/modules",
	"usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian",
	"usr/share/bug", "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/x86_64-linux-gnu/perl-base",
}

// merged are the folders that are links into usr on today's distributions;
// packages of Debian 12 still bring files for both names.
var merged = []string{"bin", "sbin", "lib", "lib32", "lib64"}

// host is an unpacked tree of packages.
type host struct {
	tree    string
	kernel  string // its file
	release string // of the kernel, as uname -r prints it
	modules string // the folder of its modules
	busybox string
	applets []string // busybox's names
}

// open looks at an unpacked tree and completes its lists of modules.
func open(ctx context.Context, tree string) (*host, error) {
	// The packages of Debian 14 leave it to a script to copy the kernel to /boot.
	kernel, err := one(tree, "boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz")
	if err != nil {
		return nil, err
	}
	release, inBoot := strings.CutPrefix(filepath.Base(kernel), "vmlinuz-")
	if !inBoot {
		release = filepath.Base(filepath.Dir(kernel))
	}
	h := &host{tree: tree, kernel: kernel, release: release}
	if h.modules, err = one(tree, "lib/modules/"+h.release, "usr/lib/modules/"+h.release); err != nil {
		return nil, err
	}
	if h.busybox, err = one(tree, "bin/busybox", "usr/bin/busybox"); err != nil {
		return nil, err
	}
	applets, err := exec.CommandContext(ctx, h.busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("list of busybox's applets: %w", err)
	}
	h.applets = strings.Fields(string(applets))
	return h, h.depmod(ctx)
}

// write makes the image's files, but for the chains.
func (h *host) write(ctx context.Context, image Image) error {
	kernel, err := os.ReadFile(h.kernel)
	if err != nil {
		return err
	}
	hypervisor, err := h.hypervisor()
	if err != nil {
		return err
	}
	efi, err := one(h.tree, "boot/xen-*-amd64.efi")
	if err != nil {
		return err
	}
	program, err := os.ReadFile(efi)
	if err != nil {
		return err
	}
	guest, err := h.guest(ctx)
	if err != nil {
		return err
	}
	initramfs, err := h.dom0(ctx, kernel, guest)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(image.Kernel, kernel, 0o644),
		os.WriteFile(image.Hypervisor, hypervisor, 0o644),
		os.WriteFile(image.XenEFI, program, 0o644),
		os.WriteFile(image.Guest, guest, 0o644),
		os.WriteFile(image.Initramfs, initramfs, 0o644))
}

// hypervisor returns Xen, inflated.
func (h *host) hypervisor() ([]byte, error) {
	name, err := one(h.tree, "boot/xen-*-amd64.gz", "boot/xen-*.gz")
	if err != nil {
		return nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	inflated, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return io.ReadAll(inflated)
}

// dom0 returns dom0's initramfs. It is not compressed: QEMU loads it in no
// time, and inflating it under emulation takes seconds.
func (h *host) dom0(ctx context.Context, kernel, guest []byte) ([]byte, error) {
	var out bytes.Buffer
	archive := cpio.NewWriter(&out)
	for _, name := range merged {
		if err := archive.Link(name, "usr/"+name); err != nil {
			return nil, err
		}
	}
	configuration, err := one(h.tree, "boot/config-"+h.release, "usr/lib/modules/"+h.release+"/config")
	if err != nil {
		return nil, err
	}
	config, err := os.ReadFile(configuration)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		userspace(archive, h.tree),
		h.links(archive),
		h.copyModules(ctx, archive, "usr/lib/modules/"+h.release, dom0Modules),
		embedded(archive, "init", "init"),
		embedded(archive, "dhcp", "etc/udhcpc/default.script"),
		archive.File("etc/passwd", 0o644, []byte("root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")),
		archive.File("etc/group", 0o644, []byte("root:x:0:\nnogroup:x:65534:\n")),
		archive.File("boot/config-"+h.release, 0o644, config),
		archive.File("guest/vmlinuz", 0o644, kernel),
		archive.File("guest/initramfs", 0o644, guest),
		archive.Close())
	return out.Bytes(), err
}

// userspace adds the files of the packages in a tree.
func userspace(archive *cpio.Writer, tree string) error {
	return filepath.WalkDir(tree, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(tree, name)
		if err != nil {
			return err
		}
		for _, folder := range unwanted {
			if relative == folder {
				return filepath.SkipDir
			}
		}
		return add(archive, name, place(relative), entry)
	})
}

// links adds busybox's applets, where the packages bring no better program.
func (h *host) links(archive *cpio.Writer) error {
	for _, applet := range append(h.applets, "sh") {
		if archive.Has("usr/bin/"+applet) || archive.Has("usr/sbin/"+applet) {
			continue
		}
		if err := archive.Link("usr/bin/"+applet, "/usr/bin/busybox"); err != nil {
			return err
		}
	}
	return nil
}

// place returns where a file of a package goes with the folders merged.
func place(name string) string {
	first, _, _ := strings.Cut(name, "/")
	for _, folder := range merged {
		if first == folder {
			return "usr/" + name
		}
	}
	return name
}

// add puts the file name of this machine into the archive as target.
func add(archive *cpio.Writer, name, target string, entry fs.DirEntry) error {
	switch info, err := entry.Info(); {
	case err != nil:
		return err
	case entry.IsDir():
		return archive.Directory(target)
	case entry.Type()&fs.ModeSymlink != 0:
		link, err := os.Readlink(name)
		if err != nil {
			return err
		}
		return archive.Link(target, link)
	case entry.Type().IsRegular():
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return archive.File(target, info.Mode(), content)
	}
	return nil
}

// embedded adds a script of the files folder.
func embedded(archive *cpio.Writer, name, target string) error {
	content, err := sources.ReadFile("files/" + name)
	if err != nil {
		return err
	}
	return archive.File(target, 0o755, content)
}

// one returns the last file below tree that matches one of the patterns.
func one(tree string, patterns ...string) (string, error) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(tree, pattern))
		if err == nil && len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("the packages hold no %s", strings.Join(patterns, " or "))
}
