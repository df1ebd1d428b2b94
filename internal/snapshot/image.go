package snapshot

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/modprobe"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// imageFiles are the files of an initramfs whose content xenpci reads, besides
// modprobe's.
var imageFiles = [...]string{"etc/xenpci/*", "etc/xenpci/devices.d/*", "etc/udev/rules.d/*", "lib/udev/rules.d/*", "usr/lib/udev/rules.d/*"}

// image copies the files in the running kernel's initramfs that decide which driver
// gets a device; the whole image has tens of megabytes. An image that cannot be read
// is stored as an empty file.
func (c *copier) image(release string) {
	file, err := initramfs.Find(c.fsys, release)
	if err != nil || c.over() {
		return
	}
	image, err := initramfs.Read(c.ctx, c.fsys, file, imageFiles[:]...)
	c.unread(file, err)
	if err != nil {
		c.there(file)
		return
	}
	wanted := map[string]bool{}
	for _, name := range c.drivers() {
		if module, ok := image.Module(name); ok {
			wanted[module] = true
		}
	}
	c.bytes(file, 0, image.Excerpt(
		func(name string) bool {
			base := path.Base(name)
			return wanted[name] || strings.Contains(name, "xenpci") || base == "ORDER" || strings.HasSuffix(path.Dir(name), "modprobe.d") && strings.HasSuffix(base, ".conf")
		},
		func(content []byte) []byte {
			if c.Mask == nil {
				return content
			}
			return []byte(c.Mask.Settings(string(content), c.hostname))
		},
	))
}

// drivers returns the modules that claim this machine's devices, and pciback.
func (c *copier) drivers() []string {
	names := []string{pciback.ModuleName, pciback.OldModuleName}
	kernel, err := kmod.Running(c.fsys)
	if err != nil {
		return names
	}
	aliases, err := kernel.Aliases()
	if err != nil {
		return names
	}
	seen := map[string]bool{}
	for d := range c.devices() {
		for _, module := range aliases.Modules(d.Modalias) {
			if name := modprobe.Name(module); !seen[name] {
				seen[name] = true
				names = append(names, module)
			}
		}
	}
	return names
}
