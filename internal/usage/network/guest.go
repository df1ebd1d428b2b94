package network

import (
	"path"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
)

// guest returns the domain that an interface is dom0's end of: netback's device
// is /sys/devices/vif-3-0, whatever the interface is called. A netfront, by which
// dom0 itself would be a guest's guest, has only one number.
func (i *netif) guest() (domain string, ok bool) {
	name, ok := strings.CutPrefix(path.Base(i.device), "vif-")
	if !ok {
		return "", false
	}
	domain, card, ok := strings.Cut(name, "-")
	if !ok || !isNumber(domain) || !isNumber(card) {
		return "", false
	}
	return domain, true
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 32)
	return err == nil
}

// guests adds what the network interfaces of running guests depend on. The tap of
// an HVM guest's emulated card is where its vif is.
func (n *interfaces) guests() {
	for _, i := range n.all {
		domain, ok := i.guest()
		if !ok {
			continue
		}
		if master, ok := n.master[i.name]; ok {
			n.Need(graph.Need{
				Code: graph.GuestNetwork, Severity: graph.Refuse,
				Subject: "the network of guest " + domain + " (" + i.name + ")",
				Advice:  "shut down guest " + domain + " first",
				On:      master.node,
			})
		}
	}
}
