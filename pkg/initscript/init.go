package initscript

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Kind is a kind of init system.
type Kind string

// The kinds of init systems.
const (
	Unknown Kind = ""
	Systemd Kind = "systemd"
	SysV    Kind = "sysvinit"
	OpenRC  Kind = "openrc"
	Upstart Kind = "upstart"
)

// Init is the init system of a machine, and how it was recognised.
type Init struct {
	Kind     Kind
	Running  bool     // it is running, not only installed
	Scripts  bool     // it starts LSB scripts with runlevel links as well
	Events   bool     // upstart with jobs in /etc/event.d, before 0.6
	Evidence []string // what it was recognised by, in words: "/run/systemd/system exists"
}

// softlevels are the files to which OpenRC writes its runlevel.
var softlevels = [...]string{"/run/openrc/softlevel", "/lib/rc/init.d/softlevel", "/lib64/rc/init.d/softlevel"}

// Detect returns the init system of the machine: the one that is running, since several
// may be installed. Below a root without /proc and /run it is the one that /sbin/init
// would start.
func Detect(root string) Init {
	fsys := sysfs.New(root)
	var i Init
	if !i.running(fsys) {
		i.installed(fsys)
	}
	i.beside(fsys)
	return i
}

func (i *Init) is(kind Kind, evidence string) {
	if i.Kind == Unknown {
		i.Kind = kind
	}
	i.Evidence = append(i.Evidence, evidence)
}

// running looks at init itself. /run/systemd/system is how sd_booted(3) tells,
// and /run/openrc/softlevel is written by openrc at the end of each runlevel.
func (i *Init) running(fsys sysfs.FS) bool {
	i.Running = true
	comm, err := fsys.Attribute("/proc/1/comm")
	if fsys.Exists("/run/systemd/system") {
		i.is(Systemd, "/run/systemd/system exists")
		// An initramfs with systemd (dracut's) leaves it to whatever comes after:
		// a shell of init=/bin/sh answers no systemctl.
		i.Running = err != nil || comm == "systemd"
		return true
	}
	for _, file := range softlevels {
		if fsys.Exists(file) {
			i.is(OpenRC, file+" exists")
			return true
		}
	}
	if err == nil {
		switch comm {
		case "systemd":
			i.is(Systemd, "/proc/1/comm says systemd")
			return true
		case "openrc-init":
			i.is(OpenRC, "/proc/1/comm says openrc-init")
			return true
		case "init":
			// sysvinit, upstart, busybox: told apart by what is installed.
			i.Evidence = append(i.Evidence, "/proc/1/comm says init")
			i.byFiles(fsys)
			i.Running = i.Kind != Unknown
			return i.Running
		}
	}
	i.Running = false
	return false
}

// installed looks at what /sbin/init is, and at what init reads.
func (i *Init) installed(fsys sysfs.FS) {
	for _, file := range [...]string{"/sbin/init", "/usr/sbin/init"} {
		target, err := fsys.Readlink(file)
		if err != nil {
			continue
		}
		switch {
		case strings.HasSuffix(target, "/systemd"):
			i.is(Systemd, file+" is a link to "+target)
			return
		case strings.HasSuffix(target, "openrc-init"):
			i.is(OpenRC, file+" is a link to "+target)
			return
		}
	}
	i.byFiles(fsys)
	if i.Kind != Unknown {
		return
	}
	for _, file := range [...]string{"/usr/lib/systemd/systemd", "/lib/systemd/systemd"} {
		if fsys.Exists(file) {
			i.is(Systemd, file+" is installed")
			return
		}
	}
}

// byFiles distinguishes the init systems whose program is called init.
func (i *Init) byFiles(fsys sysfs.FS) {
	for _, file := range [...]string{"/etc/init/rc-sysinit.conf", "/etc/init/rcS.conf", "/etc/init/rc.conf"} {
		if fsys.Exists(file) {
			i.is(Upstart, file+" exists")
			return
		}
	}
	for _, file := range [...]string{"/etc/event.d/rcS", "/etc/event.d/rc-default", "/etc/event.d/rc2"} {
		if fsys.Exists(file) {
			i.Events = true
			i.is(Upstart, file+" exists")
			return
		}
	}
	// Debian's openrc leaves /etc/inittab as it is, and replaces /etc/init.d/rc,
	// which that calls.
	for _, file := range [...]string{"/sbin/openrc", "/usr/sbin/openrc", "/usr/bin/openrc"} {
		if fsys.Exists(file) {
			i.is(OpenRC, file+" is installed")
			return
		}
	}
	if fsys.Exists("/etc/inittab") {
		i.is(SysV, "/etc/inittab exists, and no other init system")
	}
}

// beside finds out whether the init system starts LSB scripts too.
func (i *Init) beside(fsys sysfs.FS) {
	if i.Kind == SysV {
		i.Scripts = true
		return
	}
	var with []string
	switch i.Kind {
	case Systemd:
		with = []string{"/usr/lib/systemd/system-generators/systemd-sysv-generator", "/lib/systemd/system-generators/systemd-sysv-generator"}
	case OpenRC:
		with = []string{"/lib/rc/bin/lsb2rcconf", "/usr/libexec/rc/bin/lsb2rcconf"}
	case Upstart:
		with = []string{"/etc/init.d/rc", "/etc/rc.d/rc"}
	}
	for _, file := range with {
		if fsys.Exists(file) && runlevelBase(fsys) != "" {
			i.Scripts = true
			i.Evidence = append(i.Evidence, "LSB scripts are started as well: "+file+" exists")
			return
		}
	}
}
