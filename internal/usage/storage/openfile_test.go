package storage

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
	"github.com/xenpci/xenpci/pkg/pci"
)

// has lets a process have files open: each is the target of a link and the flags
// that it was opened with, in octal.
func (m machine) has(pid int, comm string, files ...string) machine {
	process := fmt.Sprint("/proc/", pid, "/")
	m[process+"comm"] = comm + "\n"
	m[process+"fd/0"] = graphtest.Link("/dev/null")
	m[process+"fd/1"] = graphtest.Link("socket:[4711]")
	for i := 0; i < len(files); i += 2 {
		fd := fmt.Sprint(3 + i/2)
		m[process+"fd/"+fd] = graphtest.Link(files[i])
		if files[i+1] != "" {
			m[process+"fdinfo/"+fd] = "pos:\t0\nflags:\t0" + files[i+1] + "\nmnt_id:\t22\n"
		}
	}
	return m
}

// run gives a process its arguments.
func (m machine) run(pid int, arguments ...string) machine {
	m[fmt.Sprintf("/proc/%d/cmdline", pid)] = strings.Join(arguments, "\x00") + "\x00"
	return m
}

// kthreaddStat is Linux 6.1's record of the parent of its threads.
const kthreaddStat = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0"

// kernelThreads lets process 2 have children.
func (m machine) kernelThreads(stat, children string) machine {
	m["/proc/2/stat"] = stat + "\n"
	m["/proc/2/task/2/children"] = children
	return m
}

// runs gives a process its program.
func (m machine) runs(pid int, program string) machine {
	m[fmt.Sprintf("/proc/%d/exe", pid)] = graphtest.Link(program)
	return m
}

