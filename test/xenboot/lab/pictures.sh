# What two of the README's pictures show, typed on a real Debian host.

type() {
	printf 'dom0# %s\n' "$*"
	"$@" 2>&1
}

echo '== refused'
type xenpci hide vda
echo '== end'
echo '== boot'
type xenpci hide --boot "$(ls /sys/bus/pci/devices/0000:00:0b.0/net)"
echo
type xenpci verify
echo '== end'
