package boot

import (
	"maps"
)

// kernel is a kernel with pciback and e1000 as modules.
func kernel() map[string]string {
	return map[string]string{
		"/proc/sys/kernel/osrelease":                   release + "\n",
		"/lib/modules/" + release + "/modules.dep":     "kernel/drivers/xen/xen-pciback/xen-pciback.ko:\nkernel/drivers/net/ethernet/intel/e1000/e1000.ko:\n",
		"/lib/modules/" + release + "/modules.builtin": "",
		"/lib/modules/" + release + "/modules.alias":   "alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000\n",
		"/etc/xenpci/devices.toml":                     "# the list\n",
		"/usr/sbin/xenpci":                             "the program\n",
		"/var/lib/":                                    "",
	}
}

// modern has the modprobe of kmod.
var modern = map[string]string{"/usr/bin/kmod": "#!\n", "/usr/sbin/modprobe": "-> ../bin/kmod", "/etc/modprobe.d/local.conf": "options snd slots=1\n"}

const grubDefault = "GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\""

func withGRUB2(mkconfig, generator, config string) map[string]string {
	return map[string]string{
		"/etc/default/grub": grubDefault + "\n", mkconfig: "#!/bin/sh\n. /etc/default/grub\n", generator: "#!/bin/sh\n", config: grubCfg(""),
		"/etc/grub.d/20_linux_xen": "#!/bin/sh\n",
	}
}

// grubCfg returns what a generator makes: one normal entry, and one for recovery.
func grubCfg(arguments string) string {
	if arguments != "" {
		arguments = " " + arguments
	}
	entry := func(title, arguments string) string {
		return "menuentry '" + title + "' {\n\tmultiboot2 /boot/xen-4.17-amd64.gz placeholder\n" +
			"\tmodule2 /boot/vmlinuz-" + release + " placeholder root=/dev/sda1 ro" + arguments + "\n\tmodule2 --nounzip /boot/initrd.img-" + release + "\n}\n"
	}
	return "### BEGIN /etc/grub.d/20_linux_xen ###\n" + entry("Debian, with Xen", arguments) + entry("Debian, with Xen (recovery mode)", " single")
}

// initramfsTools are Debian's, with an image that has the driver.
func initramfsTools() map[string]string {
	return map[string]string{
		"/usr/sbin/mkinitramfs": "#!/bin/sh\n", "/etc/initramfs-tools/hooks/": "", "/etc/initramfs-tools/scripts/init-top/": "",
		"/etc/initramfs/post-update.d/": "", "/etc/kernel/postinst.d/zz-update-grub": "#!/bin/sh\n",
		"/boot/initrd.img-" + release: newc(debianImage()),
	}
}

func debianImage() map[string]string {
	return map[string]string{
		"conf/initramfs.conf": "", "scripts/init-top/ORDER": "/scripts/init-top/udev \"$@\"\n",
		"usr/lib/modules/" + release + "/kernel/drivers/net/ethernet/intel/e1000/e1000.ko": "",
	}
}

func dracutImage() map[string]string {
	return map[string]string{
		"usr/lib/dracut/hooks/cmdline/x.sh": "", "usr/lib/modules/" + release + "/kernel/drivers/net/ethernet/intel/e1000/e1000.ko": "",
	}
}

// arch has systemd, and mkinitcpio with two images by one preset.
func arch() map[string]string {
	m := joined(kernel(), modern, systemdInit)
	maps.Copy(m, map[string]string{
		"/usr/bin/mkinitcpio":                  "#!/bin/bash\n_d_config=/etc/mkinitcpio.conf.d\n",
		"/etc/mkinitcpio.conf":                 "# HOOKS=(base systemd)\nMODULES=()\nHOOKS=(base udev autodetect modconf block filesystems fsck)\n",
		"/etc/mkinitcpio.conf.d/":              "",
		"/etc/pacman.d/mirrorlist":             "# mirrors\n",
		"/etc/initcpio/install/":               "",
		"/etc/initcpio/hooks/":                 "",
		"/etc/mkinitcpio.d/linux.preset":       "#ALL_config=\"/etc/mkinitcpio.conf\"\nALL_kver=\"/boot/vmlinuz-linux\"\nPRESETS=('default' 'fallback')\ndefault_image=\"/boot/initramfs-linux.img\"\nfallback_image=\"/boot/initramfs-linux-fallback.img\"\n",
		"/lib/modules/" + release + "/pkgbase": "linux\n",
		"/boot/initramfs-linux.img":            newc(archImage()),
		"/boot/initramfs-linux-fallback.img":   newc(archImage()),
	})
	return m
}

