package cli

import (
	"strings"

	"github.com/xenpci/xenpci/internal/fit"
)

// guestKind is a kind of guest, and whether it could be given the device.
type guestKind struct {
	Kind      string `json:"kind"` // "PV", "HVM" or "PVH"
	Can       bool   `json:"can"`
	Code      string `json:"code,omitempty"`      // why it cannot, for programs
	Reason    string `json:"reason,omitempty"`    // why it cannot
	Condition string `json:"condition,omitempty"` // what its configuration needs, where it can
}

type guestKinds []guestKind

func newGuestKinds(kinds []fit.Guest) guestKinds {
	var all guestKinds
	for _, k := range kinds {
		all = append(all, guestKind{k.Kind, k.Can, string(k.Code), k.Reason, k.Condition})
	}
	return all
}

// String is the kinds that can, and why the others cannot: "PV, HVM; not PVH:
// ...". It is empty where nothing is known.
func (all guestKinds) String() string {
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
