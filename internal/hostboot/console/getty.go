package console

import (
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// terminals returns dom0's names of Xen's console: hvc0, and "console" where that is /dev/console.
func (r reader) terminals() []string {
	if r.terminalLast() {
		return []string{r.terminal(), "console"}
	}
	return []string{r.terminal()}
}

// runsGetty returns the terminal of a command that runs a getty on one of some; "" for any other
// command.
func runsGetty(words, ttys []string) string {
	if len(words) == 0 {
		return ""
	}
	at := slices.IndexFunc(words, func(w string) bool { return strings.Contains(path.Base(w), "getty") })
	if at < 0 {
		return ""
	}
	for _, w := range words[at+1:] {
		if tty := strings.TrimPrefix(w, "/dev/"); slices.Contains(ttys, tty) {
			return tty
		}
	}
	return ""
}

// gettyLink is the login prompt on hvc0.
func (r reader) gettyLink() Link {
	var l Link
	switch init := initscript.Detect(r.f.Root()); init.Kind {
	case initscript.Systemd:
		l = r.systemd()
	case initscript.SysV:
		l = r.inittab()
	case initscript.OpenRC:
		l = r.openRC()
	case initscript.Upstart:
		l = r.upstart(init.Events)
	case initscript.Unknown:
		l = Link{State: Unknown, Code: GettyUnknown, Reason: "the init system is not known"}
	}
	l.Name = Getty
	l.Proof, l.Evidence = r.gettyNow()
	return l
}

func starts(place hostboot.Place, word, reason string) Link {
	return Link{State: Holds, Code: GettyStarts, Place: place, Word: word, Reason: reason}
}

// serialGetty is systemd's unit of a login on hvc0.
const (
	serialGetty    = "serial-getty@hvc0.service"
	serialTemplate = "serial-getty@.service"
)

// gettyGenerator makes systemd start a login on hvc0 where that is there
// (src/getty-generator/getty-generator.c).
const gettyGenerator = "systemd-getty-generator"

// systemd looks for the units of the login.
func (r reader) systemd() Link {
	const unmask = "run 'systemctl unmask "
	for _, name := range []string{serialGetty, serialTemplate, "getty.target"} {
		if file, masked := initscript.Masked(r.f.Root(), name); masked {
			return Link{State: Broken, Code: GettyMasked, Place: hostboot.Place{File: file}, Word: name, Reason: name + " is masked", Advice: unmask + name + "'"}
		}
	}
	for _, target := range []string{"getty.target", "multi-user.target"} {
		for _, unit := range []string{serialGetty, "getty@hvc0.service"} {
			link := "/etc/systemd/system/" + target + ".wants/" + unit
			if _, err := r.f.Readlink(link); err == nil {
				return starts(hostboot.Place{File: link}, unit, unit+" is enabled")
			}
		}
	}
	const enable = "run 'systemctl enable " + serialGetty + "'"
	for _, w := range r.next.Dom0Line.Own() {
		if key, value, _ := strings.Cut(w.Text, "="); key == "systemd.getty_auto" && slices.Contains([]string{"0", "no", "n", "false", "f", "off"}, strings.ToLower(value)) {
			return Link{State: Broken, Code: GettySwitchedOff, Place: w.Place, Word: w.Text, Reason: gettyGenerator + " starts nothing with this word", Advice: "remove it, or " + enable}
		}
	}
	file, masked := r.generator()
	switch {
	case masked:
		return Link{State: Broken, Code: GettyMasked, Place: hostboot.Place{File: file}, Word: gettyGenerator, Reason: gettyGenerator + " is masked", Advice: "remove " + file + ", or " + enable}
	case file == "":
		return Link{State: Broken, Code: GettyMissing, Reason: gettyGenerator + " is not there, and no unit of a login on hvc0 is enabled", Advice: enable}
	}
	return starts(hostboot.Place{File: file}, serialGetty, gettyGenerator+" starts "+serialGetty+" where dom0 has hvc0")
}

// generator returns the file of systemd's generator of logins, and whether it is masked.
func (r reader) generator() (file string, masked bool) {
	for _, dir := range []string{"/etc/systemd/system-generators", "/usr/local/lib/systemd/system-generators", "/usr/lib/systemd/system-generators", "/lib/systemd/system-generators"} {
		file := path.Join(dir, gettyGenerator)
		if target, err := r.f.Readlink(file); err == nil && target == "/dev/null" {
			return file, true
		}
		if size, err := r.f.Size(file); err == nil {
			return file, size == 0
		}
	}
	return "", false
}

// inittabLimit is how much of an inittab is read, in bytes.
const inittabLimit = 1 << 20

// inittabLine returns the line of an inittab that starts a login.
func inittabLine(tty string) string {
	return "h0:2345:respawn:/sbin/agetty -L 115200 " + tty + " vt102"
}

// inittab looks for the login in the inittab.
func (r reader) inittab() Link {
	none := Link{State: Broken, Code: GettyMissing, Place: hostboot.Place{File: initscript.Inittab}, Reason: "no line starts a login on " + r.terminal(), Advice: "add the line " + inittabLine(r.terminal())}
	text, err := r.f.Read(initscript.Inittab, inittabLimit)
	if err != nil {
		none.Reason = err.Error()
		return none
	}
	entries := initscript.ParseInittab(string(text))
	level := initscript.InitDefault(entries)
	for _, e := range entries {
		place := hostboot.Place{File: initscript.Inittab, Line: e.Line}
		words := strings.Fields(e.Process)
		runs := slices.Contains([]string{"respawn", "askfirst", "ondemand"}, e.Action)
		switch {
		case !runs:
		case runsGetty(words, r.terminals()) != "":
			if level == "" || e.In(level) {
				return starts(place, e.Process, "init starts a login on "+r.terminal())
			}
			none = Link{State: Broken, Code: GettyNotStarted, Place: place, Word: e.Process, Reason: "init starts the login in the runlevels " + e.Runlevels + ", and the system boots into " + level, Advice: "add " + level + " to the runlevels of the line"}
		case none.Code == GettyMissing:
			if tty := runsGetty(words, Taken(r.next)); tty != "" {
				none = Link{State: Broken, Code: GettyTaken, Place: place, Word: e.Process, Reason: "the login is on " + tty + ", which Xen uses itself, and dom0 does not see", Advice: "write hvc0 in place of " + tty}
			}
		}
	}
	return none
}

// openRC looks for OpenRC's service of the login, and in the inittab that busybox and sysvinit read.
func (r reader) openRC() Link {
	const service = "agetty." + hvc0
	for _, runlevel := range []string{"default", "boot", "sysinit"} {
		link := path.Join("/etc/runlevels", runlevel, service)
		if _, err := r.f.Readlink(link); err == nil {
			if !r.f.Exists("/etc/init.d/" + service) {
				return Link{State: Broken, Code: GettyMissing, Place: hostboot.Place{File: link}, Word: service, Reason: "/etc/init.d/" + service + " is not there", Advice: "make it a link to agetty"}
			}
			return starts(hostboot.Place{File: link}, service, "OpenRC starts "+service)
		}
	}
	target, _ := r.f.Readlink("/sbin/init") // "" if it is no link
	if path.Base(target) == "openrc-init" || !r.f.Exists(initscript.Inittab) {
		return Link{
			State: Broken, Code: GettyMissing, Place: hostboot.Place{File: "/etc/runlevels/default"}, Reason: "no service starts a login on hvc0",
			Advice: "run 'ln -s agetty /etc/init.d/" + service + "' and 'rc-update add " + service + " default'",
		}
	}
	return r.inittab()
}
