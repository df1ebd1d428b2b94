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
		[[ -x $dracutsysrootdir$program && -n $(lists) ]]
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
