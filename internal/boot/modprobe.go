package boot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// There are two files since kmod's rules differ: of several softdep or install lines
// for a module the first takes effect, so that file has to come before all others
// and before modules.softdep; of several values of a parameter the last takes
// effect.
const (
	softdepFile = "/etc/modprobe.d/00-xenpci.conf"
	optionsFile = "/etc/modprobe.d/xenpci.conf"

	// oldConfig is read by module-init-tools only, before its directories.
	oldConfig = "/etc/modprobe.conf"

	// dracutModprobe has dracut add pciback and the files above, which it leaves
	// out of images that are not for this host only.
	dracutModprobe = "/etc/dracut.conf.d/xenpci-modprobe.conf"
)

// modprobeMark is at the top of these files.
const modprobeMark = brand.Mark + `, which replaces it when the list of devices changes.
# 'xenpci boot' shows what it is for, and removes it.
`

// modprobeLayer has modprobe load pciback, with the devices' addresses, before the
// devices' own drivers. If pciback cannot be loaded, or rejects the list, those
// drivers take the devices. In an initramfs modprobe reads a copy of the files.
type modprobeLayer struct{}

func (modprobeLayer) name() Name { return Modprobe }

func (modprobeLayer) files(h *Host, devices []Device, on bool) ([]change.Change, error) {
	var before, options []string
	if on {
		if err := fits(devices); err != nil {
			return nil, err
		}
		var err error
		if before, options, err = h.modprobeLines(devices); err != nil {
			return nil, err
		}
	}
	old := h.oldModprobe()
	block, err := modprobeBlock(h, slices.Concat(before, options), on && old)
	if err != nil {
		return nil, err
	}
	changes := []change.Change{block}
	for _, file := range []struct {
		path  string
		lines []string
	}{{softdepFile, before}, {optionsFile, options}} {
		content := modprobeMark + strings.Join(file.lines, "\n") + "\n"
		c, err := whole(h.FS, file.path, []byte(content), 0, on && !old && len(file.lines) > 0)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	image, err := modprobeImage(h, on && h.Pciback != kmod.BuiltIn && len(modules(devices, inImage)) > 0)
	return append(changes, image...), err
}

// modprobeImage returns the files by which pciback gets into the initramfs, so that
// modprobe can load it there. initramfs-tools needs only the softdep lines.
func modprobeImage(h *Host, on bool) ([]change.Change, error) {
	text := mark + "add_drivers+=\" " + h.Module + " \"\ninstall_items+=\" " + softdepFile + " " + optionsFile + " \"\n"
	dracut, err := whole(h.FS, dracutModprobe, []byte(text), 0, on && h.Image.Tool == initramfs.Dracut)
	if err != nil {
		return nil, err
	}
	feature, err := mkinitfsChanges(h, on && h.Image.Tool == initramfs.Mkinitfs)
	return append(feature, dracut), err
}

// modprobeBlock returns the change of the one file of module-init-tools.
func modprobeBlock(h *Host, lines []string, on bool) (change.Change, error) {
	return editedBlock(h, oldConfig, lines, on, func([]byte, block.Block) error { return nil })
}

// oldModprobe reports whether this system's modprobe is that of module-init-tools,
// with a file that kmod does not read.
func (h *Host) oldModprobe() bool {
	return modprobe.OldTools(h.FS.Root()) && h.FS.Exists(oldConfig)
}

// modprobeLines returns a line for each driver, and the one with the devices.
func (h *Host) modprobeLines(devices []Device) (before, options []string, err error) {
	early := modules(devices, inImage)
	for _, driver := range modules(devices, loadable) {
		var line string
		if h.installLine(driver, slices.Contains(early, driver)) {
			line, err = modprobe.InstallLine(driver, h.Module)
		} else {
			line, err = h.Config.SoftdepBefore(driver, h.Module, h.ownLine)
		}
		if err != nil {
			return nil, nil, err
		}
		before = append(before, line)
	}
	line, err := modprobe.OptionsLine(h.Module, "hide", hideValue(devices))
	return before, []string{line}, err
}

// installLine reports whether a driver gets an install line in place of a softdep
// line. Most versions of module-init-tools know only the former. kmod runs no
// install command for a driver that has a softdep line, and only from a softdep
// line do the tools of an initramfs see that pciback is needed.
func (h *Host) installLine(driver string, inImage bool) bool {
	if h.oldModprobe() {
		return true
	}
	return h.InstallLines && !inImage && len(h.softdepsOfOthers(driver)) == 0
}

// NoInstallLines returns why the layer modprobe does not write install lines where they were
// asked for: for each driver that gets a softdep line, or for all.
func (h *Host) NoInstallLines(devices []Device) (reasons []string) {
	early, drivers := modules(devices, inImage), modules(devices, loadable)
	if len(drivers) == 0 {
		return []string{"no install line is written: no driver of the devices is a module"}
	}
	for _, driver := range drivers {
		inImage := slices.Contains(early, driver)
		switch others := h.softdepsOfOthers(driver); {
		case h.oldModprobe():
		case inImage:
			reasons = append(reasons, h.inImage([]string{driver})+", whose tools see only softdep lines: it gets one in place of an install line")
		case len(others) > 0:
			reasons = append(reasons, fmt.Sprintf("%s has a softdep line at %s, with which modprobe runs no install line: it gets a softdep line too", driver, others[0].Where))
		}
	}
	return reasons
}

// softdepsOfOthers returns the softdep lines of a driver that are not ours.
func (h *Host) softdepsOfOthers(driver string) []modprobe.Found {
	rules := h.Config.Softdep(driver)
	all := rules.Loses
	if rules.Wins != nil {
		all = append(all, *rules.Wins)
	}
	return slices.DeleteFunc(all, func(f modprobe.Found) bool { return h.ownLine(f.Where) })
}

// ownLine reports whether a line of modprobe's files is ours.
func (h *Host) ownLine(w modprobe.Where) bool {
	if w.File == softdepFile || w.File == optionsFile {
		return slices.ContainsFunc(h.Config.Files, func(f *modprobe.File) bool { return f.Path == w.File && brand.Owns(f.Bytes()) })
	}
	for _, f := range h.Config.Files {
		if f.Path != w.File {
			continue
		}
		b, found, err := block.Hiding.Find(f.Bytes()) // lines of a damaged block are somebody else's
		return found && err == nil && b.Has(w.Line)
	}
	return false
}

func (modprobeLayer) commands(h *Host, devices []Device, _ bool) []change.Command {
	return h.rebuildFor(devices)
}

// check reads modprobe's configuration as modprobe will: which devices pciback would
// get, and whether it is loaded before each driver.
func (l modprobeLayer) check(ctx context.Context, h *Host, devices []Device) []error {
	errs := h.checkFiles(l, devices)
	config := h.modprobeConfig()
	options := config.Options(h.Module)
	if hide := options.Parameter("hide"); hide == nil {
		errs = append(errs, fmt.Errorf("modprobe would load %s without hide=", h.Module))
	} else if hide.Wins.Value != hideValue(devices) && !h.ownLine(hide.Wins.Where) { // our files were checked above
		errs = append(errs, fmt.Errorf("%s: hide=%s overrides the value in %s", hide.Wins.Where, hide.Wins.Value, h.optionsPlace()))
	}
	for _, driver := range modules(devices, loadable) {
		if err := waits(config, driver, h.Module); err != nil {
			errs = append(errs, err)
		}
	}
	if h.oldModprobe() {
		return append(errs, h.checkImages(ctx, devices)...)
	}
	return append(errs, h.checkImages(ctx, devices, softdepFile, optionsFile)...)
}

// optionsPlace returns the file that has our hide=.
func (h *Host) optionsPlace() string {
	if h.oldModprobe() {
		return oldConfig
	}
	return optionsFile
}

// waits returns why modprobe would load a driver without loading pciback first.
func waits(config *modprobe.Config, driver, pciback string) error {
	same := func(name string) bool { return modprobe.Name(name) == modprobe.Name(pciback) }
	softdep, install := config.Softdep(driver).Wins, config.Install(driver).Wins
	err := fmt.Errorf("modprobe would load %s without loading %s first", driver, pciback)
	switch {
	case softdep != nil && slices.ContainsFunc(softdep.Directive.Pre, same):
		return nil
	case softdep != nil && config.InstallIgnored(driver):
		return fmt.Errorf("%s: by this line %w", softdep.Where, err)
	case install == nil:
		return err
	case slices.ContainsFunc(modprobe.Loads(install.Directive.Text), same):
		return nil
	}
	return fmt.Errorf("%s: by this line %w", install.Where, err)
}
