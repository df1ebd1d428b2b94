package mask_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/mask"
)

// key is the key of all tests here.
var key = mask.Key{1, 2, 3}

// TestText wants each original gone, all else unchanged, and the same value
// masked alike in all its forms.
func TestText(t *testing.T) {
	for _, test := range []struct {
		name, text string
		gone       []string // what may not be there any more
		kept       []string // what must be
	}{
		{"MAC", "a4:bf:01:12:34:56\n", []string{"a4:bf:01", "12:34:56"}, []string{"02:", "\n"}},
		{"InfiniBand", "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:0f:c9:11", []string{"c9:03:00:0f"}, nil},
		{"pxelinux", "BOOTIF=01-a4-bf-01-12-34-56 quiet", []string{"a4-bf-01-12-34-56"}, []string{"BOOTIF=01-02-", " quiet"}},
		{"PCI Express serial number", `serial = "a4-bf-01-ff-ff-12-34-56"`, []string{"a4-bf-01", "12-34-56"}, []string{`serial = "02-`}},
		{"bridge id", "8000.a4bf01123456", []string{"a4bf01123456"}, []string{"8000.02"}},
		{"interface", "/sys/class/net/enxa4bf01123456/mtu", []string{"a4bf01123456"}, []string{"/sys/class/net/enx02", "/mtu"}},
		{"UUID", "root=UUID=7c1a27cd-90c6-4f4e-ab1f-0c9b4dfc0ee1 ro", []string{"7c1a27cd", "0c9b4dfc0ee1"}, []string{"root=UUID=", " ro"}},
		{"FAT", "UUID=A1B2-C3D4", []string{"A1B2", "C3D4"}, []string{"UUID="}},
		{"disk by id", "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00007-part1", []string{"QM00007"}, []string{"/dev/disk/by-id/"}},
		{"LVM", "LVM-Qf3wMeb2GUcHQx8GoBl4bpAzKRYjmBvGnBqnbCN6QgPCeMX1ncvRBtHVb7m6Qqlz", []string{"Qf3wMeb2", "nBqnbCN6"}, []string{"LVM-"}},
		{"LUKS", "CRYPT-LUKS2-7c1a27cd90c64f4eab1f0c9b4dfc0ee1-luks-home", []string{"7c1a27cd"}, []string{"CRYPT-LUKS2-", "-luks-home"}},
		{"md", "rd.md.uuid=3e2b1c4d:5f6a7b8c:9d0e1f2a:3b4c5d6e", []string{"3e2b1c4d"}, []string{"rd.md.uuid="}},
		{"NVMe over Fabrics", "nqn.2014-08.com.example:nvme:storage9", []string{"storage9"}, []string{"nqn.2014-08."}},
		{"Fibre Channel", "traddr=nn-0x20000024ff7f1234:pn-0x21000024ff7f1234", []string{"24ff7f1234"}, []string{"traddr=nn-0x", ":pn-0x"}},
		{"name of a namespace", "eui.0025385191b04d1f", []string{"5191b04d1f"}, []string{"eui."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := mask.New(key).Text(test.text)
			if len(got) != len(test.text) {
				t.Errorf("%q, of another length than %q", got, test.text)
			}
			for _, gone := range test.gone {
				if strings.Contains(got, gone) {
					t.Errorf("%q is still in %q", gone, got)
				}
			}
			for _, kept := range test.kept {
				if !strings.Contains(got, kept) {
					t.Errorf("%q is not in %q any more", kept, got)
				}
			}
		})
	}
}

