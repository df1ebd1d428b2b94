package boot

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/initscript"
)

const daemonFile = "/usr/sbin/xenpcid"

// withDaemon is a machine on which the daemon is installed.
func withDaemon(files map[string]string) map[string]string {
	return joined(files, map[string]string{daemonFile: "the daemon\n"})
}

// setDaemon enables or disables the daemon.
func (m *machine) setDaemon(run func(args ...string) error, on bool) error {
	m.t.Helper()
	setup, err := PrepareDaemon(m.t.Context(), m.look(run), on)
	if err != nil {
		return err
	}
	return setup.CarryOut(m.t.Context())
}

func (m *machine) mustSetDaemon(on bool) {
	m.t.Helper()
	if err := m.setDaemon(nil, on); err != nil {
		m.t.Fatal(err)
	}
}

// daemonEnabled reports whether the daemon is enabled, and as it should be.
func (m *machine) daemonEnabled() bool {
	m.t.Helper()
	h := m.look(nil)
	enabled, err := DaemonEnabled(h)
	if err != nil {
		m.t.Error(err)
	}
	if wrong := CheckDaemon(m.t.Context(), h); enabled != (len(wrong) == 0) {
		m.t.Errorf("enabled %v, wrong: %v", enabled, wrong)
	}
	return enabled
}

// daemonCases are machines, and what the daemon's files are on them.
var daemonCases = []struct {
	name    string
	machine func() map[string]string
	file    string // the first
	links   map[string]string
}{
	{"systemd", debian12, "/etc/systemd/system/xenpcid.service", map[string]string{
		"/etc/systemd/system/multi-user.target.wants/xenpcid.service":    "-> /etc/systemd/system/xenpcid.service",
		"/etc/systemd/system/sockets.target.wants/xenpcid.socket":        "-> /etc/systemd/system/xenpcid.socket",
		"/etc/systemd/system/sockets.target.wants/xenpcid-uevent.socket": "-> /etc/systemd/system/xenpcid-uevent.socket",
	}},
	{"sysvinit", sysvinit, "/etc/init.d/xenpcid", map[string]string{
		"/etc/rc2.d/S71xenpcid": "-> ../init.d/xenpcid", "/etc/rc3.d/S71xenpcid": "-> ../init.d/xenpcid",
		"/etc/rc4.d/S71xenpcid": "-> ../init.d/xenpcid", "/etc/rc5.d/S71xenpcid": "-> ../init.d/xenpcid",
	}},
	{"Red Hat", oldModprobe, "/etc/rc.d/init.d/xenpcid", nil},
	{"OpenRC", openRC, "/etc/init.d/xenpcid", map[string]string{"/etc/runlevels/default/xenpcid": "-> /etc/init.d/xenpcid"}},
	{"upstart", upstartInit, "/etc/init/xenpcid.conf", nil},
	{"upstart with /etc/event.d", upstartEvents, "/etc/event.d/xenpcid", nil},
}

// TestDaemon enables the daemon, beside the layers and without them, and disables it
// again. Neither touches the other's files.
func TestDaemon(t *testing.T) {
	t.Parallel()
	for _, test := range daemonCases {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, withDaemon(test.machine()))
			before := m.tree()
			m.mustSetDaemon(true)
			alone := m.tree()
			files := written(before, alone)
			if !strings.Contains(files[test.file], daemonMark) || !strings.Contains(files[test.file], daemonFile) || strings.Contains(files[test.file], mark) {
				t.Errorf("%s: %s", test.file, files[test.file])
			}
			if test.links != nil {
				maps.DeleteFunc(files, func(_, content string) bool { return !strings.HasPrefix(content, "-> ") })
				if diff := cmp.Diff(test.links, files); diff != "" {
					t.Errorf("links (-want +got):\n%s", diff)
				}
			}
			if !m.daemonEnabled() {
				t.Error("it is not enabled")
			}
			m.mustSetDaemon(true)
			m.isAs(alone)

			h := m.look(nil)
			if enabled, err := Enabled(h, cards(h)); err != nil || len(enabled) > 0 {
				t.Errorf("layers: %v, %v", enabled, err)
			}
			m.mustSet(nil, 2, Service)
			both := m.tree()
			m.mustSet(nil, 2)
			m.isAs(alone)
			m.mustSet(nil, 2, Service)
			m.isAs(both)
			m.mustSetDaemon(false)
			if m.daemonEnabled() {
				t.Error("it is enabled")
			}
			h = m.look(nil)
			if _, wrong := h.Reports(t.Context(), cards(h), []Name{Service}); len(wrong) > 0 {
				t.Errorf("the layer service: %v", wrong)
			}
			m.mustSet(nil, 2)
			m.isAs(before)
		})
	}
}

