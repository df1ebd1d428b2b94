package boot

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
)

// settingsLost returns an error if a setting of GRUB comes after ours. Ours does not
// see that setting, so that the Xen entries, and only they, do not get it. Settings
// that only a shell could evaluate are not checked.
func (h *Host) settingsLost() error {
	if h.Loader.Kind != GRUB2 || !h.Loader.Generated {
		return nil
	}
	with, err := h.readSettings(true)
	if err != nil {
		return err
	}
	without, err := h.settings()
	if err != nil {
		return err
	}
	have, haveErr := with.Dom0()
	want, wantErr := without.Dom0()
	if haveErr != nil || wantErr != nil || have.String() == "" {
		return nil
	}
	if have, want := withoutKey(have, hideKey(h)), withoutKey(want, hideKey(h)); have != want {
		return &fault{fmt.Sprintf("a later GRUB setting is ignored by the Xen entries (they get %q, expected %q)", have, want), "move it " + h.before()}
	}
	return nil
}

// before says where ours sees a setting.
func (h *Host) before() string {
	if h.Loader.DropIn {
		return "to a file that sorts before " + brand.GRUBDropIn
	}
	return "above the block of xenpci in " + grubDefaults
}

// withoutKey returns the arguments of a line except those of a key, with one blank
// between them.
func withoutKey(line grub.CommandLine, key string) string {
	var words []string
	for _, a := range line.Arguments() {
		if a.Key != key {
			words = append(words, line.String()[a.Start:a.End])
		}
	}
	return strings.Join(words, " ")
}
