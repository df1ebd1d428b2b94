#!/bin/bash
# Adds xenpci, the declared list and the module xen-pciback to the image, for the
# hook that hides the devices before udev is started.
# shellcheck disable=SC2154 # dracut sets moddir and dracutsysrootdir

program=/usr/sbin/xenpci

# lists prints the files of the declared list.
lists() {
	local list
	for list in "$dracutsysrootdir"/etc/xenpci/devices.toml "$dracutsysrootdir"/etc/xenpci/devices.d/*.toml; do
		[[ -e $list ]] && echo "${list#"$dracutsysrootdir"}"
	done
	return 0
}

# called by dracut
check() {
	# The layer writes this file when it is enabled.
	[[ -e $dracutsysrootdir/etc/xenpci/initramfs ]] &&
		[[ -x $dracutsysrootdir$program && -n $(lists) ]] &&
		allowed
}

# allowed asks xenpci about the list of this machine. Whoever edits it may add a device
# that this host needs, and an image with it would take the device at the next boot.
allowed() {
	local why
	[[ -z $dracutsysrootdir ]] || return 0
	why=$("$program" hook image 2>&1 >/dev/null)
	[[ $? -eq 3 ]] || return 0
	dwarn "xenpci: the initramfs will hide no device: $why"
	return 1
}

# called by dracut
depends() {
	return 0
}

# called by dracut
installkernel() {
	# A host-only image has only the modules that are loaded now, and xen-pciback
	# may not be.
	hostonly='' instmods xen-pciback
	return 0
}

# called by dracut
install() {
	local list
	inst_simple "$program"
	while read -r list; do
		inst_simple "$list"
	done < <(lists)
	inst_multiple mkdir sleep modprobe
	inst_hook pre-udev 00 "$moddir/xenpci-pre-udev.sh"
}
