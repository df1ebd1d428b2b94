package initscript_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/systemd"
	"github.com/xenpci/xenpci/upstart"
)

// placed are the shipped files of one kind as entries of tree.
func placed(t *testing.T) func([]initscript.File, error) []string {
	return func(files []initscript.File, err error) []string {
		t.Helper()
		must(t, err)
		var entries []string
		for _, f := range files {
			entries = append(entries, f.Path+"="+f.Text)
		}
		return entries
	}
}

func TestOrder(t *testing.T) {
	units := placed(t)(systemd.Files(brand.Program))
	wants := []string{
		"/etc/systemd/system/sysinit.target.wants/xenpci-early.service -> ../xenpci-early.service",
		"/etc/systemd/system/multi-user.target.wants/xenpci.service -> ../xenpci.service",
	}
	rc := placed(t)(openrc.Files(brand.Program))
	runlevels := []string{"/etc/runlevels/sysinit/xenpci-early -> x", "/etc/runlevels/default/xenpci -> x"}
	conf := placed(t)(upstart.Files(initscript.InitConf, brand.Program))
	event := placed(t)(upstart.Files(initscript.EventD, brand.Program))
	tests := []struct {
		name string
		init initscript.Init
		has  [][]string
		want []string // OURS PLACE OTHER [late]: WHY
	}{
		{"systemd", initscript.Init{Kind: initscript.Systemd}, [][]string{units, wants, {
			"/lib/systemd/system/xenstored.service=[Unit]\nBefore=libvirtd.service\n", "/lib/systemd/system/xendomains.service=[Unit]\n",
			"/lib/systemd/system/xend.service=[Unit]\nDefaultDependencies=no\n",
		}}, []string{
			"xenpci-early before xenstored: xenpci-early.service comes before sysinit.target, and xenstored.service after it",
			"xenpci-early unordered xend late: neither unit names the other",
			"xenpci-early before xendomains: xenpci-early.service comes before sysinit.target, and xendomains.service after it",
			"xenpci after xenstored: xenpci.service has After=xenstored.service",
			"xenpci before xend: xenpci.service has Before=xend.service",
			"xenpci before xendomains: xenpci.service has Before=xendomains.service",
		}},
		{"systemd with Debian's scripts", initscript.Init{Kind: initscript.Systemd, Scripts: true}, [][]string{units, wants, {"/etc/init.d/xen", "/etc/init.d/xendomains"}}, []string{
			"xenpci-early before xen: xenpci-early.service comes before sysinit.target, and xen.service after it",
			"xenpci-early before xendomains: xenpci-early.service comes before sysinit.target, and xendomains.service after it",
			"xenpci after xen: xenpci.service has After=xen.service",
			"xenpci before xendomains: xenpci.service has Before=xendomains.service",
		}},
		{"systemd, not enabled", initscript.Init{Kind: initscript.Systemd}, [][]string{units, wants[:1], {"/lib/systemd/system/xendomains.service=[Unit]\n"}}, []string{
			"xenpci-early before xendomains: xenpci-early.service comes before sysinit.target, and xendomains.service after it",
			"xenpci absent xendomains late: xenpci.service is not enabled",
		}},
		{"systemd, not installed", initscript.Init{Kind: initscript.Systemd}, [][]string{{"/lib/systemd/system/libvirtd.service=[Unit]\n"}}, []string{
			"xenpci-early absent libvirtd late: xenpci-early.service is not installed",
			"xenpci absent libvirtd late: xenpci.service is not installed",
		}},
		{"runlevels", initscript.Init{Kind: initscript.SysV}, [][]string{folders("/etc", "S235"), {
			"/etc/debian_version", "/etc/rcS.d/S01xenpci-early -> x", "/etc/rc2.d/S19xenpci -> x", "/etc/rc2.d/S20xend -> x", "/etc/rc2.d/S18domains -> x", lsb("domains", "xendomains"),
		}}, []string{
			"xenpci-early before xend: /etc/rcS.d/S01xenpci-early comes before runlevel 2",
			"xenpci-early before xendomains: /etc/rcS.d/S01xenpci-early comes before runlevel 2",
			"xenpci before xend: /etc/rc2.d/S19xenpci comes before /etc/rc2.d/S20xend",
			"xenpci after xendomains late: /etc/rc2.d/S19xenpci comes after /etc/rc2.d/S18domains",
		}},
		{"runlevels, one of them without", initscript.Init{Kind: initscript.SysV}, [][]string{folders("/etc/rc.d", "35"), {
			"/etc/rc.d/rc3.d/S71xenpci -> x", "/etc/rc.d/rc3.d/S99xendomains -> x", "/etc/rc.d/rc5.d/S99xendomains -> x",
		}}, []string{
			"xenpci-early absent xendomains late: xenpci-early is not started in runlevel 3",
			"xenpci absent xendomains late: xenpci is not started in runlevel 5",
		}},
		{"startpar goes by dependencies", initscript.Init{Kind: initscript.SysV}, [][]string{folders("/etc", "S3"), {
			"/etc/rc3.d/S01xenpci -> x", "/etc/rc3.d/S02xendomains -> x", "/etc/rc3.d/S02libvirtd -> x", "/etc/rc3.d/S01xen -> x", "/etc/rc3.d/S01xenpci-early -> x",
			"/etc/init.d/.depend.start=TARGETS = a b\nINTERACTIVE =\nxendomains: middle\nmiddle: xenpci\nxenpci: xen\nxen: xen\n",
		}}, []string{
			"xenpci-early unordered xen late: /etc/init.d/.depend.start does not order xenpci-early and xen",
			"xenpci-early unordered xendomains late: /etc/init.d/.depend.start does not order xenpci-early and xendomains",
			"xenpci-early unordered libvirtd late: /etc/init.d/.depend.start does not order xenpci-early and libvirtd",
			"xenpci after xen: by /etc/init.d/.depend.start xenpci waits for xen",
			"xenpci before xendomains: by /etc/init.d/.depend.start xendomains waits for xenpci",
			"xenpci unordered libvirtd late: /etc/init.d/.depend.start does not order xenpci and libvirtd",
		}},
		{"OpenRC", initscript.Init{Kind: initscript.OpenRC}, [][]string{rc, runlevels, {
			"/etc/runlevels/default/xenstored -> x", "/etc/runlevels/default/xendomains -> x", "/etc/runlevels/default/libvirtd -> x", "/etc/runlevels/sysinit/xencommons -> x",
			"/etc/init.d/xenstored=", "/etc/init.d/xendomains=", "/etc/init.d/libvirtd=", "/etc/init.d/xencommons=depend() {\n\tbefore xenpci-early\n}\n", "/etc/init.d/xend=",
		}}, []string{
			"xenpci-early after xencommons late: xencommons says before xenpci-early",
			"xenpci-early before xenstored: xenpci-early is in the runlevel sysinit, and xenstored in default",
			"xenpci-early before xendomains: xenpci-early is in the runlevel sysinit, and xendomains in default",
			"xenpci-early before libvirtd: xenpci-early is in the runlevel sysinit, and libvirtd in default",
			"xenpci after xencommons: xenpci is in the runlevel default, and xencommons in sysinit",
			"xenpci after xenstored: xenpci says that it follows xenstored",
			"xenpci before xendomains: xenpci says before xendomains",
			"xenpci before libvirtd: xenpci says before libvirtd",
		}},
		{"OpenRC, others name it, or nobody does", initscript.Init{Kind: initscript.OpenRC}, [][]string{{
			"/etc/init.d/xenpci=depend() {\n:\n}\n", "/etc/runlevels/default/xenpci -> x", "/etc/runlevels/default/xend -> x", "/etc/runlevels/default/xen -> x",
			"/etc/init.d/xend=depend() {\n\tneed xenpci\n}\n", "/etc/init.d/xen=",
		}}, []string{
			"xenpci-early absent xen late: xenpci-early is in no runlevel",
			"xenpci-early absent xend late: xenpci-early is in no runlevel",
			"xenpci unordered xen: neither script names the other",
			"xenpci before xend: xend says that it follows xenpci",
		}},
		{"upstart", initscript.Init{Kind: initscript.Upstart}, [][]string{conf, folders("/etc", "23"), {"/etc/rc2.d/S20xendomains -> x", "/etc/init/libvirt-bin.conf", "/etc/init/xen.conf"}}, []string{
			"xenpci-early unordered xen late: none of the events that start xenpci-early is of xen",
			"xenpci-early before xendomains: xenpci-early starts on starting udevtrigger",
			"xenpci-early unordered libvirt-bin late: none of the events that start xenpci-early is of libvirt-bin",
			"xenpci unordered xen: none of the events that start xenpci is of xen",
			"xenpci before xendomains: xenpci starts on starting rc RUNLEVEL=[2345]",
			"xenpci before libvirt-bin: xenpci starts on starting libvirt-bin",
		}},
		{"upstart of old", initscript.Init{Kind: initscript.Upstart, Events: true}, [][]string{event, folders("/etc", "23"), {"/etc/rc2.d/S20xend -> x", "/etc/event.d/xenpci-early=start\n"}}, []string{
			`xenpci-early absent xend late: /etc/event.d/xenpci-early: line 1: start is not followed by "on"`,
			"xenpci before xend: xenpci starts on starting rc2",
		}},
		{"nobody knows", initscript.Init{}, [][]string{units, {"/etc/init.d/xend"}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var has []string
			for _, h := range test.has {
				has = append(has, h...)
			}
			var got []string
			for _, o := range initscript.Order(tree(t, has...), test.init, "xenpci-early", "xenpci") {
				late := ""
				if o.Late {
					late = " late"
				}
				got = append(got, fmt.Sprintf("%s %s %s%s: %s", o.Ours, o.Place, o.Other, late, strings.TrimSpace(o.Why)))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Order (-want +got):\n%s", diff)
			}
		})
	}
}
