package boot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var errProgram = errors.New("update-something: exit status 1")

// programs stand for Debian's: they make of the files on the machine what the real ones
// do, as far as it is read back.
type programs struct {
	m     *machine
	calls []string
	fail  func(call int) bool // from 1

	custom string // what scripts of somebody else write into grub.cfg

	more string // arguments that somebody else's settings give every entry

	withoutArgument bool // update-grub does not do as it is told
	withoutList     bool // nor does update-initramfs
}

func (p *programs) run(args ...string) error {
	p.calls = append(p.calls, strings.Join(args, " "))
	if p.fail != nil && p.fail(len(p.calls)) {
		return errProgram
	}
	switch args[0] {
	case "update-grub":
		p.updateGRUB()
	case "update-initramfs":
		p.updateInitramfs(args[3])
	case "systemctl":
	default:
		return fmt.Errorf("%s: there is no such program on this machine", args[0])
	}
	return nil
}

func (p *programs) updateGRUB() {
	arguments := ""
	if p.m.fs.Exists("/etc/default/grub.d/xenpci.cfg") && !p.withoutArgument {
		_, rest, _ := strings.Cut(p.m.read("/etc/default/grub.d/xenpci.cfg"), "DEFAULT} ")
		arguments, _, _ = strings.Cut(rest, `"`)
	}
	p.m.write("/boot/grub/grub.cfg", grubCfg(strings.TrimLeft(p.more+" "+arguments, " "))+p.custom)
}

func (p *programs) updateInitramfs(release string) {
	image := debianImage()
	take := func(pattern string) {
		names, err := filepath.Glob(p.m.fs.Path(pattern))
		if err != nil {
			p.m.t.Fatal(err)
		}
		for _, name := range names {
			name = strings.TrimPrefix(name, p.m.root)
			image[name[1:]] = p.m.read(name)
		}
	}
	take("/etc/modprobe.d/*.conf")
	take("/etc/udev/rules.d/*.rules")
	for name, content := range image { // initramfs-tools' hook udev has one folder for both
		if rules, ok := strings.CutPrefix(name, "etc/udev/rules.d/"); ok {
			delete(image, name)
			image["lib/udev/rules.d/"+rules] = content
		}
	}
	pciback := strings.Contains(image["etc/modprobe.d/00-xenpci.conf"], "softdep")
	if p.m.fs.Exists("/etc/initramfs-tools/hooks/xenpci") {
		pciback = true
		take("/usr/sbin/xenpci")
		if !p.withoutList {
			take("/etc/xenpci/devices.toml")
			take("/etc/xenpci/devices.d/*.toml")
		}
	}
	if p.m.fs.Exists("/etc/initramfs-tools/scripts/init-top/00xenpci") {
		image["scripts/init-top/ORDER"] = "/scripts/init-top/00xenpci \"$@\"\n" + image["scripts/init-top/ORDER"]
	}
	if pciback {
		image["usr/lib/modules/"+release+"/kernel/drivers/xen/xen-pciback/xen-pciback.ko"] = ""
	}
	p.m.write("/boot/initrd.img-"+release, newc(image))
}

// made returns what the programs made.
func (m *machine) made() map[string]string {
	return map[string]string{"grub.cfg": m.read("/boot/grub/grub.cfg"), "image": m.read("/boot/initrd.img-" + release)}
}

// debianWithPrograms returns Debian with what its programs make.
func debianWithPrograms(t *testing.T) (*machine, *programs) {
	t.Helper()
	m := newMachine(t, debian12())
	p := &programs{m: m}
	m.write("/etc/xenpci/daemon.toml", "") // no part of the list, and in no image
	p.updateGRUB()
	p.updateInitramfs(release)
	return m, p
}

// spoil puts a file where a directory would have to be made, so that a write in the
// middle fails, also for root.
func (m *machine) spoil(folder string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.fs.Path(folder)), 0o755); err != nil {
		m.t.Fatal(err)
	}
	m.write(folder, "no folder\n")
}
