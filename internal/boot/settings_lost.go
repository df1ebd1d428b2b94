package boot

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/pkg/grub"
)

// settingsLost says that a setting of GRUB comes after ours, which does not see it,
// so that the entries with Xen, and those alone, go without it. What only a shell
// could tell is passed over.
func (h *Host) settingsLost() error {
	if h.Loader.Kind != GRUB2 {
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
		return fmt.Errorf("a setting of GRUB comes after ours and does not reach the entries with Xen, which would have %q and not %q; let %s", have, want, h.before())
	}
	return nil
}

// before says where a setting has to be, for ours to see it.
func (h *Host) before() string {
	if h.Loader.DropIn {
		return "it be in a file that sorts before " + brand.GRUBDropIn
	}
	return "it stand above the block of xenpci in " + grubDefaults
}

// withoutKey are the arguments of a line but for one key's, with one blank
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