// TestDaemonKilled has the process die after each change: the next run completes it.
func TestDaemonKilled(t *testing.T) {
	t.Parallel()
	for _, test := range daemonCases {
		t.Run(test.name, func(t *testing.T) {
			clean := newMachine(t, withDaemon(test.machine()))
			before := clean.tree()
			clean.mustSetDaemon(true)
			enabled := clean.tree()
			for _, was := range []bool{false, true} {
				for n, more := 0, true; more; n++ {
					for _, then := range []bool{true, false} {
						m := newMachine(t, withDaemon(test.machine()))
						if was {
							m.mustSetDaemon(true)
						}
						more = daemonKilledAfter(m, n, !was)
						m.mustSetDaemon(then)
						if then {
							m.isAs(enabled)
						} else {
							m.isAs(before)
						}
					}
				}
			}
		})
	}
}

// daemonKilledAfter makes n changes, after which the process dies. It returns false if
// there are fewer.
func daemonKilledAfter(m *machine, n int, on bool) bool {
	m.t.Helper()
	setup, err := PrepareDaemon(m.t.Context(), m.look(nil), on)
	if err != nil {
		m.t.Fatal(err)
	}
	plan := change.Plan{Changes: setup.Changes[:min(n, len(setup.Changes))]}
	dead := make(chan struct{})
	go func() {
		defer close(dead)
		_ = plan.CarryOut(m.t.Context(), change.Host{FS: m.fs, ReadBack: func(context.Context) error {
			runtime.Goexit()
			return nil
		}})
	}()
	<-dead
	return n < len(setup.Changes)
}

// TestDaemonFails has each program fail, in turn: everything is as it was.
func TestDaemonFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		machine map[string]string
		on, off []string // the commands
	}{
		{"systemd", withDaemon(debian12()), []string{"systemctl daemon-reload"}, []string{"systemctl daemon-reload"}},
		{"update-rc.d", joined(withDaemon(sysvinit()), map[string]string{"/usr/sbin/update-rc.d": "#!/bin/sh\n"}),
			[]string{"update-rc.d xenpcid defaults"}, []string{"update-rc.d -f xenpcid remove"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var calls []string
			m := newMachine(t, test.machine)
			set := func(on bool, fail int) error {
				calls = nil
				return m.setDaemon(updateRCD(m, &calls, fail), on)
			}
			before := m.tree()
			taken := (*change.TakenBackError)(nil)
			if err := set(true, 1); !errors.As(err, &taken) || taken.Undo != nil || !errors.Is(err, errProgram) {
				t.Fatal(err)
			}
			m.isAs(before)
			if err := set(true, 0); err != nil || !slices.Equal(calls, test.on) {
				t.Fatal(err, calls)
			}
			enabled := m.tree()
			if err := set(false, 1); !errors.As(err, &taken) || taken.Undo != nil || !errors.Is(err, errProgram) {
				t.Fatal(err)
			}
			m.isAs(enabled)
			if err := set(false, 0); err != nil || !slices.Equal(calls, test.off) {
				t.Fatal(err, calls)
			}
			m.isAs(before)
		})
	}
}

// TestDaemonCannot refuses before anything is changed.
func TestDaemonCannot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		machine map[string]string
		want    string
	}{
		{"not installed", debian12(), "layer daemon | " + daemonFile + " is not installed"},
		{"no init system", withDaemon(kernel()), "layer daemon | unknown init system"},
		{"a unit of somebody else's", joined(withDaemon(debian12()), map[string]string{"/etc/systemd/system/xenpcid.service": "[Unit]\n"}), "/etc/systemd/system/xenpcid.service | move it away first"},
		{"a unit that is masked", joined(withDaemon(debian12()), map[string]string{"/etc/systemd/system/xenpcid.socket": "-> /dev/null"}), "/etc/systemd/system/xenpcid.socket | move it away first"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, test.machine)
			before := m.tree()
			err := m.setDaemon(nil, true)
			if err == nil {
				t.Fatal("it was enabled")
			}
			hasFacts(t, err.Error(), test.want)
			m.mustSetDaemon(false)
			m.isAs(before)
		})
	}
}

