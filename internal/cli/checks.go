package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// needRoot refuses a verb that changes this machine to anybody but root, before
// anything is looked at. In another tree the file modes decide.
func (a *app) needRoot(verb string, dryRun bool) error {
	if a.Root || dryRun || !a.host.ThisMachine() {
		return nil
	}
	changes := "which driver has a device"
	switch room, _, _ := strings.Cut(verb, " "); {
	case slices.Contains([]string{"boot", "daemon", "host", "initramfs"}, room), strings.Contains(verb, " --try"):
		changes = "how this machine boots"
	case strings.Contains(verb, " --boot"):
		changes += ", and how this machine boots"
	}
	shows := verb + " --dry-run"
	switch {
	case strings.HasPrefix(verb, "hook "):
		shows = "apply --dry-run"
	case verb == "host confirm": // it has no dry run
		return &passthrough.Error{Code: passthrough.CodePermission, Reason: verb + " must be run as root: it changes " + changes, Advice: "'xenpci host' shows the trial"}
	case verb == "host console":
		shows = "host console --write --dry-run"
	}
	return &passthrough.Error{Code: passthrough.CodePermission, Reason: fmt.Sprintf("%s must be run as root: it changes %s", verb, changes),
		Advice: fmt.Sprintf("'xenpci %s' shows what it would do", shows)}
}

// recoverFirst completes what an earlier run left, as every verb does; only root
// can. It reports whether devices may have been moved, so that a view from before
// is out of date.
func (a *app) recoverFirst(ctx context.Context) bool {
	if a.needRoot("", false) != nil || !a.host.Unfinished() {
		return false
	}
	ctx, stop := listen(ctx)
	defer stop()
	if err := a.host.Recover(ctx, a.printEvent); err != nil {
		a.warn(err.Error())
	}
	return true
}
