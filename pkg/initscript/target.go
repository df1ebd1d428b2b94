package initscript

import (
	"encoding/binary"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// DefaultTarget returns what the system boots into: the target of systemd ("multi-user.target"),
// or a runlevel; "" if the files do not tell. A word on the kernel's command line can choose
// another one.
func DefaultTarget(root string, init Init) string {
	fsys := sysfs.New(root)
	switch init.Kind {
	case Systemd:
		for _, dir := range unitDirs {
			if target, err := fsys.Readlink(dir + "/default.target"); err == nil {
				return path.Base(target)
			}
		}
	case OpenRC:
		return "default"
	case SysV, Upstart:
		if level := initDefault(fsys); level != "" {
			return level
		}
		return jobDefault(fsys)
	}
	return ""
}

// jobDefault returns the runlevel that upstart's own job has.
func jobDefault(fsys sysfs.FS) string {
	content, err := fsys.Read("/etc/init/rc-sysinit.conf", textLimit)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if level, ok := strings.CutPrefix(strings.TrimSpace(line), "env DEFAULT_RUNLEVEL="); ok {
			return level
		}
	}
	return ""
}

// RunningLevel returns the runlevel that the running system is in; "" where it is not known.
// systemd has several targets at once, and no file that tells them.
func RunningLevel(root string, init Init) string {
	fsys := sysfs.New(root)
	switch init.Kind {
	case OpenRC:
		for _, file := range softlevels {
			if level, err := fsys.Attribute(file); err == nil {
				return strings.TrimSpace(level)
			}
		}
	case SysV, Upstart:
		for _, file := range [...]string{"/run/utmp", "/var/run/utmp"} {
			if content, err := fsys.Read(file, textLimit); err == nil {
				return recordedLevel(content)
			}
		}
	case Systemd, Unknown:
	}
	return ""
}

// A record of utmp (utmp(5)), on machines with 32-bit and with 64-bit words alike.
const (
	recordSize   = 384
	recordPID    = 4 // the offset of the process, which has the runlevel in its low byte
	recordRunlvl = 1 // the type RUN_LVL, a 16-bit number at offset 0
)

// recordedLevel returns the last runlevel in the records of utmp.
func recordedLevel(records []byte) (level string) {
	for ; len(records) >= recordSize; records = records[recordSize:] {
		if binary.LittleEndian.Uint16(records) != recordRunlvl {
			continue
		}
		if c := records[recordPID]; '0' <= c && c <= '9' || c == 'S' {
			level = string(rune(c))
		}
	}
	return level
}
