package boot

import (
	"context"
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

// Two files, since kmod's rules differ: of several softdep lines for a module
// the first counts, so that one is to come before the others and before
// modules.softdep; of several values of a parameter the last counts.
const (
	softdepFile = "/etc/modprobe.d/00-xenpci.conf"
	optionsFile = "/etc/modprobe.d/xenpci.conf"

	// oldConfig is read by module-init-tools alone, and before its folders.
	oldConfig = "/etc/modprobe.conf"
)

// modprobeLayer has pciback loaded before the devices' own drivers, with their
// addresses. It fails open: where pciback cannot be loaded, or refuses the list,
// the drivers take the devices. In an initramfs modprobe reads a copy.
type modprobeLayer struct{}

func (modprobeLayer) name() Name { return Modprobe }

func (modprobeLayer) files(h *Host, devices []Device, on bool) ([]Change, error) {
	softdeps, options, err := h.modprobeLines(devices)
	if err != nil {
		return nil, err
	}
	if h.oldModprobe() {
		change, err := edited(h.FS, oldConfig, func(old []byte) ([]byte, error) {
			file := modprobe.Parse(old)
			edit, err := file.RemoveBlock()
			if on {
				edit, err = file.SetBlock(slices.Concat(softdeps, options))
			}
			if err != nil {
				return nil, err
			}
			file, err = file.Apply(edit)
			return file.Bytes(), err
		})
		return []Change{change}, err
	}
	var changes []Change
	for _, own := range []struct {
		path  string
		lines []string
	}{{softdepFile, softdeps}, {optionsFile, options}} {
		content, err := modprobe.Content(own.lines)
		if err != nil {
			return nil, err
		}
		c, err := whole(h.FS, own.path, content, 0, on && len(own.lines) > 0)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// oldModprobe says that this system's modprobe is of module-init-tools, and has
// a file that kmod does not read.
func (h *Host) oldModprobe() bool {
	return modprobe.OldTools(h.FS.Path("/")) && h.FS.Exists(oldConfig)
}

// modprobeLines are a line for each driver, and the one with the devices.
func (h *Host) modprobeLines(devices []Device) (softdeps, options []string, err error) {
	ours := func(w modprobe.Where) bool { return w.File == softdepFile || w.File == oldConfig }
	for _, driver := range modules(devices, loadable) {
		line, err := h.Config.SoftdepBefore(driver, h.Module, ours)
		if err != nil {
			return nil, nil, err
		}
		softdeps = append(softdeps, line)
	}
	line, err := modprobe.OptionsLine(h.Module, "hide", hideValue(devices))
	return softdeps, []string{line}, err
}

func (modprobeLayer) commands(h *Host, devices []Device, _ bool) []Command {
	return h.rebuildFor(devices)
}

// check asks as modprobe will: what would pciback get, and does each driver wait
// for it.
func (l modprobeLayer) check(ctx context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	config := h.modprobeConfig()
	options := config.Options(h.Module)
	if hide := options.Parameter("hide"); hide == nil {
		errs = append(errs, fmt.Errorf("modprobe would load %s without hide=", h.Module))
	} else if hide.Wins.Value != hideValue(devices) {
		errs = append(errs, fmt.Errorf("%s: hide=%s counts there, and not that of %s", hide.Wins.Where, hide.Wins.Value, optionsFile))
	}
	for _, driver := range modules(devices, loadable) {
		errs = append(errs, waits(config, driver, h.Module)...)
	}
	if h.oldModprobe() {
		return append(errs, h.checkImage(ctx, devices)...)
	}
	return append(errs, h.checkImage(ctx, devices, softdepFile, optionsFile)...)
}

// waits says why a driver would be loaded without pciback before it.
func waits(config *modprobe.Config, driver, pciback string) []error {
	same := func(name string) bool { return modprobe.Name(name) == modprobe.Name(pciback) }
	softdep := config.Softdep(driver).Wins
	if softdep != nil && slices.ContainsFunc(softdep.Directive.Pre, same) {
		return nil
	}
	err := fmt.Errorf("modprobe would load %s without %s before it", driver, pciback)
	if softdep != nil {
		err = fmt.Errorf("%s counts there: %w", softdep.Where, err)
	}
	return []error{err}
}
