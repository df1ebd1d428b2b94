package services

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph/graphtest"
)

type files map[string]string

func (f files) with(more files) files {
	all := maps.Clone(f)
	maps.Copy(all, more)
	return all
}

// process is a process of a tree.
func process(pid int, comm, command string) files {
	dir := fmt.Sprintf("proc/%d/", pid)
	return files{dir + "comm": comm + "\n", dir + "cmdline": strings.ReplaceAll(command, " ", "\x00") + "\x00"}
}

// ownUnits are the units of xenpci that matter here, with the settings that order them.
var ownUnits = files{
	"etc/systemd/system/xenpci-early.service":                       "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target\n[Install]\nWantedBy=sysinit.target\n",
	"etc/systemd/system/xenpci.service":                             "[Unit]\nAfter=xenpci-early.service xenstored.service xen.service\nBefore=xendomains.service libvirtd.service\n[Install]\nWantedBy=multi-user.target\n",
	"etc/systemd/system/sysinit.target.wants/xenpci-early.service":  graphtest.Link("/etc/systemd/system/xenpci-early.service"),
	"etc/systemd/system/multi-user.target.wants/xenpci.service":     graphtest.Link("/etc/systemd/system/xenpci.service"),
	"usr/lib/systemd/system/default.target":                         graphtest.Link("graphical.target"),
	"usr/lib/systemd/systemd":                                       "",
	"usr/lib/systemd/system-generators/systemd-sysv-generator":      "",
	"etc/rc3.d/README":                                              "",
	"etc/systemd/system/multi-user.target.wants/unrelated.service":  graphtest.Link("/usr/lib/systemd/system/unrelated.service"),
	"etc/systemd/system/multi-user.target.wants/xenpcid-old.socket": graphtest.Link("/x"),
}

