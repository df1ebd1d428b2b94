package storage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// maxArguments is how much of a command line is read, in bytes. libxl puts the
// number of the guest first.
const maxArguments = 64 << 10

// Open flags (include/uapi/asm-generic/fcntl.h), as fdinfo has them.
const (
	openAccess = 0o3        // 0: for reading only
	openPath   = 0o10000000 // only the name is held
)

// lookers are programs that open disks to look at them, and lose nothing with a
// disk that they have open for reading only. The kernel cuts names at 15 bytes.
var lookers = map[string]bool{
	"blkid": true, "dmeventd": true, "lsblk": true, "lvm": true, "lvmetad": true, "lvmpolld": true, "multipathd": true,
	"smartd": true, "systemd-udevd": true, "(udev-worker)": true, "udevd": true, "udisksd": true,
}

// program is a program that has a block device open.
type program struct {
	serves bool // it serves the disk to a guest
	on     *graph.Node
	name   string
	guest  string // the number of the guest whose disk it serves; "" where that is not known
	pids   []int  // its processes that have it open
}

// need is that the program needs the device.
func (p *program) need() graph.Need {
	process := fmt.Sprint("process ", p.pids[0])
	if more := len(p.pids) - 1; more > 0 {
		process += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case p.guest != "":
		return graph.Need{
			Code: graph.GuestDisk, Severity: graph.Refuse, On: p.on,
			Subject: fmt.Sprintf("a disk of guest %s (%s, %s)", p.guest, p.name, process),
			Advice:  "shut down guest " + p.guest + " first",
		}
	case p.serves:
		return graph.Need{
			Code: graph.GuestDisk, Severity: graph.Refuse, On: p.on,
			Subject: fmt.Sprintf("a disk served by %s (%s)", p.name, process),
			Advice:  "shut down the guest that uses it first",
		}
	}
	return graph.Need{
		Code: graph.OpenDisk, Severity: graph.Warn, On: p.on,
		Subject: fmt.Sprintf("the disk that %s (%s) has open", p.name, process),
		Advice:  fmt.Sprintf("end %s first", process),
	}
}

// holds notes what a process has open: block devices, and by which descriptors.
func (o *openers) holds(pid int, held map[*graph.Node][]string) {
	name, err := o.proc.Attribute(strconv.Itoa(pid) + "/comm")
	if err != nil {
		name = "a program"
	}
	p := program{name: prose.Printable(name)}
	if strings.HasPrefix(name, "qemu-") && name != "qemu-nbd" && name != "qemu-img" {
		p.serves, p.name, p.guest = true, "qemu", o.guestOf(pid)
	} else if name == "tapdisk" { // of XCP-ng, which serves guests only
		p.serves = true
	}
	byName := func(a, b *graph.Node) int { return cmp.Compare(a.String(), b.String()) }
	for _, n := range slices.SortedFunc(maps.Keys(held), byName) {
		if !o.uses(pid, held[n], lookers[name]) || o.covered(n, p.serves) {
			continue
		}
		same := func(q *program) bool { return q.on == n && q.name == p.name && q.guest == p.guest }
		if i := slices.IndexFunc(o.programs, same); i >= 0 {
			o.programs[i].pids = append(o.programs[i].pids, pid)
			continue
		}
		one := p
		one.on, one.pids = n, []int{pid}
		o.programs = append(o.programs, &one)
	}
}

// uses reports whether a process loses anything with the device that it has open by
// some descriptors. Where it cannot be read how they are open, it does.
func (o *openers) uses(pid int, descriptors []string, looker bool) bool {
	return slices.ContainsFunc(descriptors, func(descriptor string) bool {
		text, err := o.proc.Attribute(fmt.Sprintf("%d/fdinfo/%s", pid, descriptor))
		flags, ok := openFlags(text)
		if err != nil || !ok {
			return true
		}
		return flags&openPath == 0 && (!looker || flags&openAccess != 0)
	})
}

// openFlags reads the flags, in octal, out of a file of fdinfo (seq_show in
// fs/proc/fd.c).
func openFlags(text string) (flags uint64, ok bool) {
	for line := range strings.Lines(text) {
		if value, is := strings.CutPrefix(line, "flags:"); is {
			if flags, err := strconv.ParseUint(strings.TrimSpace(value), 8, 64); err == nil {
				return flags, true
			}
		}
	}
	return 0, false
}

// covered reports whether it is known already that the block device is needed:
// mounted, swapped to, or a guest's by this kernel's backend. A disk that is served
// has to be needed itself; for others it is enough that something on it is needed.
func (o *openers) covered(n *graph.Node, served bool) bool {
	return slices.ContainsFunc(o.needs, func(need graph.Need) bool {
		return need.Severity == graph.Refuse && (need.On == n || !served && need.On.Reaches(n))
	})
}

// guestOf returns the number of the guest that a qemu works for; "" where that is
// not known, and for what dom0 has attached to itself.
func (o *openers) guestOf(pid int) string {
	text, _ := o.proc.Read(strconv.Itoa(pid)+"/cmdline", maxArguments) // without it, the guest is not known
	return GuestArgument(string(text))
}

// GuestArgument returns the number of a guest, or "", out of the command line of a
// qemu as /proc/PID/cmdline has it, with NUL after each argument: "-xen-domid"
// (libxl__build_device_model_args_new in tools/libs/light/libxl_dm.c), or "-d" of
// qemu-traditional.
func GuestArgument(cmdline string) string {
	arguments := strings.Split(cmdline, "\x00")
	for i, argument := range arguments[:len(arguments)-1] {
		switch argument {
		case "-xen-domid", "--xen-domid", "-d":
			if guest, err := strconv.ParseUint(arguments[i+1], 10, 16); err == nil && guest > 0 {
				return strconv.FormatUint(guest, 10)
			}
		}
	}
	return ""
}