func TestOpenDisks(t *testing.T) {
	const disk, free = "/sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n1", "/sys/devices/pci0000:00/0000:00:02.0/ata1/sda"
	addresses := []pci.Address{{Slot: 1}, {Slot: 2}}
	devices := []pci.Device{{Address: addresses[0]}, {Address: addresses[1]}}
	base := func() machine {
		m := machine{}
		m.block(disk, "259:0").block(disk+"/nvme0n1p1", "259:1").block(free, "8:0").block(free+"/sda1", "8:1").root("259:1")
		return m.dm("0", "vg-web", "LVM-x", free)
	}
	const root = "refuse: / > nvme0n1p1 > nvme0n1 > 0000:00:01.0"
	const onA, onB = " > 0000:00:02.0", " > vg-web > sda > 0000:00:02.0"
	for _, test := range []struct {
		name string
		m    machine
		want []string // of the free disk
	}{
		{"no program", base().has(812, "sshd"), nil},
		{"a guest's qemu", base().has(812, "qemu-system-i38", "/dev/dm-0", "2144002").run(812, "/usr/bin/qemu-system-i386", "-xen-domid", "3", "-d", "9"),
			[]string{"refuse: a disk of guest 3 (qemu, process 812)" + onB}},
		{"by the name that LVM gave it", base().has(812, "qemu-system-i38", "/dev/mapper/vg-web", "2").run(812, "qemu", "-xen-domid", "3"),
			[]string{"refuse: a disk of guest 3 (qemu, process 812)" + onB}},
		{"qemu-traditional", base().has(812, "qemu-dm", "/dev/sda1", "100002").run(812, "qemu-dm", "-d", "12", "-domain-name", "web"),
			[]string{"refuse: a disk of guest 12 (qemu, process 812) > sda1 > sda" + onA}},
		{"a thread of the kernel, which has no program", base().kernelThreads(kthreaddStat, "3 812 ").has(812, "dd", "/dev/sda", "2"), nil},
		{"a program that the kernel started", base().kernelThreads(kthreaddStat, "3 812 ").has(812, "drbdadm", "/dev/sda", "2").runs(812, "/usr/sbin/drbdadm"),
			[]string{"warn: the disk that drbdadm (process 812) has open > sda" + onA}},
		{"a process 2 that is not the kernel's", base().kernelThreads("2 (a) S) S 1 2 2 0 -1 4194560 9 0", "3 812 ").has(812, "dd", "/dev/sda", "2"),
			[]string{"warn: the disk that dd (process 812) has open > sda" + onA}},
		{"dom0's own qemu", base().has(812, "qemu-system-i38", "/dev/sda", "2").run(812, "qemu", "-xen-domid", "0", "-xen-attach"),
			[]string{"refuse: a disk served by qemu (process 812) > sda" + onA}},
		{"a qemu whose arguments cannot be seen", base().has(812, "qemu-system-x86", "/dev/sda", "2"),
			[]string{"refuse: a disk served by qemu (process 812) > sda" + onA}},
		{"tapdisk", base().has(812, "tapdisk", "/dev/sda", "2"), []string{"refuse: a disk served by tapdisk (process 812) > sda" + onA}},
		{"a database", base().has(812, "ora_dbw0", "/dev/sda1", "2", "/dev/sda1", "2"),
			[]string{"warn: the disk that ora_dbw0 (process 812) has open > sda1 > sda" + onA}},
		{"a database with several processes", base().has(812, "mysqld", "/dev/sda1", "2").has(99, "mysqld", "/dev/sda1", "2").has(1000, "mysqld", "/dev/sda1", "2"),
			[]string{"warn: the disk that mysqld (process 99 and 2 more) has open > sda1 > sda" + onA}},
		{"a copy that only reads", base().has(812, "dd", "/dev/sda", "100000"), []string{"warn: the disk that dd (process 812) has open > sda" + onA}},
		{"programs that only look", base().has(1, "systemd-udevd", "/dev/sda", "2100000").has(2, "(udev-worker)", "/dev/sda", "2100000").
			has(3, "multipathd", "/dev/sda", "4000", "/dev/dm-0", "0").has(4, "smartd", "/dev/sda", "4000").has(5, "lvm", "/dev/sda1", "40000"), nil},
		{"a program that looks, and writes", base().has(812, "multipathd", "/dev/sda", "0", "/dev/sda", "2"),
			[]string{"warn: the disk that multipathd (process 812) has open > sda" + onA}},
		{"a program that only looks, perhaps", base().has(812, "lvm", "/dev/sda", ""), []string{"warn: the disk that lvm (process 812) has open > sda" + onA}},
		{"only the name", base().has(812, "systemd", "/dev/sda", "10000000"), nil},
		{"a node that is gone, of a disk that is not", base().has(812, "dd", "/dev/sda (deleted)", "1"),
			[]string{"warn: the disk that dd (process 812) has open > sda" + onA}},
		{"a disk that is gone", base().has(812, "dd", "/dev/sdq (deleted)", "1"), nil},
		{"an archive's link", base().has(812, "dd", "../../../dev/sda", "1"), []string{"warn: the disk that dd (process 812) has open > sda" + onA}},
		{"a name that would move the cursor", base().has(812, "\x1b[2J", "/dev/sda", "2"), []string{"warn: the disk that �[2J (process 812) has open > sda" + onA}},
		{"what is mounted is seen already", base().has(812, "dd", "/dev/nvme0n1p1", "2", "/dev/nvme0n1", "2"), nil},
		{"what is swapped to", base().swap("/dev/sda1 partition 1 0 -1\n").has(812, "dd", "/dev/sda", "2"),
			[]string{"refuse: swap > sda1 > sda" + onA}},
		{"a guest's, by both backends", base().has(812, "qemu-system-i38", "/dev/dm-0", "2").run(812, "qemu", "-xen-domid", "3").backend("vbd-3-51712", "fd:0"),
			[]string{"refuse: disk xvda of guest 3" + onB}},
		{"two guests, by two backends", base().has(812, "qemu-system-i38", "/dev/sda1", "2").run(812, "qemu", "-xen-domid", "4").backend("vbd-3-51712", "fd:0"),
			[]string{"refuse: disk xvda of guest 3" + onB, "refuse: a disk of guest 4 (qemu, process 812) > sda1 > sda" + onA}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := look(t, devices, test.m)
			if diff := cmp.Diff(test.want, graphtest.Facts(g.Findings(addresses[1]))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{root}, graphtest.Facts(g.Findings(addresses[0]))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// backend is a disk that this kernel gives to a guest.
func (m machine) backend(name, number string) machine {
	m[backends+"/"+name+"/physical_device"] = number + "\n"
	return m
}

// What may not be looked at is noted, once.
func TestOpenDisksUnknown(t *testing.T) {
	device := pci.Address{Slot: 1}
	base := func() machine {
		return machine{}.mounted("29 1 0:2 / / rw - rootfs none rw").has(1, "init").has(812, "sshd").has(813, "dd")
	}
	said := func(t *testing.T, m machine) []string {
		return graphtest.Facts(look(t, []pci.Device{{Address: device}}, m).Findings(device))
	}
	t.Run("not root", func(t *testing.T) {
		root := graphtest.Plant(t, base())
		for _, pid := range []string{"1", "812"} {
			folder := filepath.Join(root, "proc", pid, "fd")
			if err := os.Chmod(folder, 0); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(folder, 0o755) })
		}
		if os.Geteuid() == 0 { // root may read everything
			const nobody = 65534
			letOthersIn(t, root)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			if err := syscall.Setfsuid(nobody); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = syscall.Setfsuid(0) }()
		}
		b := graphtest.Builder([]pci.Device{{Address: device}})
		(&disks{Builder: b, fsys: sysfs.New(root)}).openDisks(nil)
		found := b.Graph().Findings(device)
		if diff := cmp.Diff([]string{"warn: program_unknown"}, graphtest.Facts(found)); diff != "" {
			t.Error(diff)
		}
		if len(found) == 1 && (!strings.Contains(found[0].Reason, "/proc/1/fd") || found[0].Advice == "") {
			t.Errorf("%+v", found[0])
		}
	})
	t.Run("others are not shown", func(t *testing.T) {
		m := base()
		m["/proc/self"] = graphtest.Link("812")
		if got := said(t, m); got != nil {
			t.Errorf("init is there: %q", got)
		}
		for name := range m {
			if strings.HasPrefix(name, "/proc/1/fd") || name == "/proc/1/comm" || name == "/proc/1/mountinfo" {
				delete(m, name)
			}
		}
		m["/proc/self"] = graphtest.Link("812")
		m["/proc/812/mountinfo"] = "29 1 0:2 / / rw - rootfs none rw\n"
		want := []string{"warn: program_unknown"}
		if diff := cmp.Diff(want, said(t, m)); diff != "" {
			t.Error(diff)
		}
	})
}

// letOthersIn lets every user enter a test's folder, which is below the one for
// temporary files or another that all users share.
func letOthersIn(t *testing.T, dir string) {
	t.Helper()
	for ; dir != os.TempDir(); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&fs.ModeSticky != 0 {
			return
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGuestArgument(t *testing.T) {
	for _, test := range []struct{ cmdline, want string }{
		{"qemu\x00-xen-domid\x003\x00", "3"},
		{"qemu\x00--xen-domid\x00003\x00-name\x00web\x00", "3"},
		{"qemu\x00-name\x00-xen-domid\x00x\x00", ""},
		{"qemu\x00-xen-domid\x00", ""},
		{"qemu\x00-xen-domid", ""},
		{"qemu\x00-xen-domid\x0070000\x00", ""},
		{"", ""},
	} {
		if got := GuestArgument(test.cmdline); got != test.want {
			t.Errorf("%q: %q; want %q", test.cmdline, got, test.want)
		}
	}
}

func FuzzGuestArgument(f *testing.F) {
	f.Add("qemu\x00-xen-domid\x003\x00")
	f.Fuzz(func(t *testing.T, cmdline string) {
		got := GuestArgument(cmdline)
		_, err := strconv.ParseUint(got, 10, 16)
		if got != "" && (err != nil || got == "0" || !strings.Contains(cmdline, got)) {
			t.Errorf("%q", got)
		}
	})
}

func FuzzOpenFlags(f *testing.F) {
	f.Add("pos:\t0\nflags:\t02144002\nmnt_id:\t22\n")
	f.Add("flags:\t9\n")
	f.Fuzz(func(t *testing.T, text string) {
		if flags, ok := openFlags(text); !ok && flags != 0 || ok && !strings.Contains(text, "flags:") {
			t.Errorf("%o, %v", flags, ok)
		}
	})
}
