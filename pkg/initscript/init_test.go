package initscript_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/initscript"
)

// tree makes a root: "PATH" is an empty file, "PATH/" a folder, "PATH -> TARGET"
// a link, and "PATH=TEXT" a file.
func tree(t *testing.T, entries ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, e := range entries {
		name, text, _ := strings.Cut(e, "=")
		link, target, isLink := strings.Cut(e, " -> ")
		if isLink {
			name = link
		}
		path := filepath.Join(root, name)
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(path, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if isLink {
			must(t, os.Symlink(target, path))
		} else {
			must(t, os.WriteFile(path, []byte(text), 0o755))
		}
	}
	return root
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDetect(t *testing.T) {
	const lsb = "/lib/systemd/system-generators/systemd-sysv-generator"
	tests := []struct {
		name string
		has  []string
		want initscript.Init
	}{
		{"systemd runs", []string{"/run/systemd/system/", "/proc/1/comm=systemd\n", "/etc/inittab"}, initscript.Init{
			Kind: initscript.Systemd, Running: true, Evidence: []string{"/run/systemd/system exists"},
		}},
		{"systemd ran in the initramfs alone", []string{"/run/systemd/system/", "/proc/1/comm=agent\n"}, initscript.Init{
			Kind: initscript.Systemd, Evidence: []string{"/run/systemd/system exists"},
		}},
		{"systemd runs with the scripts of sysv-rc", []string{"/run/systemd/system/", "/etc/rc3.d/", lsb}, initscript.Init{
			Kind: initscript.Systemd, Running: true, Scripts: true,
			Evidence: []string{"/run/systemd/system exists", "LSB scripts are started as well: " + lsb + " exists"},
		}},
		{"systemd by its process", []string{"/proc/1/comm=systemd\n"}, initscript.Init{
			Kind: initscript.Systemd, Running: true, Evidence: []string{"/proc/1/comm says systemd"},
		}},
		{"sysvinit runs, systemd is installed", []string{"/proc/1/comm=init\n", "/etc/inittab", "/lib/systemd/systemd"}, initscript.Init{
			Kind: initscript.SysV, Running: true, Scripts: true,
			Evidence: []string{"/proc/1/comm says init", "/etc/inittab exists, and no other init system"},
		}},
		{"an init that nobody knows runs, systemd is installed", []string{"/proc/1/comm=init\n", "/lib/systemd/systemd"}, initscript.Init{
			Kind: initscript.Systemd, Evidence: []string{"/proc/1/comm says init", "/lib/systemd/systemd is installed"},
		}},
		{"OpenRC runs", []string{"/run/openrc/softlevel=default\n", "/proc/1/comm=init\n"}, initscript.Init{
			Kind: initscript.OpenRC, Running: true, Evidence: []string{"/run/openrc/softlevel exists"},
		}},
		{"OpenRC as init", []string{"/proc/1/comm=openrc-init\n"}, initscript.Init{
			Kind: initscript.OpenRC, Running: true, Evidence: []string{"/proc/1/comm says openrc-init"},
		}},
		{"OpenRC on Debian", []string{"/sbin/openrc", "/etc/inittab", "/etc/rc3.d/", "/lib/rc/bin/lsb2rcconf", "/sbin/init"}, initscript.Init{
			Kind: initscript.OpenRC, Scripts: true,
			Evidence: []string{"/sbin/openrc is installed", "LSB scripts are started as well: /lib/rc/bin/lsb2rcconf exists"},
		}},
		{"upstart of Ubuntu runs", []string{"/proc/1/comm=init\n", "/etc/init/rc-sysinit.conf", "/etc/init.d/rc", "/etc/rc3.d/"}, initscript.Init{
			Kind: initscript.Upstart, Running: true, Scripts: true,
			Evidence: []string{"/proc/1/comm says init", "/etc/init/rc-sysinit.conf exists", "LSB scripts are started as well: /etc/init.d/rc exists"},
		}},
		{"upstart of old", []string{"/etc/event.d/rcS"}, initscript.Init{
			Kind: initscript.Upstart, Events: true, Evidence: []string{"/etc/event.d/rcS exists"},
		}},
		{"a disk with systemd", []string{"/sbin/init -> /lib/systemd/systemd"}, initscript.Init{
			Kind: initscript.Systemd, Evidence: []string{"/sbin/init is a link to /lib/systemd/systemd"},
		}},
		{"a disk with openrc-init", []string{"/sbin/init -> openrc-init"}, initscript.Init{
			Kind: initscript.OpenRC, Evidence: []string{"/sbin/init is a link to openrc-init"},
		}},
		{"a disk with busybox and OpenRC", []string{"/sbin/init -> /bin/busybox", "/sbin/openrc", "/etc/inittab"}, initscript.Init{
			Kind: initscript.OpenRC, Evidence: []string{"/sbin/openrc is installed"},
		}},
		{"a disk with sysvinit", []string{"/sbin/init", "/etc/inittab"}, initscript.Init{
			Kind: initscript.SysV, Scripts: true, Evidence: []string{"/etc/inittab exists, and no other init system"},
		}},
		{"a disk with systemd's package", []string{"/usr/lib/systemd/systemd"}, initscript.Init{
			Kind: initscript.Systemd, Evidence: []string{"/usr/lib/systemd/systemd is installed"},
		}},
		{"a container", []string{"/proc/1/comm=sh\n"}, initscript.Init{}},
		{"nothing", nil, initscript.Init{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, initscript.Detect(tree(t, test.has...))); diff != "" {
				t.Errorf("Detect (-want +got):\n%s", diff)
			}
		})
	}
}
