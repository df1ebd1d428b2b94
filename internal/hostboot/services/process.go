package services

import (
	"bytes"
	"path"
	"slices"
	"strconv"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Program is a program that a service of Xen or of xenpci keeps running.
type Program string

// The programs.
const (
	Xenstored   Program = "xenstored" // that of C, or oxenstored
	Xenconsoled Program = "xenconsoled"
	QEMU        Program = "qemu" // that serves dom0's own disks
	Xend        Program = "xend"
	Devd        Program = "xl devd"
	Watchdog    Program = "xenwatchdogd"
	Libvirtd    Program = "libvirtd"
	Virtxend    Program = "virtxend"
	Xenpcid     Program = "xenpcid"
)

// Process is a program that runs.
type Process struct {
	Program Program
	PID     int
}

// Bounds of what is looked at. A dom0 has some hundred processes.
const (
	maxProcesses    = 1 << 15
	commandLimit    = 4096 // bytes of a command line
	maxCommandWords = 64
)

// processes returns the known programs that run, and whether processes can be seen: /proc is
// mounted, and does not hide those of others.
func processes(f sysfs.FS) (found []Process, seen bool) {
	dir, err := f.OpenDir("/proc")
	if err != nil {
		return nil, false
	}
	defer dir.Close()
	names, err := dir.List()
	if err != nil {
		return nil, false
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	for _, pid := range pids[:min(len(pids), maxProcesses)] {
		name := strconv.Itoa(pid)
		comm, err := dir.Attribute(name + "/comm")
		if err != nil {
			continue
		}
		seen = seen || pid == 1
		command, err := dir.Read(name+"/cmdline", commandLimit)
		if err != nil {
			continue
		}
		if p, ok := recognise(comm, words(command)); ok {
			found = append(found, Process{p, pid})
		}
	}
	return found, seen && len(pids) <= maxProcesses
}

// words returns the words of a command line.
func words(command []byte) (all []string) {
	for _, w := range bytes.SplitN(command, []byte{0}, maxCommandWords) {
		all = append(all, string(w))
	}
	return all
}

// recognise returns which program a process runs, by its name and its command line. A kernel
// thread has no command line.
func recognise(comm string, command []string) (Program, bool) {
	if len(command) == 0 || command[0] == "" {
		return "", false
	}
	switch comm {
	case "oxenstored":
		return Xenstored, true
	case "xl":
		if slices.Contains(command, "devd") {
			return Devd, true
		}
		return "", false
	}
	for _, p := range [...]Program{Xenstored, Xenconsoled, Watchdog, Libvirtd, Virtxend, Xenpcid} {
		if comm == string(p) {
			return p, true
		}
	}
	if at := slices.Index(command, "-xen-domid"); at >= 0 && at+1 < len(command) && command[at+1] == "0" {
		return QEMU, true
	}
	for _, w := range command[:min(len(command), 3)] { // a script of Python, and options of that
		if path.Base(w) == string(Xend) {
			return Xend, true
		}
	}
	return "", false
}
