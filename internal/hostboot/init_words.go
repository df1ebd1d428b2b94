package hostboot

import "slices"

// initWords are words, and beginnings of words before a dot, that init or the initramfs reads from
// the kernel's command line: systemd and its tools (kernel-command-line(7)), dracut
// (dracut.cmdline(7)), initramfs-tools(7), mkinitcpio, mkinitfs, genkernel, OpenRC, live systems,
// installers, cryptsetup, LVM, ZFS, Plymouth and AppArmor.
var initWords = [...]string{
	// systemd
	"systemd", "rd", "luks", "udev", "fstab", "noresume", "resume", "resumeflags", "resume_offset", "resumedelay", "roothash", "roothash_sig", "usrhash", "verity",
	"mount", "usr", "vconsole", "locale", "plymouth", "quotacheck", "fsck", "net", "emergency", "rescue", "single", "ifname", "nameserver", "rhgb", "splash", "nosplash",
	"fastboot", "forcefsck", "fsckfix", "forcequotacheck", "selinux", "enforcing", "apparmor", "autorelabel", "machine", "hostname", "homed", "tpm2", "veritytab",
	// dracut and installers
	"root", "rootfstype", "rootflags", "rootovl", "ip", "vlan", "bond", "bridge", "team", "bootdev", "biosdevname", "netroot", "iscsi_initiator", "iscsi_firmware", "fcoe",
	"nfs", "live", "inst", "anaconda", "ks", "ksdevice", "kickstart", "repo", "stage2", "text", "vnc", "sshd", "updates", "dd", "edd", "boot", "cmdline", "init_boot",
	"lang", "keymap", "sysfont", "keyboard", "layout", "console_keymap", "preseed", "url", "file", "auto", "priority", "interface", "netcfg", "debian", "tasks", "theme",
	// initramfs-tools and live-boot
	"break", "blacklist", "cryptopts", "cryptdevice", "cryptkey", "crypto", "debug", "panic", "persistence", "persistent", "toram", "findiso", "fromiso", "noprompt",
	"nopersistence", "nopersistent", "components", "config", "hooks", "username", "user", "timezone", "locales", "utc", "nolocales", "uuid", "readonly", "rootdelay", "BOOT",
	"nfsroot", "nfsopts", "recovery", "dis_ucode_ldr", "bootif", "BOOTIF", "overlayroot", "cloud", "ds", "network", "datasource",
	// mkinitfs, genkernel, OpenRC
	"modules", "alpine_dev", "alpine_repo", "apkovl", "modloop", "usbdelay", "s390x_net", "dasd", "autodetect_serial", "chart", "pkgs", "softlevel", "rc",
	"real_root", "real_init", "real_resume", "real_rootflags", "dolvm", "domdadm", "dobcache", "dobtrfs", "dozfs", "domultipath", "doscan", "doload", "noload", "nodetect",
	"crypt_root", "crypt_swap", "crypt_silent", "scandelay", "subdir", "loop", "looptype", "isoboot", "cdroot", "dokeymap", "lvmraid", "gk", "ssh", "dosshd",
	// ZFS, bcachefs, others
	"zfs", "zfs_force", "zfsbootfs", "bootfs", "spl_hostid", "zfsforce", "zfsdebug", "bcachefs", "mdadm", "raid", "lvm", "lvmwait", "cgroup_enable", "cgroup_disable",
	"splashtop", "video", "fbcon", "nomodeset", "quiet", "verbose", "kbd", "font", "qubes", "xen_pciback_late", "hide_pci", "mitigations", "noibrs", "noibpb",
	"module_blacklist", "modprobe", "snd", "zswap", "vt", "fips", "boot_fips", "iso", "bootpart", "bootkbd", "xencons", "xenpci",
}

// forInit reports whether init or the initramfs is known to read a word, or words that begin with
// it and a dot.
func forInit(word string) bool { return slices.Contains(initWords[:], word) }
