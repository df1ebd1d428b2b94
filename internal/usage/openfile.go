package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// procDir has a folder for each process, with links to the files that it has open.
const procDir = "/proc"

// Bounds of what is looked at. A dom0 has some hundred processes.
const (
	maxProcesses = 1 << 15
	maxOpenFiles = 1 << 18 // of all processes together
)

// openDisks finds the disks that programs have open without mounting them: those
// of guests that qemu serves, databases on a partition, a copy that runs. It
// comes after all that says what disks are needed for.
func openDisks(s *scan) {
	dir, err := s.fsys.OpenDir(procDir)
	if err != nil {
		return // that nothing can be seen then is what mounts says
	}
	defer dir.Close()
	o := &openers{scan: s, proc: dir, known: make(map[string]*Node), seen: slices.Clone(s.needs), left: maxOpenFiles}
	kernels := o.kernelThreads()
	for _, pid := range o.processes() {
		if !kernels[pid] || o.hasProgram(pid) {
			o.process(pid)
		}
	}
	for _, p := range o.programs {
		s.need(p.level, p.words(), p.on)
	}
	if o.denied != nil {
		s.dark("the disks that programs have open cannot all be seen: " + o.denied.Error())
	}
}

// openers is everybody who has a disk open, while they are found.
type openers struct {
	*scan
	proc     *sysfs.Dir
	known    map[string]*Node // names below /dev; nil for what is no block device
	seen     []Need           // what is known to be needed
	left     int              // how many more links are looked at
	programs []*program
	denied   error // why a process could not be looked at
}

// processes are the numbers of all processes, in order.
func (o *openers) processes() []int {
	names, err := o.proc.List()
	o.deny(err)
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	// A real /proc has a link to who looks, and init for those who may see others'
	// processes (hidepid=, Documentation/filesystems/proc.rst).
	if _, err := o.proc.Readlink("self"); err == nil && (len(pids) == 0 || pids[0] != 1) {
		o.deny(errors.New("/proc shows the processes of others to root alone"))
	}
	if len(pids) > maxProcesses {
		o.deny(fmt.Errorf("there are %d processes", len(pids)))
		pids = pids[:maxProcesses]
	}
	return pids
}

// The parent of all kernel threads, the flag by which it is known, PF_KTHREAD
// (include/linux/sched.h), and how much of its list of children is read: some
// hundred threads for each processor of a large machine.
const (
	kthreadd         = "2"
	kernelThread     = 0x0020_0000
	maxKernelThreads = 1 << 20 // bytes
)

// kernelThreads are most of the processes of a dom0, and have nothing open. One
// file has their numbers, where the kernel has that file
// (CONFIG_PROC_CHILDREN); those that it misses are looked at as all others are.
// It has programs too: those that the kernel itself starts, such as DRBD's
// handlers (call_usermodehelper_exec_work in kernel/umh.c).
func (o *openers) kernelThreads() map[int]bool {
	stat, _ := o.proc.Attribute(kthreadd + "/stat")
	if !isKernelThread(stat) {
		return nil
	}
	children, _ := o.proc.Read(kthreadd+"/task/"+kthreadd+"/children", maxKernelThreads)
	kernels := make(map[int]bool)
	for word := range strings.FieldsSeq(string(children)) {
		if pid, err := strconv.Atoi(word); err == nil {
			kernels[pid] = true
		}
	}
	return kernels
}

// hasProgram says whether a process may be a program rather than a thread of the
// kernel, which has no link to one.
func (o *openers) hasProgram(pid int) bool {
	_, err := o.proc.Readlink(strconv.Itoa(pid) + "/exe")
	return !errors.Is(err, fs.ErrNotExist)
}

// isKernelThread reads the flags in /proc/PID/stat: the seventh word behind the
// name, which stands in brackets and may hold some (do_task_stat in
// fs/proc/array.c).
func isKernelThread(stat string) bool {
	const flags = 6
	words := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(words) <= flags {
		return false
	}
	value, err := strconv.ParseUint(words[flags], 10, 64)
	return err == nil && value&kernelThread != 0
}

// deny notes the first reason why not everything can be seen.
func (o *openers) deny(err error) {
	if o.denied == nil && err != nil {
		o.denied = err
	}
}

// process looks at what one process has open.
func (o *openers) process(pid int) {
	if o.left == 0 {
		return
	}
	folder := procDir + "/" + strconv.Itoa(pid) + "/fd"
	dir, err := o.fsys.OpenDir(folder)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			o.deny(err) // with another error it has ended meanwhile
		}
		return
	}
	defer dir.Close()
	files, _ := dir.List() // as many as there are; none when it has ended
	if len(files) > o.left {
		o.deny(fmt.Errorf("there are more than %d open files", maxOpenFiles))
		files = files[:o.left]
	}
	o.left -= len(files)
	var held map[*Node][]string
	for _, file := range files {
		target, err := dir.Readlink(file)
		if err != nil {
			continue // closed meanwhile
		}
		if n := o.block(folder, target); n != nil {
			if held == nil {
				held = make(map[*Node][]string)
			}
			held[n] = append(held[n], file)
		}
	}
	if held != nil {
		o.holds(pid, held)
	}
}

// block is the block device that a link of /proc/PID/fd leads to; nil for all
// else. The link of an archive is relative, and there is no file of that name.
func (o *openers) block(folder, target string) *Node {
	if strings.HasPrefix(target, "../") {
		target = path.Join(folder, target)
	}
	if !strings.HasPrefix(target, "/dev/") {
		return nil
	}
	n, ok := o.known[target]
	if !ok {
		n = o.named(strings.TrimSuffix(target, deleted))
		o.known[target] = n
	}
	return n
}
