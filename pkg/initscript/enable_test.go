package initscript_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/systemd"
	"github.com/xenpci/xenpci/upstart"
)

// scripts are the shipped LSB scripts.
func scripts(t *testing.T) []initscript.File {
	t.Helper()
	files, err := initd.Files(brand.Program)
	must(t, err)
	return files
}

// folders are the folders of links of a Debian or, below /etc/rc.d, a Red Hat.
func folders(base, levels string, more ...string) []string {
	for _, level := range levels {
		more = append(more, base+"/rc"+string(level)+".d/")
	}
	return append(more, base+"/init.d/")
}

// lsb is a script that provides something.
func lsb(name, provides string) string {
	return "/etc/init.d/" + name + "=### BEGIN INIT INFO\n# Provides: " + provides + "\n### END INIT INFO\n"
}

func TestRunlevelLinksFor(t *testing.T) {
	tests := []struct {
		name string
		has  []string
		want map[string]string // by script: links, without /etc, joined by a blank
	}{
		{"no runlevels", nil, map[string]string{"xenpci": "", "xenpci-early": ""}},
		{"Debian with nothing else", folders("/etc", "S23456"), map[string]string{
			"xenpci":       "rc2.d/S71xenpci rc3.d/S71xenpci rc4.d/S71xenpci rc5.d/S71xenpci",
			"xenpci-early": "rcS.d/S01xenpci-early",
		}},
		{"Debian in insserv's order", folders("/etc", "S23", "/etc/rcS.d/S01mountkernfs.sh -> x", "/etc/rcS.d/S02udev -> x", "/etc/rcS.d/S03kmod -> x",
			"/etc/rc2.d/S01xen -> x", "/etc/rc2.d/S02xendomains -> x", "/etc/rc2.d/K01xend -> x"), map[string]string{
			"xenpci":       "rc2.d/S01xenpci rc3.d/S71xenpci",
			"xenpci-early": "rcS.d/S01xenpci-early",
		}},
		{"Ubuntu of old", folders("/etc", "S23", "/etc/rcS.d/S02mountkernfs.sh -> x", "/etc/rcS.d/S10udev -> x", "/etc/rc2.d/S20xend -> x", "/etc/rc2.d/S21xendomains -> x"),
			map[string]string{"xenpci": "rc2.d/S19xenpci rc3.d/S71xenpci", "xenpci-early": "rcS.d/S02xenpci-early"}},
		{"Red Hat", folders("/etc/rc.d", "35", "/etc/rc3.d -> rc.d/rc3.d", "/etc/rc.d/rc3.d/S70xencommons -> x", "/etc/rc.d/rc3.d/S98xend -> x", "/etc/rc.d/rc3.d/S99xendomains -> x"),
			map[string]string{"xenpci": "rc.d/rc3.d/S71xenpci rc.d/rc5.d/S71xenpci", "xenpci-early": ""}},
		{"by what a script provides", folders("/etc", "23", "/etc/rc2.d/S80tools -> x", "/etc/rc2.d/S85guests -> x", lsb("tools", "xenstored xenconsoled"), lsb("guests", "xendomains")),
			map[string]string{"xenpci": "rc2.d/S80xenpci rc3.d/S71xenpci", "xenpci-early": ""}},
		{"a link of its own that is there already", folders("/etc", "23", "/etc/rc2.d/S10xenpci -> x"), map[string]string{"xenpci": "rc2.d/S71xenpci rc3.d/S71xenpci", "xenpci-early": ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := tree(t, test.has...)
			got := map[string]string{}
			for _, f := range scripts(t) {
				s, err := initscript.ParseScript(f.Text)
				must(t, err)
				name := strings.TrimPrefix(f.Path, "/etc/init.d/")
				links, err := initscript.RunlevelLinksFor(root, name, s)
				must(t, err)
				var paths []string
				for _, l := range links {
					if l.Target != "../init.d/"+name {
						t.Errorf("%s points to %s", l.Path, l.Target)
					}
					paths = append(paths, strings.TrimPrefix(l.Path, "/etc/"))
				}
				got[name] = strings.Join(paths, " ")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoPlace(t *testing.T) {
	root := tree(t, folders("/etc", "3", "/etc/rc3.d/S50xendomains -> x", "/etc/rc3.d/S60xencommons -> x")...)
	s, err := initscript.ParseScript(scripts(t)[1].Text)
	must(t, err)
	_, err = initscript.RunlevelLinksFor(root, "xenpci", s)
	var none *initscript.NoPlaceError
	if !errors.As(err, &none) {
		t.Fatalf("error %v, want a *NoPlaceError", err)
	}
	want := initscript.NoPlaceError{Name: "xenpci", After: "/etc/rc3.d/S60xencommons", Until: "/etc/rc3.d/S50xendomains"}
	if diff := cmp.Diff(want, *none); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBootRunlevels(t *testing.T) {
	tests := []struct {
		name string
		has  []string
		want string
	}{
		{"Debian", []string{"/etc/debian_version=12\n"}, "[2]"},
		{"elsewhere", nil, "[3 5]"},
		{"Debian, changed", []string{"/etc/debian_version", "/etc/inittab=# x\nid:4:initdefault:\n"}, "[2 4]"},
		{"as it is", []string{"/etc/inittab=id:5:initdefault:\n"}, "[3 5]"},
		{"nonsense", []string{"/etc/inittab=id::initdefault:\n::initdefault:\n#id:4:initdefault:\nid:23:initdefault:\n"}, "[3 5]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := fmt.Sprint(initscript.BootRunlevels(tree(t, test.has...))); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestEnable(t *testing.T) {
	units, err := systemd.Files(brand.Program)
	must(t, err)
	rc, err := openrc.Files(brand.Program)
	must(t, err)
	jobs, err := upstart.Files(initscript.InitConf, brand.Program)
	must(t, err)
	daemon, err := systemd.Daemon(brand.Program)
	must(t, err)
	debian := slices.Clip(folders("/etc", "S23"))
	unitLinks := []initscript.Link{
		{Path: "/etc/systemd/system/sysinit.target.wants/xenpci-early.service", Target: "/etc/systemd/system/xenpci-early.service"},
		{Path: "/etc/systemd/system/multi-user.target.wants/xenpci.service", Target: "/etc/systemd/system/xenpci.service"},
		{Path: "/etc/systemd/system/multi-user.target.wants/xenpci-verify.service", Target: "/etc/systemd/system/xenpci-verify.service"},
	}
	reload := [][]string{{"systemctl", "daemon-reload"}}
	tests := []struct {
		name     string
		has      []string
		init     initscript.Init
		files    []initscript.File
		programs bool
		want     initscript.Plan
	}{
		{"systemd that runs", nil, initscript.Init{Kind: initscript.Systemd, Running: true}, units, true,
			initscript.Plan{Links: unitLinks, Run: reload, Undo: reload, Why: "links in the folders of the targets that want the units"}},
		{"sockets", nil, initscript.Init{Kind: initscript.Systemd, Running: true}, daemon, true, initscript.Plan{
			Links: []initscript.Link{
				{Path: "/etc/systemd/system/sockets.target.wants/xenpcid.socket", Target: "/etc/systemd/system/xenpcid.socket"},
				{Path: "/etc/systemd/system/sockets.target.wants/xenpcid-uevent.socket", Target: "/etc/systemd/system/xenpcid-uevent.socket"},
				{Path: "/etc/systemd/system/multi-user.target.wants/xenpcid.service", Target: "/etc/systemd/system/xenpcid.service"},
			},
			Run: reload, Undo: reload, Why: "links in the folders of the targets that want the units",
		}},
		{"systemd in a chroot", nil, initscript.Init{Kind: initscript.Systemd}, units, true,
			initscript.Plan{Links: unitLinks, Why: "links in the folders of the targets that want the units"}},
		{"systemd of another root", nil, initscript.Init{Kind: initscript.Systemd, Running: true}, units, false,
			initscript.Plan{Links: unitLinks, Why: "links in the folders of the targets that want the units"}},
		{"OpenRC", nil, initscript.Init{Kind: initscript.OpenRC}, rc, true, initscript.Plan{
			Links: []initscript.Link{
				{Path: "/etc/runlevels/sysinit/xenpci-early", Target: "/etc/init.d/xenpci-early"},
				{Path: "/etc/runlevels/default/xenpci", Target: "/etc/init.d/xenpci"},
			},
			Why: "links in OpenRC's runlevels",
		}},
		{"upstart", nil, initscript.Init{Kind: initscript.Upstart}, jobs, true, initscript.Plan{Why: "upstart starts every job in its folder"}},
		{"nobody knows", debian, initscript.Init{}, scripts(t), true, initscript.Plan{Why: "unknown init system"}},
		{"update-rc.d before insserv", append(debian, "/usr/sbin/update-rc.d", "/sbin/insserv"), initscript.Init{Kind: initscript.SysV}, scripts(t), true, initscript.Plan{
			Run:  [][]string{{"update-rc.d", "xenpci-early", "defaults"}, {"update-rc.d", "xenpci", "defaults"}},
			Undo: [][]string{{"update-rc.d", "-f", "xenpci-early", "remove"}, {"update-rc.d", "-f", "xenpci", "remove"}},
			Why:  "update-rc.d installs scripts here",
		}},
		{"chkconfig, and no rcS.d", folders("/etc/rc.d", "35", "/sbin/chkconfig"), initscript.Init{Kind: initscript.SysV}, scripts(t), true, initscript.Plan{
			Run:  [][]string{{"chkconfig", "--add", "xenpci"}, {"chkconfig", "xenpci", "on"}},
			Undo: [][]string{{"chkconfig", "--del", "xenpci"}},
			Why:  "chkconfig installs scripts here",
		}},
		{"insserv", append(debian, "/sbin/insserv"), initscript.Init{Kind: initscript.SysV}, scripts(t), true, initscript.Plan{
			Run:  [][]string{{"insserv", "xenpci-early"}, {"insserv", "xenpci"}},
			Undo: [][]string{{"insserv", "-r", "xenpci-early"}, {"insserv", "-r", "xenpci"}},
			Why:  "insserv installs scripts here",
		}},
		{"programs that must not be run", append(debian, "/usr/sbin/update-rc.d"), initscript.Init{Kind: initscript.SysV}, scripts(t), false, initscript.Plan{
			Links: []initscript.Link{
				{Path: "/etc/rcS.d/S01xenpci-early", Target: "../init.d/xenpci-early"},
				{Path: "/etc/rc2.d/S71xenpci", Target: "../init.d/xenpci"},
				{Path: "/etc/rc3.d/S71xenpci", Target: "../init.d/xenpci"},
			},
			Why: "runlevel links; no program that makes them can be run here",
		}},
		{"no runlevels", nil, initscript.Init{Kind: initscript.SysV}, scripts(t), true, initscript.Plan{Why: "this system has no folder of runlevel links"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := initscript.Enable(tree(t, test.has...), test.init, test.files, test.programs)
			must(t, err)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Enable (-want +got):\n%s", diff)
			}
		})
	}
}