const (
	debianXen = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          xen
# Required-Start:    $syslog $remote_fs
# Default-Start:     2 3 4 5
### END INIT INFO
`
	debianXendomains = `#!/bin/bash
### BEGIN INIT INFO
# Provides:          xendomains
# Required-Start:    $syslog $network $remote_fs xen
# X-Start-Before:    corosync heartbeat libvirtd
# Default-Start:     2 3 4 5
### END INIT INFO
`
)

// debian12 has LSB scripts, of which systemd's generator makes units when the system starts.
var debian12 = ownUnits.with(files{
	"etc/debian_version": "12\n",
	"etc/init.d/xen":     debianXen, "etc/init.d/xendomains": debianXendomains,
	"etc/rc2.d/S01xendomains": graphtest.Link("../init.d/xendomains"), "etc/rc2.d/S01xen": graphtest.Link("../init.d/xen"),
	"etc/rc3.d/S01xendomains": graphtest.Link("../init.d/xendomains"), "etc/rc3.d/S01xen": graphtest.Link("../init.d/xen"),
	"usr/lib/xen-4.17/bin/xl": "",
})

// running is the state of a running systemd.
var running = files{
	"run/systemd/system/x": "", "run/systemd/units/invocation:xen.service": graphtest.Link("0a1b"),
	"run/systemd/generator.late/xen.service":                                  "[Unit]\nSourcePath=/etc/init.d/xen\nBefore=multi-user.target\nAfter=remote-fs.target\n",
	"run/systemd/generator.late/multi-user.target.wants/xen.service":          graphtest.Link("../xen.service"),
	"run/systemd/generator.late/xendomains.service":                           "[Unit]\nSourcePath=/etc/init.d/xendomains\nBefore=libvirtd.service\nAfter=xen.service\n",
	"run/systemd/generator.late/multi-user.target.wants/xendomains.service":   graphtest.Link("../xendomains.service"),
	"run/systemd/units/invocation:xendomains.service":                         graphtest.Link("0a1c"),
	"run/systemd/units/invocation:xenpci-early.service":                       graphtest.Link("0a1d"),
	"etc/systemd/system/multi-user.target.wants/a-link-that-is-not-one-of-us": "",
}.with(process(1, "systemd", "/sbin/init")).with(process(400, "oxenstored", "/usr/lib/xen-4.17/bin/oxenstored --pid-file /run/xenstore.pid")).
	with(process(410, "xenconsoled", "/usr/lib/xen-4.17/bin/xenconsoled")).with(process(420, "xen-qemu-system", "/usr/libexec/xen-qemu-system-i386 -xen-domid 0 -xen-attach -name dom0")).
	with(process(421, "qemu-system-i38", "/usr/libexec/xen-qemu-system-i386 -xen-domid 3 -name guest")).
	with(files{"proc/2/comm": "xenstored\n", "proc/2/cmdline": ""})

// debian13 has native units beside the scripts that they call.
var debian13 = debian12.with(files{
	"usr/lib/systemd/system/xen.service":                            "[Unit]\nSourcePath=/etc/init.d/xen\nBefore=multi-user.target\nAfter=remote-fs.target\n",
	"usr/lib/systemd/system/xendomains.service":                     "[Unit]\nSourcePath=/etc/init.d/xendomains\nBefore=libvirtd.service\nAfter=xen.service\n",
	"etc/systemd/system/multi-user.target.wants/xen.service":        graphtest.Link("/usr/lib/systemd/system/xen.service"),
	"etc/systemd/system/multi-user.target.wants/xendomains.service": graphtest.Link("/usr/lib/systemd/system/xendomains.service"),
	"usr/lib/xen-4.20/bin/xl":                                       "",
})

// upstream has the units of Xen itself.
var upstream = ownUnits.with(files{
	"usr/lib/systemd/system/xenstored.service":                           "[Unit]\nBefore=libvirtd.service libvirt-guests.service\n",
	"usr/lib/systemd/system/xen-init-dom0.service":                       "[Unit]\nRequires=xenstored.service\nAfter=xenstored.service\n",
	"usr/lib/systemd/system/xenconsoled.service":                         "[Unit]\nRequires=xenstored.service\nAfter=xenstored.service\n",
	"usr/lib/systemd/system/xen-qemu-dom0-disk-backend.service":          "[Unit]\nAfter=xenstored.service xenconsoled.service\nBefore=xendomains.service libvirtd.service\n",
	"usr/lib/systemd/system/xendomains.service":                          "[Unit]\nAfter=xenstored.service xenconsoled.service xen-init-dom0.service\n",
	"usr/lib/systemd/system/xen-watchdog.service":                        "[Unit]\nAfter=xendomains.service\n",
	"etc/systemd/system/multi-user.target.wants/xendomains.service":      graphtest.Link("x"),
	"etc/systemd/system/multi-user.target.wants/xenconsoled.service":     graphtest.Link("x"),
	"etc/systemd/system/multi-user.target.wants/xen-init-dom0.service":   graphtest.Link("x"),
	"usr/lib64/libxenctrl.so.4.19.0":                                     "",
	"usr/lib/x86_64-linux-gnu/libxenctrl.so":                             "",
	"etc/systemd/system/xen-qemu-dom0-disk-backend.service":              graphtest.Link("/dev/null"),
	"etc/systemd/system/multi-user.target.requires/xen-watchdog.service": graphtest.Link("x"),
})

// alpine has OpenRC, which starts what a script needs even if it is in no runlevel.
var alpine = files{
	"sbin/openrc": "", "etc/inittab": "::sysinit:/sbin/openrc sysinit\n",
	"etc/init.d/xenstored":              "#!/sbin/openrc-run\ndepend() {\n\tbefore xendomains xend sshd\n}\n",
	"etc/init.d/xenconsoled":            "#!/sbin/openrc-run\ndepend() {\n\tneed xenstored\n}\n",
	"etc/init.d/xenqemu":                "#!/sbin/openrc-run\ndepend() {\n\tneed xenstored xenconsoled\n}\n",
	"etc/init.d/xendomains":             "#!/sbin/openrc-run\ndepend() {\n\tneed xenstored\n\tafter dhcp xend xenconsoled\n}\n",
	"etc/init.d/xenpci":                 "#!/sbin/openrc-run\ndepend() {\n\tafter xenstored\n\tbefore xendomains\n}\n",
	"etc/runlevels/default/xendomains":  graphtest.Link("/etc/init.d/xendomains"),
	"etc/runlevels/default/xenconsoled": graphtest.Link("/etc/init.d/xenconsoled"),
	"etc/runlevels/default/xenpci":      graphtest.Link("/etc/init.d/xenpci"),
	"usr/lib/libxenctrl.so.4.18":        graphtest.Link("libxenctrl.so.4.18.0"), "usr/lib/libxenctrl.so.4.18.0": "",
}

// centos5 has Xen 3 with xend.
var centos5 = files{
	"etc/inittab": "id:3:initdefault:\n", "etc/redhat-release": "CentOS release 5.11\n",
	"etc/rc.d/init.d/functions":     "",
	"etc/init.d/xend":               "#!/bin/bash\n# chkconfig: 2345 98 01\n",
	"etc/init.d/xendomains":         "#!/bin/bash\n# chkconfig: 345 99 00\n",
	"etc/init.d/libvirtd":           "#!/bin/sh\n# chkconfig: 345 97 03\n",
	"etc/rc.d/rc3.d/S98xend":        graphtest.Link("../init.d/xend"),
	"etc/rc.d/rc3.d/S99xendomains":  graphtest.Link("../init.d/xendomains"),
	"etc/rc.d/rc3.d/S97libvirtd":    graphtest.Link("../init.d/libvirtd"),
	"etc/rc.d/rc4.d/S98xend":        graphtest.Link("../init.d/xend"),
	"etc/rc.d/rc5.d/K01xendomains":  graphtest.Link("../init.d/xendomains"),
	"usr/lib64/libxenctrl.so.3.0.0": "",
}

// upstart has a job for xenstored, and scripts for the rest.
var upstartHost = files{
	"etc/init/rc-sysinit.conf": "env DEFAULT_RUNLEVEL=2\n", "etc/init.d/rc": "",
	"etc/debian_version":        "wheezy/sid\n",
	"etc/init/xenstored.conf":   "start on runlevel [2345]\nexec x\n",
	"etc/init/xenpci.conf":      "start on (starting rc RUNLEVEL=[2345] and stopped x)\ntask\nexec x\n",
	"etc/init/xend.conf":        "start on started xenstored\nexec x\n",
	"etc/init.d/xendomains":     debianXendomains,
	"etc/rc2.d/S21xendomains":   graphtest.Link("../init.d/xendomains"),
	"etc/rc3.d/S21xendomains":   graphtest.Link("../init.d/xendomains"),
	"etc/init/libvirt-bin.conf": "# broken\nstart on\n",
}

// TestRead reads hosts as they are, and as they are when something is wrong.
func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		host      files
		now, next string
		want      []string
	}{
		{"Debian 12, a rescue disk", debian12, "", "4.17.5", []string{
			"systemd graphical.target", "tools 4.17 /usr/lib/xen-4.17",
			"xenpci-early unknown: sysinit.target", "xen unknown: 2 3", "xenpci unknown: multi-user.target", "xendomains unknown: 2 3",
		}},
		{"Debian 12, running", debian12.with(running), "4.17.5", "4.17.5", []string{
			"systemd running graphical.target", "tools 4.17 /usr/lib/xen-4.17",
			"xenpci-early done: sysinit.target", "xen running xenstored 400 xenconsoled 410 qemu 420: multi-user.target", "xenpci stopped: multi-user.target", "xendomains done: multi-user.target",
		}},
		{"a unit that is over when it has done its work", files{
			"run/systemd/system/x": "", "run/systemd/units/x": "", "lib/systemd/system/xenpci-verify.service": "[Service]\nType=oneshot\n",
			"lib/systemd/system/xen.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\n", "etc/systemd/system/a.target.wants/xen.service": graphtest.Link("x"),
		}, "", "", []string{"systemd running ", "xen stopped: a.target", "xenpci-verify unknown"}},
		{"Debian 12, and the new hypervisor without its tools", debian12.with(running), "4.17.5", "4.20.4", []string{
			"systemd running graphical.target", "tools 4.17 /usr/lib/xen-4.17",
			"xenpci-early done: sysinit.target", "xen running xenstored 400 xenconsoled 410 qemu 420: multi-user.target", "xenpci stopped: multi-user.target", "xendomains done: multi-user.target",
			"next_tools: Xen 4.20 boots next, and the tools are for 4.17: no guest would start",
		}},
		{"Debian 12, Xen runs, and xenstored has died", debian12.with(running).with(files{"proc/400/comm": "", "proc/400/cmdline": ""}), "4.20.4", "4.20.4", []string{
			"systemd running graphical.target", "tools 4.17 /usr/lib/xen-4.17",
			"xenpci-early done: sysinit.target", "xen stopped xenconsoled 410 qemu 420: multi-user.target", "xenpci stopped: multi-user.target", "xendomains done: multi-user.target",
			"not_running xen: it was started, and does not run any more: xenstored",
			"other_tools: Xen 4.20 runs, and the tools are for 4.17: they cannot manage its guests",
		}},
		{"Debian 13", debian13, "4.20.4", "4.17.5", []string{
			"systemd graphical.target", "tools 4.17 /usr/lib/xen-4.17", "tools 4.20 /usr/lib/xen-4.20",
			"xenpci-early unknown: sysinit.target", "xen unknown: multi-user.target", "xenpci unknown: multi-user.target", "xendomains unknown: multi-user.target",
		}},
		{"Debian 13, xen masked", debian13.with(files{"etc/systemd/system/xen.service": graphtest.Link("/dev/null")}), "", "4.20.4", []string{
			"systemd graphical.target", "tools 4.17 /usr/lib/xen-4.17", "tools 4.20 /usr/lib/xen-4.20",
			"xenpci-early unknown: sysinit.target", "xenpci unknown: multi-user.target", "xendomains unknown: multi-user.target", "xen masked unknown",
			"masked xen: /etc/systemd/system/xen.service is masked, and nothing else does its work: no guest can start",
		}},
		{"Debian 13, xen not enabled", debian13.with(files{"etc/systemd/system/multi-user.target.wants/xen.service": "", "etc/debian_version": "13"}), "", "", []string{
			"systemd graphical.target", "tools 4.17 /usr/lib/xen-4.17", "tools 4.20 /usr/lib/xen-4.20",
			"xenpci-early unknown: sysinit.target", "xenpci unknown: multi-user.target", "xendomains unknown: multi-user.target", "xen unknown",
			"not_enabled xen: it is installed, and does not start at boot: no guest can start",
		}},
		{"Xen's own units", upstream, "", "4.20.1", []string{
			"systemd graphical.target", "tools 4.19 /usr/lib64/libxenctrl.so.4.19.0",
			"xenpci-early unknown: sysinit.target",
			"xenstored unknown: xen-init-dom0.service xenconsoled.service", "xen-init-dom0 unknown: multi-user.target", "xenconsoled unknown: multi-user.target",
			"xenpci unknown: multi-user.target", "xendomains unknown: multi-user.target", "xen-watchdog unknown: multi-user.target", "xen-qemu-dom0-disk-backend masked unknown",
			"next_tools: Xen 4.20 boots next, and the tools are for 4.19: no guest would start",
		}},
		{"Alpine", alpine, "", "4.18.0", []string{
			"openrc default", "tools 4.18 /usr/lib/libxenctrl.so.4.18",
			"xenstored unknown: xenconsoled xendomains", "xenconsoled unknown: default", "xenpci unknown: default", "xendomains unknown: default", "xenqemu unknown",
		}},
		{
			"Alpine, running", alpine.with(files{
				"run/openrc/softlevel": "default\n", "run/openrc/started/xenstored": graphtest.Link("x"), "run/openrc/started/xendomains": graphtest.Link("x"),
			}).with(process(1, "init", "/sbin/init")).with(process(30, "xenstored", "/usr/sbin/xenstored")), "4.18.0", "", []string{
				"openrc running default in default", "tools 4.18 /usr/lib/libxenctrl.so.4.18",
				"xenstored running xenstored 30: xenconsoled xendomains", "xenconsoled stopped: default", "xenpci stopped: default", "xendomains done: default", "xenqemu stopped",
				"not_running xenconsoled: it starts at boot, and does not run now",
			},
		},
		{"CentOS 5", centos5, "", "3.1.2", []string{
			"sysvinit 3", "libvirtd unknown: 3", "xend unknown: 3 4", "xendomains unknown: 3",
		}},
		{"CentOS 5, running", centos5.with(process(1, "init", "init [3]")).with(process(9, "xend", "python /usr/sbin/xend start")).with(files{"var/run/utmp": record(2, '~') + record(1, '3') + record(7, '9')}), "3.1.2", "3.1.2", []string{
			"sysvinit running 3 in 3", "libvirtd stopped: 3", "xend running xend 9: 3 4", "xendomains unknown: 3",
		}},
		{"upstart", upstartHost, "", "", []string{
			"upstart 2", "xenpci unknown: starting rc RUNLEVEL=[2345] stopped x", "xenstored unknown: runlevel [2345]", "xend unknown: started xenstored", "xendomains unknown: 2 3", "libvirt-bin unknown",
			"wrong_order xenpci: it has to start before xend, and nothing makes it: none of the events that start xenpci is of xend",
		}},
		{"Xen's tools are not installed", files{"etc/inittab": "id:2:initdefault:\n"}, "", "", []string{
			"sysvinit 2", "no_service: no service is installed that starts xenstored", "no_service: no service is installed that starts xenconsoled",
		}},
		{"xenstore in a domain of its own", debian12.with(running).with(files{"proc/400/comm": "", "proc/400/cmdline": "", "etc/default/xencommons": "#XENSTORETYPE=daemon\nXENSTORETYPE=\"domain\"\n"}), "4.17.5", "", []string{
			"systemd running graphical.target", "tools 4.17 /usr/lib/xen-4.17",
			"xenpci-early done: sysinit.target", "xen running xenconsoled 410 qemu 420: multi-user.target", "xenpci stopped: multi-user.target", "xendomains done: multi-user.target",
		}},
		{"an unknown init system", process(7, "xenstored", "xenstored"), "4.17.1", "", []string{
			" ", "xenstored 7", "init_unknown: the init system is not known, so the services that it starts are not known either",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := Read(sysfs.New(graphtest.Plant(t, tt.host)), tt.now, tt.next)
			if diff := cmp.Diff(tt.want, h.lines()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// record is a record of utmp on a little-endian machine.
func record(kind, level byte) string {
	r := make([]byte, 384)
	r[0], r[4], r[5] = kind, level, 'N'
	return string(r)
}

// lines are the facts of a host, without advice.
func (h Host) lines() (lines []string) {
	first := string(h.Init.Kind)
	if h.Init.Running {
		first += " running"
	}
	first += " " + h.Target
	if h.Level != "" {
		first += " in " + h.Level
	}
	lines = append(lines, first)
	if len(h.Services) == 0 {
		for _, p := range h.Programs {
			lines = append(lines, fmt.Sprintf("%s %d", p.Program, p.PID))
		}
	}
	for _, t := range h.Tools {
		lines = append(lines, "tools "+t.Release+" "+t.Path)
	}
	for _, s := range h.Services {
		line := s.Name
		if s.Masked {
			line += " masked"
		}
		line += " " + string(s.State)
		for _, p := range s.Programs {
			line += fmt.Sprintf(" %s %d", p.Program, p.PID)
		}
		if len(s.Starts) > 0 {
			line += ": " + strings.Join(s.Starts, " ")
		}
		lines = append(lines, line)
	}
	for _, p := range h.Problems {
		lines = append(lines, strings.TrimSpace(string(p.Code)+" "+p.Service)+": "+p.Reason)
	}
	return lines
}