// TestTextKeeps is for what looks like something to mask.
func TestTextKeeps(t *testing.T) {
	m := mask.New(key)
	for _, text := range []string{
		"../../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0", "10000:e1:00.0", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
		"fe:ff:ff:ff:ff:ff", "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", "0x00000000febc0000 0x00000000febdffff 0x0000000000040200",
		"00000000,00000000,ffffffff", "402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe", "nqn.2014-08.org.nvmexpress.discovery",
		"00000000-0000-0000-0000-000000000000", "6.1.0-32-amd64", "5.15.167.4-microsoft-standard", "xen-backend/vbd-1-51712", "fd000000-fdffffff : PCI Bus 0000:01",
	} {
		if got := m.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestLearned: what was learned is known wherever it stands, as the same.
func TestLearned(t *testing.T) {
	m := mask.New(key)
	m.LearnSerial("S3Z9NB0K703829X \n")
	m.LearnSerial("0000:00:14.0") // a USB controller's
	m.LearnSerial("123")
	m.LearnMAC("a4:bf:01:12:34:56\n")
	serial := strings.TrimSpace(m.Serial("S3Z9NB0K703829X \n"))
	mac := strings.ReplaceAll(m.Text("a4:bf:01:12:34:56"), ":", "")
	got := m.Text("0000:00:14.0 ata-S3Z9NB0K703829X 123 bra4bf01123456 enxa4bf01123456")
	if want := "0000:00:14.0 ata-" + serial + " 123 br" + mac + " enx" + mac; got != want {
		t.Errorf("%q; want %q", got, want)
	}
	if strings.Contains(got, "S3Z9") || strings.Contains(got, "a4bf") {
		t.Errorf("%q", got)
	}
}

// TestForms: one value in two forms becomes one value in two forms.
func TestForms(t *testing.T) {
	m := mask.New(key)
	dashed, plain := m.Text("7c1a27cd-90c6-4f4e-ab1f-0c9b4dfc0ee1"), m.Text("7c1a27cd90c64f4eab1f0c9b4dfc0ee1")
	if strings.ReplaceAll(dashed, "-", "") != plain || dashed[14] != '4' {
		t.Errorf("%s and %s", dashed, plain)
	}
	if other := mask.New(mask.Key{9}).Text("7c1a27cd-90c6-4f4e-ab1f-0c9b4dfc0ee1"); other == dashed {
		t.Error("another key makes the same")
	}
}

func TestCommandLine(t *testing.T) {
	m := mask.New(key)
	host := m.Name("host", "tower")
	address := func(text string) string { return m.Addr(netip.MustParseAddr(text)).String() }
	for _, test := range []struct{ name, line, want string }{
		{"volume of the host's name", "root=/dev/mapper/tower--vg-root ro quiet\n", "root=/dev/mapper/tower--vg-root ro quiet\n"},
		{"ip", "ip=192.0.2.7::192.0.2.1:255.255.255.0:box:eth0 quiet", "ip=" + address("192.0.2.7") + "::" + address("192.0.2.1") + ":255.255.255.0:" + m.Name("host", "box") + ":eth0 quiet"},
		{"host name", "a=tower systemd.hostname=tower\n", "a=" + host + " systemd.hostname=" + host + "\n"},
		{"name with its domain", "a=tower.example.org", "a=" + m.Name("host", "tower.example.org")},
		{"URL", "inst.ks=http://joe:pw@192.0.2.9/ks.cfg x=https://box.example.org/y", "inst.ks=http://" + m.Name("user", "joe:pw") + "@" + address("192.0.2.9") + "/ks.cfg x=https://" + m.Name("host", "box.example.org") + "/y"},
		{"nameserver", "nameserver=2001:db8::53", "nameserver=" + address("2001:db8::53")},
		{"ZFS", "root=zfs:rpool/ROOT/debian boot=zfs", "root=zfs:rpool/ROOT/debian boot=zfs"},
		{"hidden devices", "console=hvc0 xen-pciback.hide=(0000:00:09.0)(02:00.0)", "console=hvc0 xen-pciback.hide=(0000:00:09.0)(02:00.0)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, m.CommandLine(test.line, "tower.example.org")); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, line := range []string{"rd.luks.key.password=joe4box", `rd.password="two joe4box words" ro`, "netroot=iscsi:joe4box:joe4box@192.0.2.9::::iqn.2001-05.com.joe4box:x", "root=nfs:joe4box:/x", "root=nbd:joe4box:1", "iscsi_initiator=iqn.2001-05.com.joe4box"} {
		if got := m.CommandLine(line, ""); strings.Contains(got, "joe4box") || len(got) != len(line) {
			t.Errorf("%q became %q", line, got)
		}
	}
}

func TestMounts(t *testing.T) {
	m := mask.New(key)
	const table = `28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg0-root rw,errors=remount-ro
40 28 0:45 / /srv rw - nfs4 nas.example.org:/export rw,vers=4.2,addr=192.0.2.9,clientaddr=192.0.2.7
41 28 0:46 / /win rw - cifs //nas/share rw,username=joe,domain=OFFICE,addr=192.0.2.9
42 28 0:47 / /mnt rw - fuse.sshfs joe@box:/home rw,user_id=0
43 28 0:48 / /six rw - nfs [2001:db8::9]:/export rw,addr=2001:db8::9
`
	v4, v6 := m.Addr(netip.MustParseAddr("192.0.2.9")).String(), m.Addr(netip.MustParseAddr("2001:db8::9")).String()
	want := `28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg0-root rw,errors=remount-ro
40 28 0:45 / /srv rw - nfs4 ` + m.Name("host", "nas.example.org") + `:/export rw,vers=4.2,addr=` + v4 + `,clientaddr=` + m.Addr(netip.MustParseAddr("192.0.2.7")).String() + `
41 28 0:46 / /win rw - cifs //` + m.Name("host", "nas") + `/share rw,username=` + m.Name("user", "joe") + `,domain=` + m.Name("user", "OFFICE") + `,addr=` + v4 + `
42 28 0:47 / /mnt rw - fuse.sshfs ` + m.Name("user", "joe") + `@` + m.Name("host", "box") + `:/home rw,user_id=0
43 28 0:48 / /six rw - nfs [` + v6 + `]:/export rw,addr=` + v6 + `
`
	if diff := cmp.Diff(want, m.Mounts(table)); diff != "" {
		t.Error(diff)
	}
}

func TestInputs(t *testing.T) {
	m := mask.New(key)
	got := m.Inputs("N: Name=\"Keyboard K380\"\nP: Phys=a4:bf:01:12:34:56\nU: Uniq=K380-00123\nU: Uniq=\nH: Handlers=kbd\n")
	if strings.Contains(got, "00123") || strings.Contains(got, "a4:bf") || !strings.HasPrefix(got, "N: Name=\"Keyboard K380\"\nP: Phys=02:") || !strings.HasSuffix(got, "\nU: Uniq=\nH: Handlers=kbd\n") {
		t.Errorf("%q", got)
	}
}
