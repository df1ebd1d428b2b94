package usage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxArguments is how much of a command line is read, in bytes. libxl gives the
// number of the guest to qemu first.
const maxArguments = 64 << 10

// Open flags (include/uapi/asm-generic/fcntl.h), as fdinfo has them.
const (
	openAccess = 0o3        // 0: for reading alone
	openPath   = 0o10000000 // the name alone is held
)

// lookers have disks open to look at them, and lose nothing with one that they
// have open for reading alone. A name is cut after 15 bytes.
var lookers = map[string]bool{
	"blkid": true, "dmeventd": true, "lsblk": true, "lvm": true, "lvmetad": true, "lvmpolld": true, "multipathd": true,
	"smartd": true, "systemd-udevd": true, "(udev-worker)": true, "udevd": true, "udisksd": true,
}

// program is a program that has a block device open.
type program struct {
	level Level
	on    *Node
	name  string
	guest string // the number of the guest whose disk it serves; "" for none
	pids  []int  // its processes that have it open
}

// words begins the sentence.
func (p *program) words() string {
	process := fmt.Sprint("process ", p.pids[0])
	if more := len(p.pids) - 1; more > 0 {
		process += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case p.guest != "":
		return fmt.Sprintf("a disk of guest %s, which %s serves (%s), is", p.guest, p.name, process)
	case p.level == Refuse:
		return fmt.Sprintf("a disk that %s serves (%s) is", p.name, process)
	}
	return fmt.Sprintf("what %s (%s) has open is", p.name, process)
}

// holds notes what a process has open: block devices, and by which descriptors.
func (o *openers) holds(pid int, held map[*Node][]string) {
	name, err := o.proc.Attribute(strconv.Itoa(pid) + "/comm")
	if err != nil {
		name = "a program"
	}
	p := program{level: Warn, name: printable(name)}
	if strings.HasPrefix(name, "qemu-") && name != "qemu-nbd" && name != "qemu-img" {
		p.level, p.name, p.guest = Refuse, "qemu", o.guestOf(pid)
	} else if name == "tapdisk" { // of XCP-ng, which serves guests alone
		p.level = Refuse
	}
	byName := func(a, b *Node) int { return cmp.Compare(a.Words, b.Words) }
	for _, n := range slices.SortedFunc(maps.Keys(held), byName) {
		if !o.uses(pid, held[n], lookers[name]) || o.covered(n, p.level) {
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

// uses says whether a process loses anything with what it has open by some
// descriptors. Where the kernel does not say how they are open, it does.
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

// covered says whether it is known already that the block device is needed:
// mounted, swapped to, or a guest's by this kernel's backend. Of what refuses
// that must be the device itself, of what warns also what is on it.
func (o *openers) covered(n *Node, level Level) bool {
	return slices.ContainsFunc(o.seen, func(need Need) bool {
		return need.Level == Refuse && (need.On == n || level == Warn && reaches(need.On, n, make(map[*Node]bool)))
	})
}

// guestOf is the number of the guest that a qemu works for; "" where it does not
// say, and for dom0, which it serves what dom0 has attached to itself.
func (o *openers) guestOf(pid int) string {
	text, _ := o.proc.Read(strconv.Itoa(pid)+"/cmdline", maxArguments) // then it is not known
	return GuestArgument(string(text))
}

// GuestArgument reads the number of a guest, "" for none, out of the command line
// of a qemu as /proc/PID/cmdline has it, NUL after each argument: "-xen-domid"
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
