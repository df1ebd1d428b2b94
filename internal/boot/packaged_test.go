package boot

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	initd "github.com/xenpci/xenpci/init.d"
	"github.com/xenpci/xenpci/initramfs"
	"github.com/xenpci/xenpci/internal/brand"
	images "github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/openrc"
	"github.com/xenpci/xenpci/pkg/initscript"
	"github.com/xenpci/xenpci/systemd"
)

// asInstalled returns files as a package installs them, in another folder.
func asInstalled(t *testing.T, own, folder string, files []initscript.File, err error) map[string]string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		all[folder+strings.TrimPrefix(f.Path, own)] = f.Text
	}
	return all
}

// debPackage is what the Debian package has for systemd, sysvinit and initramfs-tools.
func debPackage(t *testing.T) map[string]string {
	t.Helper()
	units, err := systemd.Files(brand.Program)
	all := asInstalled(t, "/etc/systemd/system/", "/lib/systemd/system/", units, err)
	units, err = systemd.Daemon(brand.Program)
	maps.Copy(all, asInstalled(t, "/etc/systemd/system/", "/lib/systemd/system/", units, err))
	scripts, err := initd.Files(brand.Program)
	maps.Copy(all, asInstalled(t, "", "", scripts, err))
	hooks, err := initramfs.Files(images.InitramfsTools, brand.Program)
	maps.Copy(all, asInstalled(t, "/etc/initramfs-tools/", "/usr/share/initramfs-tools/", hooks, err))
	return all
}

// came returns the names of ours that have come, and where links lead.
func came(before, after map[string]string) []string {
	var names []string
	for name, content := range written(before, after) {
		switch {
		case strings.Contains(name, "99-xenpci") || strings.Contains(name, "zzz-xenpci"): // the triggers
		case strings.HasPrefix(content, "-> "):
			names = append(names, name+" "+content)
		default:
			names = append(names, name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

func TestPackaged(t *testing.T) {
	t.Parallel()
	wants := "/etc/systemd/system/"
	apk := func(t *testing.T) map[string]string {
		scripts, err := openrc.Files(brand.Program)
		return asInstalled(t, "", "", scripts, err)
	}
	rpm := func(t *testing.T) map[string]string {
		units, err := systemd.Files(brand.Program)
		all := asInstalled(t, "/etc/systemd/system/", "/usr/lib/systemd/system/", units, err)
		hooks, err := initramfs.Files(images.Dracut, brand.Program)
		maps.Copy(all, asInstalled(t, "", "", hooks, err))
		return all
	}
	own := func(*testing.T) map[string]string { return map[string]string{} }
	links := func(folder string) []string {
		return []string{
			wants + "multi-user.target.wants/xenpci-verify.service -> " + folder + "xenpci-verify.service",
			wants + "multi-user.target.wants/xenpci.service -> " + folder + "xenpci.service",
			wants + "sysinit.target.wants/xenpci-early.service -> " + folder + "xenpci-early.service",
		}
	}
	for _, test := range []struct {
		name    string
		machine map[string]string
		files   func(t *testing.T) map[string]string // of the package
		change  map[string]string                    // of what the package has
		layers  []Name
		want    []string
	}{
		{"Debian, services", debian12(), debPackage, nil, []Name{Service}, links("/lib/systemd/system/")},
		{"Debian, initramfs", debian12(), debPackage, nil, []Name{Initramfs}, []string{initramfs.Mark}},
		{"rpm", fedora(), rpm, nil, []Name{Service, Initramfs}, append(links("/usr/lib/systemd/system/"), initramfs.Mark)},
		{"Alpine", alpine(), apk, nil, []Name{Service}, []string{
			"/etc/runlevels/default/xenpci -> /etc/init.d/xenpci", "/etc/runlevels/sysinit/xenpci-early -> /etc/init.d/xenpci-early"}},
		{"no package", debian12(), own, nil, []Name{Initramfs}, []string{
			"/etc/initramfs-tools/hooks/xenpci", "/etc/initramfs-tools/scripts/init-top/00xenpci", initramfs.Mark}},
		{"a unit of another version", debian12(), debPackage, map[string]string{"/lib/systemd/system/xenpci.service": "[Unit]\n"}, []Name{Service}, slices.Concat(
			[]string{wants + "xenpci.service"}, links("/lib/systemd/system/")[:1], []string{wants + "multi-user.target.wants/xenpci.service -> " + wants + "xenpci.service"}, links("/lib/systemd/system/")[2:])},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := test.files(t)
			maps.Copy(files, test.change)
			m := newMachine(t, test.machine, files)
			before := m.tree()
			m.mustSet(nil, 2, test.layers...)
			after := m.tree()
			if diff := cmp.Diff(slices.Sorted(slices.Values(test.want)), came(before, after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for name := range files {
				if before[name] != after[name] {
					t.Errorf("%s is not as the package has it", name)
				}
			}
			h := m.look(nil)
			if names, err := Enabled(h, cards(h)); err != nil || !cmp.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(test.layers))) {
				t.Errorf("enabled: %v, %v", names, err)
			}
			for _, l := range layers() {
				if errs := h.checkFiles(l, cards(h)); slices.Contains(test.layers, l.name()) && len(errs) > 0 {
					t.Errorf("%s: %v", l.name(), errs)
				}
			}
			m.mustSet(nil, 2)
			m.isAs(before)
		})
	}
}

// TestPackagedDaemon has the sockets and the service of the package used.
func TestPackagedDaemon(t *testing.T) {
	t.Parallel()
	m := newMachine(t, debian12(), debPackage(t), map[string]string{"/usr/sbin/xenpcid": "#!\n"})
	before := m.tree()
	m.mustSetDaemon(true)
	want := []string{
		"/etc/systemd/system/multi-user.target.wants/xenpcid.service -> /lib/systemd/system/xenpcid.service",
		"/etc/systemd/system/sockets.target.wants/xenpcid-uevent.socket -> /lib/systemd/system/xenpcid-uevent.socket",
		"/etc/systemd/system/sockets.target.wants/xenpcid.socket -> /lib/systemd/system/xenpcid.socket",
	}
	if diff := cmp.Diff(want, came(before, m.tree())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !m.daemonEnabled() {
		t.Error("it is not enabled")
	}
	m.mustSetDaemon(false)
	m.isAs(before)
}

// TestPackageAfterOwn installs the package where the layers have written files of their own, and
// enables them again; then it is removed, and they are enabled once more.
func TestPackageAfterOwn(t *testing.T) {
	t.Parallel()
	units := []Name{Service, Initramfs}
	m := newMachine(t, debian12())
	m.mustSet(nil, 2, units...)
	files := debPackage(t)
	for name, content := range files {
		if !strings.HasPrefix(name, "/etc/init.d/") {
			m.write(name, content)
		}
	}
	m.mustSet(nil, 2, units...)
	for name, content := range m.tree() {
		if strings.HasPrefix(name, "/etc/systemd/system/xenpci") || strings.HasPrefix(name, "/etc/initramfs-tools/hooks/x") {
			t.Errorf("%s is still there", name)
		}
		if strings.Contains(name, ".wants/xenpci") && !strings.HasPrefix(content, "-> /lib/systemd/system/") {
			t.Errorf("%s %s", name, content)
		}
	}
	m.mustSet(nil, 2)
	for name := range m.tree() {
		if strings.HasPrefix(name, "/etc/systemd/") && strings.Contains(name, "xenpci") || name == initramfs.Mark {
			t.Errorf("%s is left", name)
		}
	}
}
