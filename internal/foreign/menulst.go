package foreign

import (
	"slices"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/pci"
)

// menus are the names that GRUB legacy's menu has on various systems. One is
// often a link to another.
var menus = [...]string{"/boot/grub/menu.lst", "/boot/grub/grub.conf", "/etc/grub.conf"}

// readMenus reads the stanzas that boot Xen, and the comment from which Debian's
// old update-grub generates them. Of a menu that xenpci has edited it reads the
// version from before the edit.
func (r *reader) readMenus() {
	var seen []string
	for _, name := range menus {
		content, exists := r.read(name)
		if !exists || slices.Contains(seen, string(content)) {
			continue
		}
		seen = append(seen, string(content))
		before, touched, err := change.Backup(r.FS, brand.Hiding, name)
		touched = touched && err == nil
		if touched {
			content = before
		}
		for _, s := range r.menuSettings(name, content) {
			if len(r.generated) > 0 {
				s.Problems = append(s.Problems, "it has no effect: this machine boots with "+r.generated[0].where.File)
				s.Dead = true
			}
			if touched && s.argument {
				s.Problems = append(s.Problems, replaced)
				s.Dead = true
			}
			r.add(s)
		}
	}
}

func (r *reader) menuSettings(name string, content []byte) (found []Setting) {
	menu := grub.ParseMenuList(content)
	for _, stanza := range menu.Stanzas {
		xen, ok := stanza.Xen()
		if !ok {
			continue
		}
		for _, s := range r.arguments(Where{name, xen.Hypervisor.Line}, xen.Hypervisor.Arguments) {
			s.Problems = append(s.Problems, "it is on Xen's line, and Xen ignores it; dom0's kernel does not get it")
			s.Dead = true
			found = append(found, s)
		}
		if len(r.generated) == 0 && !stanza.Recovery() {
			r.kernelFiles, r.lines = append(r.kernelFiles, xen.Dom0.File), append(r.lines, xen.Dom0.Arguments)
		}
		found = append(found, r.arguments(Where{name, xen.Dom0.Line}, xen.Dom0.Arguments)...)
	}
	if value, line, ok := menu.Option(grub.OptionXenKernel); ok && menu.Automagic() {
		found = append(found, r.arguments(Where{name, line}, grub.ParseCommandLine(value))...)
	}
	return found
}

// readOwn records the devices in xenpci's own kernel arguments, in every file
// that may have one.
func (r *reader) readOwn() {
	if content, exists := r.read(brand.GRUBDropIn); exists {
		r.own = append(r.own, r.ownList(grub.ParseDefaults(brand.GRUBDropIn, content))...)
	}
	if content, exists := r.read(defaultsFile); exists {
		if b, found, err := block.Hiding.Find(content); found && err == nil {
			r.own = append(r.own, r.ownList(grub.ParseDefaults(defaultsFile, []byte(b.Text)))...)
		}
	}
	r.ownExtlinux()
	for _, name := range menus {
		before, touched, err := change.Backup(r.FS, brand.Hiding, name)
		if err != nil || !touched {
			continue
		}
		content, _ := r.read(name)
		r.recordOwn(r.menuSettings(name, before), r.menuSettings(name, content))
	}
}

// ownList returns the devices in xenpci's own GRUB settings.
func (r *reader) ownList(file *grub.Defaults) (devices []pci.Address) {
	value, err := grub.Read(file).Get(grub.XenReplaceDefault)
	if err != nil {
		return nil
	}
	line, _, err := value.KernelArguments()
	if err != nil {
		return nil
	}
	for _, s := range r.arguments(Where{}, line) {
		devices = append(devices, s.Devices...)
	}
	return devices
}