// oldArch is as before mkinitcpio 36: the preset names the one file of settings, in which
// HOOKS is a text.
func oldArch() map[string]string {
	m := arch()
	delete(m, "/etc/mkinitcpio.conf.d/")
	maps.Copy(m, map[string]string{
		"/usr/bin/mkinitcpio":            "#!/bin/bash\n",
		"/etc/mkinitcpio.conf":           "HOOKS=\"base udev block filesystems\"",
		"/etc/mkinitcpio.d/linux.preset": "ALL_config='/etc/mkinitcpio.conf'\nPRESETS=('default')\ndefault_image='/boot/initramfs-linux.img'\n",
	})
	return m
}

func archImage() map[string]string {
	return map[string]string{
		"buildconfig": "", "config": "EARLYHOOKS=\"udev\"\nHOOKS=\"udev\"\n", "init": "", "hooks/udev": "",
		"usr/lib/modules/" + release + "/kernel/drivers/net/ethernet/intel/e1000/e1000.ko.zst": "",
	}
}

var systemdInit = map[string]string{"/run/systemd/system/": "", "/etc/systemd/system/multi-user.target.wants/ssh.service": "-> /lib/systemd/system/ssh.service"}

// debian12 has systemd, GRUB 2 and initramfs-tools.
func debian12() map[string]string {
	grub := withGRUB2("/usr/sbin/grub-mkconfig", "/usr/sbin/update-grub", "/boot/grub/grub.cfg")
	grub["/usr/sbin/grub-mkconfig"] = "#!/bin/sh\nfor x in ${sysconfdir}/default/grub.d/*.cfg ; do . $x; done\n"
	grub["/etc/default/grub.d/xen.cfg"] = "XEN_OVERRIDE_GRUB_DEFAULT=1\n"
	return joined(kernel(), modern, grub, initramfsTools(), systemdInit)
}

// fedora has grubby's /etc/default/grub and dracut.
func fedora() map[string]string {
	m := joined(kernel(), modern, systemdInit, withGRUB2("/usr/sbin/grub2-mkconfig", "/usr/sbin/update-grub.none", "/boot/grub2/grub.cfg"))
	m["/usr/bin/dracut"] = "#!/bin/sh\n"
	m["/etc/dracut.conf.d/"] = ""
	m["/usr/lib/dracut/modules.d/"] = ""
	m["/boot/initramfs-"+release+".img"] = newc(dracutImage())
	m["/etc/default/grub"] = grubDefault // without an end of its last line
	m["/etc/kernel/install.d/"] = ""
	return m
}

// redHatEFI has its grub.cfg where the firmware looks, and another one in /boot.
func redHatEFI() map[string]string {
	m := fedora()
	maps.Copy(m, map[string]string{"/sys/firmware/efi/": "", "/boot/efi/EFI/centos/grub.cfg": grubCfg(""), "/etc/grub2-efi.cfg": "-> ../boot/efi/EFI/centos/grub.cfg"})
	return m
}

// sysvinit is Debian's, with runlevel links and without programs that can run.
func sysvinit() map[string]string {
	m := joined(kernel(), modern)
	maps.Copy(m, map[string]string{
		"/etc/inittab": "id:2:initdefault:\n", "/etc/debian_version": "7\n", "/proc/1/comm": "init\n",
		"/etc/rcS.d/S02udev": "-> ../init.d/udev", "/etc/rc2.d/S20xendomains": "-> ../init.d/xendomains", "/etc/rc3.d/": "", "/etc/rc4.d/": "", "/etc/rc5.d/": "",
		"/etc/init.d/udev":       "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: udev\n### END INIT INFO\n",
		"/etc/init.d/xendomains": "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: xendomains\n### END INIT INFO\n",
	})
	return m
}

