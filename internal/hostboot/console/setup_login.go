package console

import (
	"fmt"
	"path"
	"slices"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/initscript"
)

// mendSecuretty adds the terminal to the list of those on which root may log in.
func (s *Setup) mendSecuretty(r reader) (bool, error) {
	return true, s.blockIn(securettyFile, []string{r.terminal()})
}

func (s *Setup) removeSecuretty() error { return s.blockIn(securettyFile, nil) }

// mendGetty starts a login by a line of the inittab or a job of upstart. What keeps systemd from
// starting one was done by a person, and stays; so does OpenRC without an inittab.
func (s *Setup) mendGetty(r reader) (bool, error) {
	init := initscript.Detect(s.host.FS.Root())
	getty := s.getty()
	switch {
	case getty == "":
		return false, nil
	case init.Kind == initscript.SysV, init.Kind == initscript.OpenRC:
		line, ok := s.inittabLine(getty, r.terminal())
		if !ok {
			return false, nil
		}
		return true, s.blockIn(initscript.Inittab, []string{line})
	case init.Kind == initscript.Upstart:
		return true, s.gettyJob(jobText(init.Events, getty, r.terminal(), s.wanted.Speed))
	}
	return false, nil
}

// gettyFile returns the file that starts a login; "" if xenpci writes none.
func (s *Setup) gettyFile() string {
	switch init := initscript.Detect(s.host.FS.Root()); {
	case init.Kind == initscript.Upstart && init.Events:
		return "/etc/event.d/" + hvc0
	case init.Kind == initscript.Upstart:
		return "/etc/init/" + hvc0 + ".conf"
	case init.Kind == initscript.SysV, init.Kind == initscript.OpenRC:
		return initscript.Inittab
	}
	return ""
}

// getty returns the program of a login; "" if there is none.
func (s *Setup) getty() string {
	for _, name := range []string{"/sbin/agetty", "/sbin/getty", "/usr/sbin/agetty", "/usr/bin/agetty"} {
		if s.host.FS.Exists(name) {
			return name
		}
	}
	return ""
}

// inittabLine returns the line of the inittab. busybox has the terminal in the place of the id.
func (s *Setup) inittabLine(getty, tty string) (line string, ok bool) {
	state, err := s.View(s.host.FS).Content(initscript.Inittab)
	if err != nil || !state.Exists {
		return "", false
	}
	target, _ := s.host.FS.Readlink("/sbin/init") // "" if it is no link
	if path.Base(target) == "busybox" {
		return fmt.Sprintf("%s::respawn:%s -L %d %s vt102", tty, getty, s.wanted.Speed, tty), true
	}
	entries := initscript.ParseInittab(string(state.Content))
	for number := range 10 {
		id := fmt.Sprintf("h%d", number)
		taken := func(e initscript.InittabEntry) bool { return e.ID == id }
		if !slices.ContainsFunc(entries, taken) {
			return fmt.Sprintf("%s:2345:respawn:%s -L %d %s vt102", id, getty, s.wanted.Speed, tty), true
		}
	}
	return "", false
}

// jobMark is the top of a job of upstart.
const jobMark = brand.Mark + " host console. 'xenpci host console --remove' removes it.\n"

// jobText returns a job of upstart. In /etc/event.d each "start on" has one event.
func jobText(events bool, getty, tty string, speed int) string {
	run := fmt.Sprintf("respawn\nexec %s -L %d %s vt102\n", getty, speed, tty)
	if !events {
		return jobMark + "start on stopped rc RUNLEVEL=[2345]\nstop on runlevel [!2345]\n" + run
	}
	text := jobMark
	for _, level := range "2345" {
		text += fmt.Sprintf("start on stopped rc%c\n", level)
	}
	return text + "stop on runlevel 0\nstop on runlevel 1\nstop on runlevel 6\n" + run
}

// gettyJob plans the job of upstart; "" is none.
func (s *Setup) gettyJob(text string) error {
	var want change.State
	if text != "" {
		want = change.State{Exists: true, Content: []byte(text)}
	}
	c, err := s.View(s.host.FS).Whole(s.gettyFile(), want, brand.Owns)
	if err != nil {
		return err
	}
	return s.Add(c)
}

// removeGetty removes what mendGetty writes.
func (s *Setup) removeGetty() error {
	switch name := s.gettyFile(); name {
	case "":
		return nil
	case initscript.Inittab:
		return s.blockIn(name, nil)
	default:
		return s.gettyJob("")
	}
}
