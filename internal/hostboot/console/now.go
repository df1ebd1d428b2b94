package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// xenNow returns what the running Xen says of its console.
func (r reader) xenNow() (Proof, string) {
	if r.asked.Err != nil {
		return Unproven, "Xen was not asked: " + r.asked.Err.Error()
	}
	running := outputOf(r.asked.Line.Own())
	if running.port != nil {
		for _, line := range r.asked.Bad {
			if strings.Contains(line, "'"+running.port.Name) {
				return Refuted, "Xen's log has: " + line
			}
		}
	}
	next := r.port()
	switch {
	case running.debug != "" && next == nil:
		return Proven, "Xen runs with console=" + running.debug
	case running.debug != "":
		return Refuted, "Xen runs with console=" + running.debug
	case running.port == nil:
		return Refuted, "Xen's running command line names no serial port in console="
	case next != nil && running.port.Name != next.Name:
		return Refuted, "Xen runs with its console on " + running.port.Name
	case next != nil && running.port.Speed != next.Speed:
		return Refuted, "Xen runs with another speed: " + speedWords(running.port.Speed)
	}
	return Proven, "Xen runs with its console on " + running.port.Name
}

// speedWords returns a speed in words.
func speedWords(speed int) string {
	if speed == 0 {
		return "the one that it found"
	}
	return strconv.Itoa(speed) + " baud"
}

// dom0Now returns whether the running kernel has its console on hvc0.
func (r reader) dom0Now() (Proof, string) {
	consoles, err := r.f.Consoles()
	switch {
	case sysfs.IsNotExist(err) && !r.f.Exists("/proc/cmdline"):
		return Unproven, "there is no running system in this tree"
	case err != nil:
		return Unproven, err.Error()
	}
	for _, c := range consoles {
		switch {
		case c.Name != hvc0:
		case c.Preferred:
			return Proven, "/proc/consoles has hvc0, which is /dev/console"
		default:
			return Proven, "/proc/consoles has hvc0"
		}
	}
	return Refuted, "/proc/consoles does not have hvc0"
}

const (
	// mostProcesses is how many processes are looked at.
	mostProcesses = 1 << 16
	// commandLimit is how much of the command of a process is read, in bytes.
	commandLimit = 4 << 10
	// hvc0Device is the number of hvc0 in /proc/PID/stat: HVC_MAJOR is 229 (include/uapi/linux/major.h).
	hvc0Device = 229 << 8
)

// gettyNow returns whether a getty waits on hvc0, or somebody is logged in there.
func (r reader) gettyNow() (Proof, string) {
	names, err := r.f.List("/proc")
	if err != nil || !slices.Contains(names, "1") {
		return Unproven, "the processes cannot be seen"
	}
	for _, name := range names[:min(len(names), mostProcesses)] {
		if _, err := strconv.Atoi(name); err != nil {
			continue
		}
		command, err := r.f.Read("/proc/"+name+"/cmdline", commandLimit)
		if err != nil {
			continue // it has ended
		}
		words := strings.FieldsFunc(string(command), func(c rune) bool { return c == 0 || c == ' ' })
		if runsGetty(words, []string{hvc0}) != "" {
			return Proven, fmt.Sprintf("process %s is %s", name, strings.Join(words, " "))
		}
		if program := r.onHVC0(name); program != "" {
			return Proven, fmt.Sprintf("process %s has hvc0 as its terminal: %s", name, program)
		}
	}
	return Refuted, "no getty runs on hvc0"
}

// onHVC0 returns the program of a process whose terminal is hvc0; "" for any other process.
func (r reader) onHVC0(name string) string {
	const afterProgram = 4 // state, parent, group, session, and then the terminal
	stat, err := r.f.Read("/proc/"+name+"/stat", commandLimit)
	open, end := strings.IndexByte(string(stat), '('), strings.LastIndexByte(string(stat), ')')
	if err != nil || open < 0 || end < open {
		return ""
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) <= afterProgram || fields[afterProgram] != strconv.Itoa(hvc0Device) {
		return ""
	}
	return string(stat[open+1 : end])
}
