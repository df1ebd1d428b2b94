package daemon

import (
	"fmt"
	"strings"

	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// summary returns how many devices are in each state: "2 hidden, 1 absent".
func summary(devices []reconcile.Device) string {
	count := map[reconcile.State]int{}
	for _, d := range devices {
		count[d.State]++
	}
	var parts []string
	for _, s := range passthrough.DeclaredStates() {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], words(s)))
		}
	}
	if len(parts) == 0 {
		return "no device is declared"
	}
	return strings.Join(parts, ", ")
}
