package boot

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/prose"
)

// addByHand says which argument a person has to add, and in which lines or settings.
func (h *Host) addByHand(devices []Device) string {
	advice := "add " + hideKey(h) + "=" + hideValue(devices) + " to the arguments of dom0's kernel by hand"
	var places []string
	lines := true
	switch {
	case h.Loader.Kind == Syslinux && h.Loader.Generated:
		if h.FS.Exists(extlinuxSettings) { // from which the entries may be made again one day
			places = append(places, extlinuxOptions+" of "+extlinuxSettings)
		}
	case h.Loader.Generated:
		return advice // in the file that is made they would be lost
	case h.Loader.Kind == GRUB2:
		if content, _, err := etc.Read(h.FS, h.Loader.Config); err == nil && madeBy(content) != "" {
			lines, places = false, []string{"the settings of the program that makes " + h.Loader.Config + " (on NixOS: boot.kernelParams)"}
		}
	}
	entries, err := h.Loader.Entries(h.FS)
	for _, e := range entries {
		if lines && err == nil && !e.Recovery {
			places = append(places, e.where())
		}
	}
	if len(places) > 0 {
		advice += ", in " + prose.List(places)
	}
	if h.FS.Exists(xenCmdline) {
		advice += ", or run " + xenCmdline + " --set-dom0 '" + hideKey(h) + "=" + hideValue(devices) + "'"
	}
	return advice
}

// HiddenByHand reports whether the next boot hides the devices without any layer: pciback is
// built in, and every normal entry that boots Xen has the argument for it.
func (h *Host) HiddenByHand(devices []Device) bool {
	for _, d := range devices {
		if _, made := (kernelArgument{}).names(h, d); h.Pciback != kmod.BuiltIn || made != Yes {
			return false
		}
	}
	return len(devices) > 0
}

// editsConfig returns why xenpci cannot edit a grub.cfg that grub-mkconfig did not make.
func (h *Host) editsConfig(devices []Device) error {
	content, _, err := etc.Read(h.FS, h.Loader.Config)
	if err != nil {
		return err
	}
	if comment := madeBy(content); comment != "" {
		return fmt.Errorf("%s was made by a program that xenpci does not know (%q), and an edit would be lost when it runs", h.Loader.Config, comment)
	}
	if _, err := grubConfigChanges(h, hideValue(devices), true); err != nil {
		return err
	}
	entries, err := h.Loader.Entries(h.FS)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Recovery && e.File == h.Loader.Config {
			return nil
		}
	}
	return fmt.Errorf("%s has no entry that boots Xen and is not for recovery", h.Loader.Config)
}

// madeBy returns the comment at the top of a file that says that a program makes it, as
// NixOS writes it; "" for any other file.
func madeBy(content []byte) string {
	for line := range bytes.Lines(content) {
		comment, found := strings.CutPrefix(strings.TrimSpace(string(line)), "#")
		text := strings.ToLower(comment)
		switch {
		case !found && text != "":
			return ""
		case strings.Contains(text, "automatically generated"), strings.Contains(text, "do not edit"):
			return strings.TrimSpace(comment)
		}
	}
	return ""
}
