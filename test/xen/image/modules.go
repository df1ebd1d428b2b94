package image

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/test/xen/cpio"
)

// dom0Modules are the modules that dom0 has, and with them what they need:
// Xen's own, and the drivers of the devices that the machines have.
var dom0Modules = []string{
	"xenfs", "xen-privcmd", "xen-evtchn", "xen-gntdev", "xen-pciback",
	"e1000", "e1000e", "8139cp", "8139too", "uhci-hcd", "ehci-pci", "nvme", "pci-stub", "af-packet",
	"virtio-pci", "virtio-blk", "xhci-pci", "usbhid", "hid-generic",
	"ext4", "crc32c-generic", "raid1", "dm-mod", "loop", "bonding", "bridge",
}

// guestModules are the guest's.
var guestModules = []string{"xen-pcifront", "xen-blkfront", "xen-netfront", "e1000", "e1000e", "8139cp", "af-packet"}

// lists are the files of a module folder that kmod and xenpci read and depmod
// does not make.
var lists = []string{"modules.builtin", "modules.builtin.modinfo", "modules.order"}

// depmod makes the lists of all modules with the depmod of the packages, which this
// machine's own linker may be too old or too new for.
func (h *host) depmod(ctx context.Context) error {
	kmod, err := one(h.tree, "bin/kmod", "usr/bin/kmod")
	if err != nil {
		return err
	}
	linker, err := one(h.tree, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
	if err != nil {
		return err
	}
	// kmod is what it is called by.
	names, err := os.MkdirTemp("", "depmod")
	if err != nil {
		return err
	}
	defer os.RemoveAll(names)
	depmod := filepath.Join(names, "depmod")
	if err := os.Symlink(kmod, depmod); err != nil {
		return err
	}
	base := strings.TrimSuffix(h.modules, "/lib/modules/"+h.release)
	libraries := filepath.Join(h.tree, "lib/x86_64-linux-gnu") + ":" + filepath.Join(h.tree, "usr/lib/x86_64-linux-gnu")
	command := exec.CommandContext(ctx, linker, "--library-path", libraries, depmod, "--basedir", base, h.release)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("depmod of the packages: %w: %s", err, out)
	}
	return nil
}

// copyModules adds the wanted modules, those that they need, and kmod's lists
// of just these, below the folder target. A module that this kernel has built
// in, or does not have, is left out.
func (h *host) copyModules(ctx context.Context, archive *cpio.Writer, target string, wanted []string) error {
	needs, err := h.needs()
	if err != nil {
		return err
	}
	files := slices.Clone(lists)
	for _, name := range wanted {
		files = append(files, needs[name]...)
	}
	base, err := os.MkdirTemp("", "modules")
	if err != nil {
		return err
	}
	defer os.RemoveAll(base)
	few := *h
	few.modules = filepath.Join(base, "lib/modules", h.release)
	for _, file := range files {
		content, err := inflate(filepath.Join(h.modules, file))
		if err != nil {
			return err
		}
		copied := filepath.Join(few.modules, plain(file))
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(copied, content, 0o644); err != nil {
			return err
		}
	}
	if err := few.depmod(ctx); err != nil {
		return err
	}
	return filepath.WalkDir(few.modules, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(few.modules, name)
		if err != nil {
			return err
		}
		return add(archive, name, path.Join(target, relative), entry)
	})
}

// needs returns, for each module by name, the files that loading it takes.
func (h *host) needs() (map[string][]string, error) {
	content, err := os.ReadFile(filepath.Join(h.modules, "modules.dep"))
	if err != nil {
		return nil, err
	}
	return parseNeeds(string(content)), nil
}

// parseNeeds reads a modules.dep. Modules are named with a hyphen.
func parseNeeds(text string) map[string][]string {
	needs := map[string][]string{}
	for line := range strings.Lines(text) {
		file, others, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(path.Base(file), ".ko")
		needs[strings.ReplaceAll(name, "_", "-")] = append([]string{file}, strings.Fields(others)...)
	}
	return needs
}

// inflate returns the content of a module; some distributions compress them,
// and the guest's busybox cannot load those.
func inflate(name string) ([]byte, error) {
	program := map[string]string{".xz": "xz", ".zst": "zstd"}[filepath.Ext(name)]
	if program == "" {
		return os.ReadFile(name)
	}
	var out bytes.Buffer
	command := exec.Command(program, "--decompress", "--stdout", name)
	command.Stdout = &out
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", program, name, err)
	}
	return out.Bytes(), nil
}

// plain returns the name of a module's file once it is inflated.
func plain(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".xz"), ".zst")
}
