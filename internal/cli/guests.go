package cli

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// noGuest reports whether no kind of guest can have a device.
func noGuest(all []passthrough.GuestKind) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(k passthrough.GuestKind) bool { return k.Can })
}

// guestKinds returns the kinds of guest that can have a device, and why the
// others cannot: "PV, HVM; not PVH: ...". It is empty where nothing is known.
func guestKinds(all []passthrough.GuestKind) string {
	var can, cannot []string
	reasons := make(map[string][]string)
	for _, k := range all {
		switch {
		case k.Can && k.Condition != "":
			can = append(can, k.Kind+" ("+k.Condition+")")
		case k.Can:
			can = append(can, k.Kind)
		default:
			if reasons[k.Reason] == nil {
				cannot = append(cannot, k.Reason)
			}
			reasons[k.Reason] = append(reasons[k.Reason], k.Kind)
		}
	}
	if len(can) == 0 && len(cannot) == 1 {
		return "none: " + cannot[0]
	}
	text := strings.Join(can, ", ")
	for _, reason := range cannot {
		text += "; not " + strings.Join(reasons[reason], ", ") + ": " + reason
	}
	return text
}
