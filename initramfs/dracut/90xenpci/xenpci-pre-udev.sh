#!/bin/sh
# Hides the declared PCI devices before udev is started.
#
# dracut's init sources this: it may not exit, and what it defines would stay. So
# all of it happens in a subshell, and nothing in here calls die.

(
	program=/usr/sbin/xenpci
	log=/run/xenpci/initramfs.log
	limit=60

	# say puts a line into the kernel's log; $1 is its priority.
	say() {
		printf '<%s>xenpci: %s\n' "$1" "$2" >/dev/kmsg
	}

	# dom0 says whether this is one. /proc/xen/capabilities is not there yet, since
	# xenfs is a module. Xen's features are there: bit 11 is XENFEAT_dom0, which a
	# Xen before 4 need not set.
	dom0() {
		type='' features='' major=''
		read -r type </sys/hypervisor/type
		[ "$type" = xen ] || return 1
		read -r features </sys/hypervisor/properties/features
		case $features in
		'' | *[89a-f]??) return 0 ;;
		esac
		read -r major </sys/hypervisor/version/major
		[ "${major:-4}" -lt 4 ]
	}

	# recovery reports whether this is a recovery boot, by a word on the
	# kernel's command line: then nothing is hidden but by hand.
	recovery() {
		line=
		read -r line </proc/cmdline
		for word in $line; do
			case $word in
			single | S | s | 1 | -s | -b | emergency | rescue | recovery) return 0 ;;
			softlevel=single | systemd.unit=rescue.target | systemd.unit=emergency.target) return 0 ;;
			esac
		done
		return 1
	}

	# hide lets the program do it. What hangs is killed, so that the boot goes on;
	# the output goes by way of a file, since a pipe would be held open by a process
	# that the kernel keeps.
	hide() {
		[ -x "$program" ] && dom0 || return 0
		if recovery; then
			say 5 "this is a recovery boot ($word), so nothing is hidden automatically"
			return 0
		fi
		mkdir -p "${log%/*}"
		"$program" apply >"$log" 2>&1 </dev/null &
		worker=$!
		(
			sleeper=
			trap 'kill $sleeper; exit' TERM
			sleep "$limit" &
			sleeper=$!
			wait
			kill -KILL "$worker"
		) >/dev/null 2>&1 </dev/null &
		watch=$!
		wait "$worker"
		status=$?
		kill "$watch"
		while read -r line || [ -n "$line" ]; do
			say 5 "$line"
		done <"$log"
		[ "$status" = 0 ] || say 4 "$program apply ended with $status: what it did not hide stays in dom0"
	}

	hide
) 2>/dev/null
:
