package machine

import "fmt"

// proc writes the files of /proc about the network, the consoles and the keyboard. The machine
// has no network login: it has no address except loopback, and no route.
func (b *builder) proc() {
	b.file("/proc/net/route", 0o444, fmt.Sprintf("%-127s\n", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"))
	b.file("/proc/net/fib_trie", 0o444, loopbackTrie)
	b.file("/proc/net/if_inet6", 0o444, "00000000000000000000000000000001 01 80 10 80       lo\n")
	b.file("/proc/net/ipv6_route", 0o444, loopbackRoutes)
	b.file("/proc/net/tcp", 0o444, fmt.Sprintf("%-149s\n",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"))
	b.file("/proc/net/tcp6", 0o444,
		"  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n")
	b.file("/proc/consoles", 0o444, "hvc0                 -W- (EC p  )  229:0\ntty0                 -WU (E     )    4:7\n")
	b.file("/proc/bus/input/devices", 0o444, keyboard)
	b.attribute("/sys/devices/virtual/net/lo/ifindex", "1")
	b.attribute("/sys/devices/virtual/net/lo/type", "772")
	b.attribute("/sys/devices/virtual/net/lo/operstate", "unknown")
	b.file("/sys/devices/virtual/net/lo/flags", 0o644, "0x9\n")
	b.class("net", "lo", "/sys/devices/virtual/net/lo")
	b.dir("/sys/firmware/acpi/tables")
	if b.machine.IOMMU {
		b.file("/sys/firmware/acpi/tables/RMAD", 0o400, noRegions)
	}
}

// noRegions is a DMAR table without hardware units and regions.
const noRegions = "RMAD\x30\x00\x00\x00\x01\x00INTEL HSW     \x01\x00\x00\x00INTL\x01\x00\x00\x00\x26\x01" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// loopbackTrie is /proc/net/fib_trie with only the addresses of loopback.
const loopbackTrie = "Main:\n" + loopbackTable + "Local:\n" + loopbackTable

const loopbackTable = `  +-- 127.0.0.0/8 2 0 2
     +-- 127.0.0.0/31 1 0 0
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     |-- 127.255.255.255
        /32 link BROADCAST
`

// loopbackRoutes is /proc/net/ipv6_route of such a machine.
const loopbackRoutes = "00000000000000000000000000000001 80 00000000000000000000000000000000 00 " +
	"00000000000000000000000000000000 00000000 00000001 00000000 80200001       lo\n" +
	"00000000000000000000000000000000 00 00000000000000000000000000000000 00 " +
	"00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"

// keyboard is a PS/2 keyboard, behind the chipset's controller.
const keyboard = `I: Bus=0011 Vendor=0001 Product=0001 Version=ab41
N: Name="AT Translated Set 2 keyboard"
P: Phys=isa0060/serio0/input0
S: Sysfs=/devices/platform/i8042/serio0/input/input0
U: Uniq=
H: Handlers=sysrq kbd event0 leds 
B: PROP=0
B: EV=120013
B: KEY=402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe
B: MSC=10
B: LED=7

`
