package boot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// updateRCD stands for update-rc.d: it makes links in two runlevels.
func updateRCD(m *machine, calls *[]string, fail int) func(args ...string) error {
	return func(args ...string) error {
		*calls = append(*calls, strings.Join(args, " "))
		if len(*calls) == fail {
			return errProgram
		}
		switch {
		case args[0] != "update-rc.d":
			return nil
		case args[1] == "-f":
			names, err := filepath.Glob(m.fs.Path("/etc/rc?.d/S??" + args[2]))
			for _, name := range names {
				err = errors.Join(err, os.Remove(name))
			}
			return err
		case !m.fs.Exists("/etc/init.d/" + args[1]):
			return errors.New("update-rc.d: there is no such script")
		}
		link := map[string]string{"xenpci-early": "/etc/rcS.d/S01xenpci-early", "xenpci": "/etc/rc2.d/S15xenpci", "xenpcid": "/etc/rc2.d/S16xenpcid"}[args[1]]
		if !m.fs.Exists(link) {
			m.write(link, "-> ../init.d/"+args[1])
		}
		return nil
	}
}

// TestUpdateRCD has the system's program make the links after the scripts are written,
// and remove them before the scripts are.
func TestUpdateRCD(t *testing.T) {
	t.Parallel()
	on := []string{"update-rc.d xenpci-early defaults", "update-rc.d xenpci defaults"}
	off := []string{"update-rc.d -f xenpci-early remove", "update-rc.d -f xenpci remove"}
	var calls []string
	m := newMachine(t, sysvinit(), map[string]string{"/usr/sbin/update-rc.d": "#!/bin/sh\n"})
	before := m.tree()
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	if diff := cmp.Diff(on, calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	enabled := m.tree()

	// A link that somebody removed is reported, and made again.
	m.remove(map[string]string{"/etc/rc2.d/S15xenpci": ""})
	h := m.look(updateRCD(m, &calls, 0))
	_, wrong := h.Reports(t.Context(), cards(h), []Name{Service})
	if len(wrong) != 1 || !strings.Contains(wrong[0].Error(), "/etc/init.d/xenpci") {
		t.Error(wrong)
	}
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	m.isAs(enabled)

	calls = nil
	if err := m.set(updateRCD(m, &calls, 2), 2); !errors.Is(err, errProgram) {
		t.Error(err)
	}
	if diff := cmp.Diff(append(off, on...), calls); diff != "" {
		t.Errorf("taken back: (-want +got):\n%s", diff)
	}
	m.isAs(enabled)

	calls = nil
	m.mustSet(updateRCD(m, &calls, 0), 2)
	if diff := cmp.Diff(off, calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.isAs(before)

	calls = nil
	if err := m.set(updateRCD(m, &calls, 2), 2, Service); !errors.Is(err, errProgram) {
		t.Error(err)
	}
	if diff := cmp.Diff(append(on, off...), calls); diff != "" {
		t.Errorf("taken back: (-want +got):\n%s", diff)
	}
	m.isAs(before)
}

// TestUpdateRCDTakenBack writes the scripts of a newer xenpci and fails after that: the
// scripts are the older ones again, and are still started.
func TestUpdateRCDTakenBack(t *testing.T) {
	t.Parallel()
	var calls []string
	m := newMachine(t, sysvinit(), map[string]string{"/usr/sbin/update-rc.d": "#!/bin/sh\n"})
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	older := strings.Replace(m.read("/etc/init.d/xenpci"), "timeout 60", "timeout 61", 1)
	m.write("/etc/init.d/xenpci", older)
	before := m.tree()
	calls = nil
	if err := m.set(updateRCD(m, &calls, 2), 2, Service); !errors.Is(err, errProgram) {
		t.Error(err)
	}
	m.isAs(before)
}

// TestRunlevelLinks makes links where no program makes them, and removes them although
// enabling another script has renumbered them since.
func TestRunlevelLinks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		machine map[string]string
		early   string // the first link that is looked at: it leads to the script
		later   string // a script that would come before ours
	}{
		{"Debian", sysvinit(), "/etc/rc2.d/S19xenpci", "/etc/rc2.d/S10xendomains"},
		{"Red Hat", oldModprobe(), "/etc/rc.d/rc3.d/S71xenpci", "/etc/rc.d/rc3.d/S10xendomains"},
		{"SUSE", joined(kernel(), map[string]string{
			"/proc/1/comm": "init\n", "/etc/inittab": "id:3:initdefault:\n", "/etc/init.d/rc3.d/": "", "/etc/init.d/rc5.d/": "", "/etc/rc.d": "-> init.d",
		}), "/etc/rc.d/rc3.d/S71xenpci", "/etc/init.d/rc3.d/S10xendomains"},
		{"SUSE without /etc/rc.d", joined(kernel(), map[string]string{
			"/proc/1/comm": "init\n", "/etc/inittab": "id:3:initdefault:\n", "/etc/init.d/rc3.d/": "", "/etc/init.d/rc5.d/": "",
		}), "/etc/init.d/rc3.d/S71xenpci", "/etc/init.d/rc3.d/S10xendomains"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine, map[string]string{"/etc/init.d/xendomains": "#!/bin/sh\n"})
			before := m.tree()
			m.mustSet(nil, 2, Service)
			// The root is another one: a link within it must not leave it.
			if content, err := os.ReadFile(m.fs.Path(test.early)); err != nil || !strings.Contains(string(content), "Provides:          xenpci\n") {
				t.Errorf("%v: %q", err, content)
			}
			m.write(test.later, "-> ../xendomains")
			m.mustSet(nil, 2)
			m.remove(map[string]string{test.later: ""})
			m.isAs(before)
		})
	}
}

// TestLinksOfUpdateRCD removes the links without the program that made them.
func TestLinksOfUpdateRCD(t *testing.T) {
	t.Parallel()
	var calls []string
	m := newMachine(t, sysvinit(), map[string]string{"/usr/sbin/update-rc.d": "#!/bin/sh\n"})
	before := m.tree()
	m.mustSet(updateRCD(m, &calls, 0), 2, Service)
	m.mustSet(nil, 2)
	m.isAs(before)
}
