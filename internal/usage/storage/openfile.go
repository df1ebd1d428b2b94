package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// procDir has a folder for each process, with links to the files that it has open.
const procDir = "/proc"

// Bounds of what is looked at. A dom0 has some hundred processes.
const (
	maxProcesses = 1 << 15
	maxOpenFiles = 1 << 18 // of all processes together
)

// openDisks finds the disks that programs have open without mounting them: those
// of guests that qemu serves, databases on a partition, a copy that runs. needs is
// what disks are known to be needed for already.
func (d *disks) openDisks(needs []graph.Need) {
	dir, err := d.fsys.OpenDir(procDir)
	if err != nil {
		return // without /proc, readMounts has noted that nothing is known
	}
	defer dir.Close()
	o := &openers{disks: d, proc: dir, known: make(map[string]*graph.Node), needs: needs, left: maxOpenFiles}
	kernels := o.kernelThreads()
	for _, pid := range o.processes() {
		if !kernels[pid] || o.hasProgram(pid) {
			o.process(pid)
		}
	}
	for _, p := range o.programs {
		d.Need(p.need())
	}
	if o.denied != nil {
		d.Unknown(graph.ProgramUnknown, graph.Warn, "", "cannot tell all the disks that programs have open", o.denied)
	}
}

// openers is the programs that have a disk open, while they are found.
type openers struct {
	*disks
	proc     *sysfs.Dir
	known    map[string]*graph.Node // by names below /dev; nil for what is no block device
	needs    []graph.Need           // what is known already
	left     int                    // how many more links are looked at
	programs []*program
	denied   error // why a process could not be looked at
}

// processes returns the numbers of all processes, in order.
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
	// A real /proc has a link to the reading process, and shows init to those who may
	// see the processes of others (hidepid=, Documentation/filesystems/proc.rst).
	if _, err := o.proc.Readlink("self"); err == nil && (len(pids) == 0 || pids[0] != 1) {
		o.deny(fmt.Errorf("/proc shows the processes of others to root only: %w", fs.ErrPermission))
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

// kernelThreads returns the children of kthreadd. They are most of the processes of
// a dom0, and kernel threads have nothing open. One file has their numbers, where
// the kernel has that file (CONFIG_PROC_CHILDREN); threads that it misses are
// looked at like programs. It also has the programs that the kernel itself starts,
// such as DRBD's handlers (call_usermodehelper_exec_work in kernel/umh.c).
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

// hasProgram reports whether a process may be a program rather than a kernel
// thread, which has no link to one.
func (o *openers) hasProgram(pid int) bool {
	_, err := o.proc.Readlink(strconv.Itoa(pid) + "/exe")
	return !errors.Is(err, fs.ErrNotExist)
}

// isKernelThread reads the flags in /proc/PID/stat: the seventh word behind the
// name, which stands in brackets and may contain some (do_task_stat in
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

// deny keeps the first reason why not everything is known.
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
			o.deny(err) // with another error the process has ended meanwhile
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
	var held map[*graph.Node][]string
	for _, file := range files {
		target, err := dir.Readlink(file)
		if err != nil {
			continue // closed meanwhile
		}
		if n := o.block(folder, target); n != nil {
			if held == nil {
				held = make(map[*graph.Node][]string)
			}
			held[n] = append(held[n], file)
		}
	}
	if held != nil {
		o.holds(pid, held)
	}
}

// block returns the block device that a link of /proc/PID/fd leads to; nil for
// other files. The link of an archive is relative, and has no file of that name.
func (o *openers) block(folder, target string) *graph.Node {
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