func openRC() map[string]string {
	m := joined(kernel(), modern)
	maps.Copy(m, map[string]string{
		"/run/openrc/softlevel": "default\n", "/etc/runlevels/sysinit/udev": "-> /etc/init.d/udev", "/etc/runlevels/default/": "", "/etc/init.d/udev": "#!/sbin/openrc-run\n",
	})
	return m
}

// alpine is OpenRC with mkinitfs, whose image has the driver.
func alpine() map[string]string {
	m := openRC()
	maps.Copy(m, map[string]string{
		"/sbin/mkinitfs":                        "#!/bin/sh\n",
		"/etc/mkinitfs/mkinitfs.conf":           "features=\"ata base ext4 keymap\"\n",
		"/etc/mkinitfs/features.d/base.modules": "kernel/fs\n",
		"/boot/initramfs-" + release: newc(map[string]string{
			"sbin/nlplug-findfs": "", "lib/modules/" + release + "/kernel/drivers/net/ethernet/intel/e1000/e1000.ko": "",
		}),
	})
	return m
}

func upstartInit() map[string]string {
	m := joined(kernel(), modern)
	maps.Copy(m, map[string]string{"/proc/1/comm": "init\n", "/etc/init/rc-sysinit.conf": "exec true\n"})
	return m
}

func upstartEvents() map[string]string {
	m := joined(kernel(), modern)
	maps.Copy(m, map[string]string{"/proc/1/comm": "init\n", "/etc/event.d/rc2": "exec true\n", "/etc/rc2.d/": "", "/etc/rc3.d/": ""})
	return m
}

// menu has a stanza for Xen, one with somebody else's hide list, one for recovery, one
// without Xen, and the comments that Debian's old update-grub reads.
const menu = `default 0
timeout 5
### BEGIN AUTOMAGIC KERNELS LIST
## ## Start Default Options ##
# kopt=root=/dev/sda1 ro
# xenkopt=console=tty0
## ## End Default Options ##

title Xen, first
	root (hd0,0)
	kernel	/boot/xen.gz dom0_mem=1G
	module /boot/vmlinuz-6  root=/dev/sda1 ro
	module /boot/initrd-6

title Xen, second
	root (hd0,0)
	kernel /boot/xen.gz
	module /boot/vmlinuz-5 root=/dev/sda1 xen-pciback.hide=(0000:00:04.0) ro quiet
	module /boot/initrd-5

title Xen, rescue
	kernel /boot/xen.gz
	module /boot/vmlinuz-5 root=/dev/sda1 single

title Linux
	kernel /boot/vmlinuz-6 root=/dev/sda1 ro
### END DEBIAN AUTOMAGIC KERNELS LIST
`

// legacy has GRUB legacy as on Red Hat, and a pciback that is built in.
func legacy() map[string]string {
	m := openRC()
	maps.Copy(m, map[string]string{
		"/boot/grub/grub.conf": menu, "/boot/grub/menu.lst": "-> grub.conf", "/etc/grub.conf": "-> ../boot/grub/grub.conf",
		"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n",
	})
	return m
}

