#!/bin/sh
# Hides the declared PCI devices before udev is started.
#
# dracut's init sources this file, so it must not exit, and its definitions would
# remain. Everything is therefore in a subshell, and nothing calls die.

(
	program=/usr/sbin/xenpci
	log=/run/xenpci/initramfs.log
	limit=60

	# say writes a line to the kernel's log; $1 is its priority.
	say() {
		printf '<%s>xenpci: %s\n' "$1" "$2" >/dev/kmsg
	}

	# dom0 reports whether this is a dom0. /proc/xen/capabilities does not exist yet,
	# because xenfs is a module. Xen's features do: bit 11 is XENFEAT_dom0, which a Xen
	# before 4 need not set.
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

	# recovery reports whether a word on the kernel's command line makes this a
	# recovery boot, in which devices are hidden only by hand.
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

	# hide runs the program. It kills the program after the time limit, so that the
	# boot goes on. The output goes to a file: a process that hangs in the kernel would
	# keep a pipe open.
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
		[ "$status" = 0 ] || say 4 "$program apply failed with status $status: devices that it did not hide stay in dom0"
	}

	hide
) 2>/dev/null
:
