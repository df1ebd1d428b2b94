package boot

import (
	"bytes"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/initramfs"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	images "github.com/xenpci/xenpci/internal/initramfs"
)

// mkinitfsConf has a line with the features of Alpine's images; pcibackFeature is
// the one that adds pciback.
const (
	mkinitfsConf    = "/etc/mkinitfs/mkinitfs.conf"
	mkinitfsSetting = "features="
	pcibackFeature  = "pciback"
)

// mkinitfsChanges add pciback to Alpine's image. xenpci cannot run there: modprobe
// loads pciback, by the lines in modprobe.d.
func mkinitfsChanges(h *Host, on bool) ([]change.Change, error) {
	files, err := initramfs.Files(images.Mkinitfs, brand.Program)
	if err != nil {
		return nil, err
	}
	changes, err := wholes(h.FS, files, on)
	if err != nil {
		return nil, err
	}
	before, touched, err := change.Backup(h.FS, brand.Hiding, mkinitfsConf)
	if err != nil {
		return nil, err
	}
	theirs := touched && hasFeature(before)
	conf, err := edited(h.FS, mkinitfsConf, on, func(old []byte) ([]byte, error) {
		switch {
		case on:
			return addFeature(old)
		case touched && !theirs:
			return removeFeature(old), nil
		}
		return old, nil
	})
	return append(changes, conf), err
}

// features returns what is between the quotes of features="..." in the last such
// line, which is the one that takes effect in a shell.
func features(content []byte) (start, end int, ok bool) {
	at := 0
	for line := range bytes.Lines(content) {
		rest, found := bytes.CutPrefix(line, []byte(mkinitfsSetting+`"`))
		if length := bytes.IndexByte(rest, '"'); found && length >= 0 {
			start, ok = at+len(mkinitfsSetting)+1, true
			end = start + length
		}
		at += len(line)
	}
	return start, end, ok
}

func hasFeature(content []byte) bool {
	start, end, ok := features(content)
	return ok && slices.Contains(strings.Fields(string(content[start:end])), pcibackFeature)
}

func addFeature(content []byte) ([]byte, error) {
	_, end, ok := features(content)
	switch {
	case !ok:
		return nil, &fault{mkinitfsConf + ` has no line features="..."`, "add the feature " + pcibackFeature + " by hand"}
	case hasFeature(content):
		return content, nil
	}
	return slices.Concat(content[:end], []byte(" "+pcibackFeature), content[end:]), nil
}

// removeFeature removes the word, and the blank before it.
func removeFeature(content []byte) []byte {
	start, end, ok := features(content)
	if !ok {
		return content
	}
	words := string(content[start:end])
	for _, after := range []string{" ", ""} { // in the middle, or at the end
		word := " " + pcibackFeature + after
		at := strings.LastIndex(words, word)
		if at >= 0 && (after != "" || at+len(word) == len(words)) {
			words = words[:at] + after + words[at+len(word):]
			break
		}
	}
	return slices.Concat(content[:start], []byte(words), content[end:])
}