// xenServerConfig returns a grub.cfg as XenServer's installer writes it: a normal entry, the
// same for a serial console, Safe Mode, and the two of the files that were installed first.
// arguments are those that the normal entries have besides.
func xenServerConfig(arguments string) string {
	entry := func(title, xen, suffix, words string) string {
		return "menuentry '" + title + "' {\n\tsearch --label --set root root-abcdef\n\tmultiboot2 /boot/xen" + xen + ".gz dom0_mem=2624M,max:2624M watchdog console=vga\n" +
			"\tmodule2 /boot/vmlinuz-" + suffix + " " + words + "\n\tmodule2 /boot/initrd-" + suffix + ".img\n}\n"
	}
	return "serial --unit=0 --speed=115200\nterminal_input serial console\nterminal_output serial console\nset default=0\nset timeout=5\n" +
		"if [ -s $prefix/grubenv ]; then\n\tload_env\nfi\n\nif [ -n \"$override_entry\" ]; then\n\tset default=$override_entry\nfi\n\n" +
		entry("XCP-ng", "", "4.19-xen", "root=LABEL=root-abcdef ro nolvm  hpet=disable console=hvc0 console=tty0 quiet"+arguments) +
		entry("XCP-ng (Serial)", "", "4.19-xen", "root=LABEL=root-abcdef ro nolvm hpet=disable console=tty0 console=hvc0"+arguments) +
		entry("XCP-ng in Safe Mode", "", "4.19-xen", "earlyprintk=xen root=LABEL=root-abcdef ro nolvm hpet=disable console=tty0 console=hvc0") +
		entry("XCP-ng (Xen 4.17.5 / Linux 4.19.0+1)", "-fallback", "fallback", "root=LABEL=root-abcdef ro nolvm hpet=disable console=hvc0 console=tty0") +
		entry("XCP-ng (Serial, Xen 4.17.5 / Linux 4.19.0+1)", "-fallback", "fallback", "root=LABEL=root-abcdef ro nolvm hpet=disable console=tty0 console=hvc0")
}

// xcpng is XCP-ng on a machine with BIOS: pciback is built in, and no program makes grub.cfg.
func xcpng() map[string]string {
	m := joined(kernel(), modern, systemdInit)
	maps.Copy(m, map[string]string{
		"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n",
		"/usr/bin/dracut": "#!/bin/sh\n", "/etc/dracut.conf.d/": "", "/usr/lib/dracut/modules.d/": "", "/boot/initrd-" + release + ".img": newc(dracutImage()),
		"/boot/grub/grub.cfg": xenServerConfig(""), "/etc/grub.cfg": "-> ../boot/grub/grub.cfg",
	})
	return m
}

// xcpngEFI is XCP-ng on a machine with UEFI.
func xcpngEFI() map[string]string {
	m := xcpng()
	delete(m, "/boot/grub/grub.cfg")
	delete(m, "/etc/grub.cfg")
	maps.Copy(m, map[string]string{"/sys/firmware/efi/": "", xenServerEFI: xenServerConfig(" xen-pciback.hide=(0000:00:04.0)"), "/etc/grub-efi.cfg": "-> ../boot/efi/EFI/xenserver/grub.cfg"})
	return m
}

// efiXenMachine has no GRUB: the firmware starts a program, which is Xen, and has a copy of it.
func efiXenMachine() map[string]string {
	m := openRC()
	maps.Copy(m, map[string]string{
		"/sys/firmware/efi/":             "",
		"/boot/efi/EFI/xen/xen-4.17.efi": "", "/boot/efi/EFI/xen/xen.cfg": xenCfg,
		"/boot/efi/EFI/BOOT/BOOTX64.EFI": "", "/boot/efi/EFI/BOOT/BOOTX64.cfg": xenCfg + "# a copy\n",
		"/boot/efi/EFI/debian/grubx64.efi":             "",
		"/lib/modules/" + release + "/modules.builtin": "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n",
	})
	return m
}

// xenCfg has a section that boots by default, one with somebody else's hide list, one for
// recovery, and one without a kernel.
const xenCfg = `[global]
default=xen

[xen]
options=dom0_mem=1G
kernel=vmlinuz-6 root=/dev/sda1 ro # first
ramdisk=initrd-6

[old]
kernel=vmlinuz-5  root=/dev/sda1 xen-pciback.hide=(0000:00:04.0) ro quiet

[rescue]
kernel=vmlinuz-5 root=/dev/sda1

[notes]
options=x
`

// oldModprobe has the modprobe of module-init-tools and its one file.
func oldModprobe() map[string]string {
	m := joined(kernel())
	maps.Copy(m, map[string]string{
		"/sbin/modprobe": "#!\n", oldConfig: "alias eth0 e1000\noptions snd slots=1", "/proc/1/comm": "init\n", "/etc/inittab": "id:3:initdefault:\n",
		"/etc/rc.d/rc3.d/": "", "/etc/rc.d/rc5.d/": "", "/etc/rc.d/init.d/": "", "/etc/init.d": "-> rc.d/init.d",
	})
	return m
}

func joined(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
