package fakekernel

import (
	"io/fs"
	"strings"
	"syscall"
)

const xenBackendDriver = "/sys/bus/xen-backend/drivers/xen-pciback"

// parameters are the parameters of xen-pciback.
type parameters struct {
	hide        string
	hidden      []slotRange
	passthrough bool
	permissive  bool
}

// parseParameters parses the parameters from modprobe. It ignores unknown ones, as the
// kernel does apart from a line in its log.
func parseParameters(params []string) (parameters, error) {
	p, hide := parameters{hide: "(null)"}, false
	for _, param := range params {
		name, value, given := strings.Cut(param, "=")
		var err error
		switch underscored(name) {
		case "hide":
			if !given {
				return p, syscall.EINVAL
			}
			p.hide, hide = strings.Trim(value, `"`), true
		case "passthrough":
			p.passthrough, err = parseBool(value, given)
		case "permissive":
			p.permissive, err = parseBool(value, given)
		}
		if err != nil {
			return p, err
		}
	}
	if !hide {
		return p, nil
	}
	var err error
	p.hidden, err = parseHide(p.hide)
	return p, err
}

// parseBool is kstrtobool; a name alone means yes.
func parseBool(value string, given bool) (bool, error) {
	switch {
	case !given:
		return true, nil
	case value == "":
		return false, syscall.EINVAL
	}
	switch value[0] {
	case 'y', 'Y', 't', 'T', '1':
		return true, nil
	case 'n', 'N', 'f', 'F', '0':
		return false, nil
	}
	switch strings.ToLower(value[:min(2, len(value))]) {
	case "on":
		return true, nil
	case "of":
		return false, nil
	}
	return false, syscall.EINVAL
}

// insertPciback is pcistub_init: it fails without Xen, and for any malformed group in hide=.
func (k *kernel) insertPciback(params []string) error {
	if k.attribute("/sys/hypervisor/type") != "xen" {
		return syscall.ENODEV
	}
	p, err := parseParameters(params)
	if err != nil {
		return err
	}
	k.insert(pcibackModule)
	k.pcibackFiles(p)
	k.hide(p.hidden)
	k.register(pciback, pcibackModule)
	return nil
}

func (k *kernel) hide(ranges []slotRange) {
	k.setSlots(nil)
	for _, r := range ranges {
		_ = k.addSlots(r) // parseHide has checked them
	}
}

// pcibackFiles creates the files of the module and its two drivers.
func (k *kernel) pcibackFiles(p parameters) {
	module := "/sys/module/" + pcibackModule
	k.create(module+"/parameters/hide", 0o444, p.hide+"\n")
	k.create(module+"/parameters/passthrough", 0o444, yesNo(p.passthrough))
	k.create(module+"/parameters/permissive", 0o644, yesNo(p.permissive))
	for attr, mode := range map[string]fs.FileMode{
		"allow_interrupt_control": 0o644, "irq_handler_state": 0o200, "irq_handlers": 0o444, "new_slot": 0o200,
		"permissive": 0o644, "quirks": 0o644, "remove_slot": 0o200, "slots": 0o444,
	} {
		k.create(drivers+"/"+pciback+"/"+attr, mode, "")
	}
	for _, attr := range []string{"bind", "unbind", "uevent"} {
		k.create(xenBackendDriver+"/"+attr, 0o200, "")
	}
	k.link(xenBackendDriver+"/module", module)
	k.link(module+"/drivers/xen-backend:xen-pciback", xenBackendDriver)
}

func yesNo(yes bool) string {
	if yes {
		return "Y\n"
	}
	return "N\n"
}
