package boot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
)

// xenCmdline is the program of XenServer and XCP-ng that reads and writes arguments in the boot
// loader's file. xapi takes the list of hidden devices from it.
const xenCmdline = "/opt/xensource/libexec/xen-cmdline"

// checkXenServer asks XenServer's own program for the list, after the entries were read back.
// It may read another file, or fail at one that it does not understand, and then neither xapi
// nor the next update would. It is not asked where the default entry is for recovery, or not
// known, since it may speak of that one.
func (h *Host) checkXenServer(ctx context.Context, entries []Entry, devices []Device) []error {
	normal := slices.ContainsFunc(entries, func(e Entry) bool { return e.Default && !e.Recovery })
	if h.Ask == nil || !normal || !h.Loader.inPlace() || !h.FS.Exists(xenCmdline) {
		return nil
	}
	output, err := h.Ask(ctx, shortCommand, xenCmdline, "--get-dom0", hideKey(h))
	if err != nil {
		return []error{fmt.Errorf("%s cannot be read by XenServer's own program: %w", h.Loader.Config, err)}
	}
	list, _ := grub.ParseCommandLine(strings.TrimSpace(output)).Value(hideKey(h))
	if want := hideValue(devices); list != want {
		return []error{&fault{
			fmt.Sprintf("%s: %s reads %q as the list of hidden devices, and not %s", h.Loader.Config, xenCmdline, list, want),
			"it may read another file: look which grub.cfg this machine boots with",
		}}
	}
	return nil
}

// checkXenServerWords asks that program for the words that an edit adds.
func (h *Host) checkXenServerWords(ctx context.Context, e WordEdit, p WordPlan) error {
	if h.Ask == nil || !h.Loader.inPlace() || !h.FS.Exists(xenCmdline) {
		return nil
	}
	get := "--get-dom0"
	if e.Xen {
		get = "--get-xen"
	}
	for _, word := range minus(p.Want, p.Now) {
		key, _, _ := strings.Cut(word, "=")
		output, err := h.Ask(ctx, shortCommand, xenCmdline, get, key)
		if err != nil {
			return fmt.Errorf("%s cannot be read by XenServer's own program: %w", h.Loader.Config, err)
		}
		if !slices.Contains(strings.Fields(output), word) {
			return &fault{
				fmt.Sprintf("%s: %s reads %q, and not %s", h.Loader.Config, xenCmdline, strings.TrimSpace(output), word),
				"it may read another file: look which grub.cfg this machine boots with",
			}
		}
	}
	return nil
}