// TestDaemonWrong reports what is not as it should be.
func TestDaemonWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file, content string // "" where it is removed
		want                string
	}{
		{"a link", "/etc/systemd/system/sockets.target.wants/xenpcid.socket", "", "sockets.target.wants/xenpcid.socket is missing"},
		{"a unit", "/etc/systemd/system/xenpcid.service", daemonMark + "[Service]\n", "xenpcid.service has other content"},
		{"the daemon", daemonFile, "", daemonFile + " is not installed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, withDaemon(debian12()))
			m.mustSetDaemon(true)
			m.remove(map[string]string{test.file: ""})
			if test.content != "" {
				m.write(test.file, test.content)
			}
			haveFacts(t, CheckDaemon(t.Context(), m.look(nil)), []string{test.want})
		})
	}
}

// TestDaemonOtherSystem removes what was written while the machine had another init system.
func TestDaemonOtherSystem(t *testing.T) {
	t.Parallel()
	m := newMachine(t, withDaemon(sysvinit()))
	become := func(m *machine) map[string]string {
		m.remove(map[string]string{"/etc/inittab": "", "/proc/1/comm": ""})
		for name, content := range systemdInit {
			m.write(name, content)
		}
		return m.tree()
	}
	want := become(newMachine(t, withDaemon(sysvinit())))
	m.mustSetDaemon(true)
	become(m)
	if enabled, err := DaemonEnabled(m.look(nil)); !enabled || err != nil {
		t.Error(enabled, err)
	}
	m.mustSetDaemon(true)
	m.mustSetDaemon(false)
	m.isAs(want)
}

// TestDaemonBeside writes the path of the daemon in the folder of the program, whatever
// the program is called.
func TestDaemonBeside(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12(), map[string]string{"/opt/xen/sbin/xenpcid": "the daemon\n"})
	h := m.look(nil)
	h.Program = "/opt/xen/sbin/xenpci-1.0"
	setup, err := PrepareDaemon(t.Context(), h, true)
	if err == nil {
		err = setup.CarryOut(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := m.read("/etc/systemd/system/xenpcid.service"); !strings.Contains(got, "ExecStart=/opt/xen/sbin/xenpcid\n") || strings.Contains(got, daemonFile) {
		t.Error(got)
	}
}

// TestDaemonCommands starts and stops the daemon where the init system runs.
func TestDaemonCommands(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		init        initscript.Init
		more        map[string]string
		start, stop []string
	}{
		{"systemd", initscript.Init{Kind: initscript.Systemd, Running: true}, nil,
			[]string{"systemctl start xenpcid.socket xenpcid-uevent.socket xenpcid.service"}, []string{"systemctl stop xenpcid.socket xenpcid-uevent.socket xenpcid.service"}},
		{"a chroot", initscript.Init{Kind: initscript.Systemd}, nil, nil, nil},
		{"OpenRC", initscript.Init{Kind: initscript.OpenRC, Running: true}, nil, []string{"rc-service xenpcid start"}, []string{"rc-service xenpcid stop"}},
		{"upstart", initscript.Init{Kind: initscript.Upstart, Running: true}, nil, []string{"initctl reload-configuration", "initctl start xenpcid"}, []string{"initctl stop xenpcid"}},
		{"upstart of old", initscript.Init{Kind: initscript.Upstart, Running: true, Events: true}, nil, []string{"initctl start xenpcid"}, []string{"initctl stop xenpcid"}},
		{"sysvinit", initscript.Init{Kind: initscript.SysV, Running: true}, map[string]string{"/usr/sbin/service": "#!/bin/sh\n"}, []string{"service xenpcid start"}, []string{"service xenpcid stop"}},
		{"sysvinit without service", initscript.Init{Kind: initscript.SysV, Running: true}, nil, []string{"/etc/init.d/xenpcid start"}, []string{"/etc/init.d/xenpcid stop"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newMachine(t, kernel(), test.more).look(func(...string) error { return nil })
			h.Init = test.init
			for _, one := range []struct {
				commands []change.Command
				want     []string
			}{{h.StartDaemon(), test.start}, {h.StopDaemon(), test.stop}} {
				var got []string
				for _, c := range one.commands {
					got = append(got, c.String())
				}
				if diff := cmp.Diff(one.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			h.Run = nil
			if got := append(h.StartDaemon(), h.StopDaemon()...); len(got) > 0 {
				t.Errorf("of another machine: %v", got)
			}
		})
	}
}
