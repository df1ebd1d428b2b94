package boot

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/block"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// mkinitcpio reads its settings from mkinitcpioConf, and since v36 from the folder beside it
// too, in the order of the names; but not if a preset names a file with settings.
const (
	mkinitcpioConf    = "/etc/mkinitcpio.conf"
	mkinitcpioDropIn  = "/etc/mkinitcpio.conf.d/zz-xenpci.conf"
	mkinitcpioPresets = "/etc/mkinitcpio.d"
	mkinitcpioUnit    = "usr/lib/systemd/system/sysinit.target.wants/xenpci-initramfs.service"
)

// mkinitcpioHooks are lines for bash that add the hook xenpci: before udev, which starts
// udevd, and otherwise at the end, so that it comes after systemd. HOOKS may be an
// array or, in old files, a text.
var mkinitcpioHooks = []string{
	`case " ${HOOKS[*]} " in`,
	`*" xenpci "*) ;;`,
	`*" udev "*) HOOKS=" ${HOOKS[*]} "; HOOKS=(${HOOKS/ udev / xenpci udev }) ;;`,
	`*) HOOKS=(${HOOKS[*]} xenpci) ;;`,
	`esac`,
}

// mkinitcpioChanges returns the changes of mkinitcpio's settings, which add the hook. on
// is whether this machine's images get it.
func mkinitcpioChanges(h *Host, on bool) ([]change.Change, error) {
	text := mark + "# xenpci hides the declared devices before udevd is started.\n" + strings.Join(mkinitcpioHooks, "\n") + "\n"
	dropIn, err := whole(h.FS, mkinitcpioDropIn, []byte(text), 0, on && mkinitcpioReadsDropIn(h.FS))
	if err != nil {
		return nil, err
	}
	changes := []change.Change{dropIn}
	used := presetSettings(h.FS)
	if !mkinitcpioReadsDropIn(h.FS) {
		used = append(used, mkinitcpioConf)
	}
	names := append(slices.Clone(used), mkinitcpioConf)
	more, _ := h.FS.List("/etc") // without it there is none
	for _, name := range more {
		if strings.HasPrefix(name, "mkinitcpio") && path.Ext(name) == ".conf" {
			names = append(names, "/etc/"+name) // a preset may have named it earlier
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		c, err := editedBlock(h, name, mkinitcpioHooks, on && slices.Contains(used, name), func([]byte, block.Block) error { return nil })
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// mkinitcpioReadsDropIn reports whether this mkinitcpio reads the folder of settings.
func mkinitcpioReadsDropIn(f sysfs.FS) bool {
	for _, name := range []string{"/usr/bin/mkinitcpio", "/usr/sbin/mkinitcpio"} {
		if script, exists, _ := etc.Read(f, name); exists {
			return bytes.Contains(script, []byte("_d_config"))
		}
	}
	return false
}

// presets calls visit for each assignment in the presets, which are files for bash: its
// name without the preset's, "config" of "ALL_config", and its value.
func presets(f sysfs.FS, visit func(name, value string)) {
	names, _ := f.List(mkinitcpioPresets) // without it there is none
	slices.Sort(names)
	for _, name := range names {
		if path.Ext(name) != ".preset" {
			continue
		}
		content, _, err := etc.Read(f, path.Join(mkinitcpioPresets, name))
		if err != nil {
			continue // mkinitcpio reports it
		}
		for line := range strings.Lines(string(content)) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
			if at := strings.LastIndexByte(name, '_'); ok && at > 0 && name[0] != '#' {
				visit(name[at+1:], unquoted(value))
			}
		}
	}
}

// unquoted returns a simple word of bash without its quotes and what follows it.
func unquoted(word string) string {
	if word != "" && (word[0] == '"' || word[0] == '\'') {
		word, _, _ = strings.Cut(word[1:], word[:1])
		return word
	}
	word, _, _ = strings.Cut(word, " ")
	return word
}

// presetSettings returns the files with settings that presets name. mkinitcpio reads no
// other settings for them.
func presetSettings(f sysfs.FS) (names []string) {
	presets(f, func(name, value string) {
		if name == "config" && path.IsAbs(value) && !slices.Contains(names, value) {
			names = append(names, path.Clean(value))
		}
	})
	return names
}

// presetMakes reports whether a preset makes an image: then "mkinitcpio -P" makes it as the
// next update of its kernel will.
func presetMakes(f sysfs.FS, image string) (makes bool) {
	presets(f, func(name, value string) { makes = makes || name == "image" && value == image })
	return makes
}

// checkMkinitcpio looks for the hook, before udev's, or for the unit in an image with systemd.
func checkMkinitcpio(image Image) []error {
	missing := func(what string) []error {
		return []error{&fault{image.File + " does not contain " + what, mkinitcpioAdvice}}
	}
	if image.Content.Systemd() {
		if _, ok := image.Content.Entry(mkinitcpioUnit); !ok {
			return missing("the unit xenpci-initramfs.service")
		}
		return nil
	}
	hooks := image.Content.EarlyHooks()
	ours, udev := slices.Index(hooks, "xenpci"), slices.Index(hooks, "udev")
	switch _, ok := image.Content.Entry("hooks/xenpci"); {
	case ours < 0 || !ok:
		return missing("the hook xenpci")
	case udev >= 0 && udev < ours:
		return []error{&fault{image.File + " runs the hook xenpci after udev's", mkinitcpioAdvice}}
	}
	return nil
}

const mkinitcpioAdvice = "put xenpci before udev, or after systemd, in the last line HOOKS= that mkinitcpio reads"
