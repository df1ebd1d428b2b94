# What make demo shows, typed by dom0's shell.

# shellcheck disable=SC2154
case $colour in
yes) bold=$(printf '\033[1m') dim=$(printf '\033[36m') plain=$(printf '\033[0m') ;;
*) bold='' dim='' plain='' ;;
esac

# What libxl complains of is left out: it knows no reset for these cards.
type() {
	printf '\n%sdom0# %s%s\n' "$bold" "$*" "$plain"
	sleep 1
	"$@" >/tmp/answer 2>/tmp/complaint
	status=$?
	cat /tmp/answer
	grep -v '^libxl: ' /tmp/complaint
	[ $status = 0 ] || echo "(exit status $status)"
}

say() { printf '\n%s# %s%s\n' "$dim" "$*" "$plain"; }

cat >/root/web.cfg <<'CONFIG'
name = "web"
type = "pv"
memory = 256
kernel = "/guest/vmlinuz"
ramdisk = "/guest/initramfs"
extra = "console=hvc0 loglevel=3"
pci = [ "00:09.0" ]
CONFIG
cd /root || exit 1

say "A real Xen $(cat /sys/hypervisor/version/major).$(cat /sys/hypervisor/version/minor), a real dom0, emulated cards."
type xenpci list
say "The network card at 00:09.0 belongs to dom0. Take it away:"
type xenpci list -nnk -s 00:09.0
type xenpci hide 00:09.0
type xenpci status
type xl pci-assignable-list
say "A guest gets it ..."
type grep pci web.cfg
type xl create -q web.cfg
say "... and an address over it (from the guest's console):"
tries=0
until grep -q 'guest: done' /var/log/xen/console/guest-web.log || [ $tries -ge 90 ]; do
	tries=$((tries + 1))
	sleep 1
done
grep '^guest: \|^udhcpc: lease' /var/log/xen/console/guest-web.log | tr -d '\r'
say "As long as the guest has it, it stays where it is:"
type xenpci status
type xenpci list --tree
type xenpci unhide 00:09.0
say "The guest goes, and dom0 has its card again:"
type xl destroy web
type xenpci unhide 00:09.0
type xenpci list -nnk -s 00:09.0
card=$(ls /sys/bus/pci/devices/0000:00:09.0/net)
ip link set "$card" up
sleep 2
type udhcpc -i "$card" -n -q -f
echo
