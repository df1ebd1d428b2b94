package snapshot

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/archive"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hostboot/services"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/syslinux"
)

// place is a file that configures the boot or the hiding of devices, or a pattern of
// such files, as for path.Match.
type place struct {
	pattern string
	as      func(c *copier, name string)
}

// places returns the files that the commands boot, verify and import read, besides
// the trees. It has only the image of the running kernel.
func places(release string) []place {
	var all []place
	add := func(as func(c *copier, name string), patterns ...string) {
		for _, p := range patterns {
			all = append(all, place{p, as})
		}
	}
	add((*copier).settings, syslinux.Files([]string{"*"})...)
	add((*copier).settings, "/etc/update-extlinux.conf",
		"/boot/efi/EFI/*/custom.cfg", "/boot/efi/EFI/*/grub.cfg", "/boot/efi/EFI/*/grubenv",
		"/boot/grub/custom.cfg", "/boot/grub/grub.cfg", "/boot/grub/grub.conf", "/boot/grub/grubenv", "/boot/grub/menu.lst",
		"/boot/grub2/custom.cfg", "/boot/grub2/grub.cfg", "/boot/grub2/grubenv",
		"/etc/conf.d/modules", "/etc/conf.d/xen-pci", "/etc/default/grub", "/etc/default/grub.d/*.cfg", "/etc/dracut.conf.d/xenpci*.conf", "/etc/driverctl.d/*",
		"/etc/event.d/xenpci*", "/etc/grub.conf", "/etc/grub.d/*xenpci", "/etc/init.d/xenpci*", "/etc/init/xenpci*.conf", "/etc/initramfs-tools/hooks/xenpci",
		"/etc/initramfs-tools/scripts/init-top/00xenpci", "/etc/initramfs/post-update.d/*xenpci", "/etc/kernel/install.d/*xenpci.install",
		"/etc/kernel/postinst.d/*xenpci", "/etc/mkinitfs/features.d/pciback.modules", "/etc/mkinitfs/mkinitfs.conf",
		"/etc/initramfs-tools/modules", "/etc/modules-load.d/*.conf", "/run/modules-load.d/*.conf", "/usr/lib/modules-load.d/*.conf", "/usr/local/lib/modules-load.d/*.conf",
		"/etc/modprobe.conf", "/etc/modprobe.d/*.conf", "/etc/modules", "/etc/systemd/system/xenpci*.service", "/lib/systemd/system/xenpci*", "/usr/lib/systemd/system/xenpci*", "/etc/udev/rules.d/*xenpci.rules",
		"/etc/xenpci/*.toml", "/etc/xenpci/initramfs", "/usr/share/initramfs-tools/hooks/xenpci", "/usr/share/initramfs-tools/scripts/init-top/00xenpci", "/etc/xenpci/devices.d/*.toml", "/lib/modprobe.d/*.conf", "/lib/modules/"+release+"/modules.softdep",
		"/proc/1/comm", "/run/modprobe.d/*.conf", "/usr/lib/dracut/modules.d/*xenpci/*.sh", "/usr/lib/modprobe.d/*.conf", "/usr/local/lib/modprobe.d/*.conf")
	add((*copier).settings, "/etc/initcpio/hooks/xenpci", "/etc/initcpio/install/xenpci", "/etc/initcpio/xenpci*.service",
		"/etc/mkinitcpio*.conf", "/etc/mkinitcpio.conf.d/*.conf", "/etc/mkinitcpio.d/*.preset", "/etc/pacman.d/hooks/*xenpci.hook", "/lib/modules/"+release+"/pkgbase")
	// xen.efi, its copies, and its configuration. The firmware's variables are left out.
	for _, folder := range [...]string{"/boot/efi", "/efi", "/boot"} {
		for _, dir := range [...]string{folder, folder + "/EFI/*"} {
			add((*copier).settings, dir+"/*.cfg")
			add((*copier).there, dir+"/*.efi", dir+"/*.EFI")
		}
		add((*copier).settings, folder+"/loader/loader.conf", folder+"/loader/entries/*.conf") // systemd-boot's
	}
	add((*copier).orders, "/etc/init.d/[!.]*", "/etc/init.d/.depend.start")
	for _, dir := range unitDirs() {
		for _, unit := range services.Names() {
			add((*copier).orders, dir+"/"+unit+".service", dir+"/"+unit+".service.d/*.conf")
			add((*copier).leads, dir+"/*.wants/"+unit+".service", dir+"/*.requires/"+unit+".service")
		}
		add((*copier).leads, dir+"/default.target")
		add((*copier).orders, dir+"/xenpci*.service.d/*.conf")
	}
	add((*copier).initdefault, "/etc/inittab")
	add((*copier).mountPoints, "/etc/fstab")
	add((*copier).grubScript, "/etc/grub.d/[!.]*")
	add((*copier).grubFolder, "/usr/bin/grub-mkconfig", "/usr/sbin/grub-mkconfig", "/usr/sbin/grub2-mkconfig")
	add((*copier).mkinitcpioFolder, "/usr/bin/mkinitcpio", "/usr/sbin/mkinitcpio")
	add((*copier).leads, "/bin/modprobe", "/etc/grub-efi.cfg", "/etc/grub.cfg", "/etc/grub2-efi.cfg", "/etc/init.d/rc?.d/*", "/etc/rc.d/rc?.d/*", "/etc/rc?.d/*", "/etc/runlevels/*/*",
		"/etc/systemd/system/*.wants/xenpcid*.socket", "/sbin/init", "/sbin/modprobe", "/usr/bin/modprobe", "/usr/sbin/init", "/usr/sbin/modprobe")
	add((*copier).there, "/etc/pacman.d", "/usr/lib/xen-*/bin", "/usr/lib*/libxenctrl*", "/usr/lib/*-linux-gnu/libxenctrl*", "/usr/local/lib*/libxenctrl*")
	add((*copier).there, "/etc/debian_version", "/etc/event.d/*", "/etc/init/*.conf",
		"/etc/initramfs/post-update.d", "/etc/kernel/install.d", "/etc/kernel/postinst.d", "/etc/init.d/rc?.d", "/etc/rc.d/rc?.d", "/etc/rc?.d", "/etc/runlevels/*",
		"/lib/rc/bin/lsb2rcconf", "/opt/xensource/libexec/xen-cmdline", "/lib/rc/init.d/softlevel", "/lib/systemd/system-generators/systemd-sysv-generator", "/lib/systemd/systemd",
		"/lib64/rc/init.d/softlevel", "/run/openrc/softlevel", "/run/systemd/system", "/sys/firmware/efi",
		"/usr/lib/insserv/insserv", "/usr/lib/systemd/system-generators/systemd-sysv-generator", "/usr/lib/systemd/systemd", "/usr/libexec/rc/bin/lsb2rcconf")
	for _, dir := range [...]string{"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/"} {
		for _, program := range [...]string{"booster", "chkconfig", "dracut", "insserv", "kmod", "mkinitfs", "mkinitramfs", "openrc", "update-extlinux", "update-grub", "update-rc.d", "xenpci"} {
			add((*copier).there, dir+program)
		}
	}
	return all
}

// unitDirs returns systemd's folders of units (systemd.unit(5)).
func unitDirs() []string {
	return []string{"/etc/systemd/system", "/lib/systemd/system", "/run/systemd/generator", "/run/systemd/generator.late", "/run/systemd/system",
		"/usr/lib/systemd/system", "/usr/local/lib/systemd/system"}
}

// boots copies the files that configure the boot. They are not copied again with the
// trees.
func (c *copier) boots(release string) {
	c.once, c.booting = map[string]bool{}, true
	defer func() { c.booting = false }()
	c.places = places(release)
	for _, p := range c.places {
		for _, name := range c.matching(p.pattern) {
			if c.over() {
				return
			}
			p.as(c, name)
		}
	}
	c.image(release)
}

// matching returns the sorted names that match a pattern.
func (c *copier) matching(pattern string) []string {
	names := []string{""}
	for _, part := range strings.Split(pattern[1:], "/") {
		var next []string
		for _, dir := range names {
			if !strings.ContainsAny(part, "*?[") {
				next = append(next, dir+"/"+part)
				continue
			}
			entries, err := c.fsys.Entries(dir+"/.", maxNames) // the folder may be a link
			c.unread(dir, err)
			for _, e := range entries {
				if ok, _ := path.Match(part, e.Name()); ok {
					next = append(next, dir+"/"+e.Name())
				}
			}
		}
		names = next
	}
	slices.Sort(names)
	return names
}

// content returns the content of a file. It follows links; below another root it
// follows them inside that root.
func (c *copier) content(name string) (content []byte, ok bool) {
	if c.once[c.path(name)] {
		return nil, false
	}
	content, exists, err := etc.Read(c.fsys, name)
	c.unread(name, err)
	return content, exists && err == nil
}

// settings copies a configuration file. A link to another configuration file stays a
// link, because a backup is named after its target.
func (c *copier) settings(name string) {
	target, err := c.fsys.Readlink(name)
	if !path.IsAbs(target) {
		target = path.Join(path.Dir(name), target)
	}
	if err == nil && slices.ContainsFunc(c.places, func(p place) bool { return p.pattern == target }) {
		c.leads(name)
		return
	}
	if content, ok := c.content(name); ok {
		c.setting(name, content)
	}
}

func (c *copier) setting(name string, content []byte) {
	if c.Mask != nil {
		content = []byte(c.Mask.Settings(string(content), c.hostname))
	}
	c.bytes(name, etc.Mode(c.fsys, name), content)
}

// orders copies only the part of a script or unit that determines its order: the
// header of a script, the function depend of an OpenRC script, and the sections Unit
// and Install of a unit. xenpci reads no more of them.
func (c *copier) orders(name string) {
	content, ok := c.content(name)
	if !ok {
		return
	}
	var kept strings.Builder
	keep, until := false, ""
	for line := range strings.Lines(string(content)) {
		word := strings.TrimSpace(line)
		switch {
		case until != "":
			keep, until = true, ending(word, until)
		case strings.HasPrefix(word, "### BEGIN INIT INFO"):
			keep, until = true, "### END INIT INFO"
		case strings.HasPrefix(strings.ReplaceAll(word, " ", ""), "depend()"):
			keep, until = true, "}"
		case strings.HasPrefix(word, "["):
			keep = word == "[Unit]" || word == "[Install]"
		case path.Base(name) == ".depend.start":
			keep = true
		case !strings.HasPrefix(path.Ext(name), ".service") && path.Ext(name) != ".conf":
			keep = false
		}
		if keep {
			kept.WriteString(line)
		}
	}
	c.setting(name, []byte(kept.String()))
}

// ending returns what a part still ends with, after one of its lines.
func ending(line, end string) string {
	if strings.HasPrefix(line, end) {
		return ""
	}
	return end
}

// initdefault copies the line that sets the default runlevel.
func (c *copier) initdefault(name string) {
	c.lines(name, func(line string) bool { return strings.Contains(line, ":initdefault:") })
}

// mountPoints copies the lines of /etc/fstab about the folders that may have images.
func (c *copier) mountPoints(name string) {
	c.lines(name, func(line string) bool {
		fields := strings.Fields(line)
		return len(fields) > 1 && fields[0][0] != '#' && slices.Contains(initramfs.Folders(), fields[1])
	})
}

// grubFolder copies what shows whether GRUB's generator reads a folder of settings.
func (c *copier) grubFolder(name string) {
	c.lines(name, func(line string) bool { return strings.Contains(line, "/default/grub.d") })
}

// grubScript copies a script that makes GRUB's menu: whole if it prints itself, and
// otherwise what shows that it uses the settings.
func (c *copier) grubScript(name string) {
	content, ok := c.content(name)
	if !ok {
		return
	}
	switch script := grub.ParseGenerator(name, content); {
	case script.FromSettings():
		content = []byte("#!/bin/sh\n# " + grub.XenReplaceDefault + "\n")
	case script.MayWrite("\x00"):
		content = []byte("#!/bin/sh\n")
	}
	c.setting(name, content)
}

// mkinitcpioFolder copies what shows whether mkinitcpio reads a folder of settings.
func (c *copier) mkinitcpioFolder(name string) {
	c.lines(name, func(line string) bool { return strings.Contains(line, "_d_config") })
}

// lines copies some lines of a file.
func (c *copier) lines(name string, keep func(line string) bool) {
	content, ok := c.content(name)
	if !ok {
		return
	}
	var kept strings.Builder
	for line := range strings.Lines(string(content)) {
		if keep(line) {
			kept.WriteString(line)
		}
	}
	c.setting(name, []byte(kept.String()))
}

// leads copies a link. It converts an absolute target to a relative one, so that the
// link stays in the tree.
func (c *copier) leads(name string) {
	target, err := c.fsys.Readlink(name)
	switch {
	case c.once[c.path(name)]:
	case err != nil:
		c.there(name)
	default:
		if path.IsAbs(target) {
			target = strings.Repeat("../", strings.Count(name, "/")-1) + path.Clean(target)[1:]
		}
		c.write(archive.Entry{Path: c.path(name), Target: target})
	}
}

// there copies only the existence of a file.
func (c *copier) there(name string) {
	switch _, err := c.fsys.Entries(name+"/.", 1); {
	case c.once[c.path(name)] || !c.fsys.Exists(name):
	case err == nil:
		c.write(archive.Entry{Path: c.path(name), Dir: true})
	default:
		c.bytes(name, etc.Mode(c.fsys, name), nil)
	}
}
