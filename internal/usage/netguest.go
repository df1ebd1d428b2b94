package usage

import (
	"path"
	"strconv"
	"strings"
)

// guest is the domain that an interface is dom0's end of: netback's device is
// /sys/devices/vif-3-0, whatever the interface is called. A netfront, by which
// dom0 itself would be a guest's guest, has one number alone.
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

// guests notes what the network cards of running guests are on. The tap of an
// HVM guest's emulated card is where its vif is.
func (n *network) guests() {
	for _, i := range n.all {
		domain, ok := i.guest()
		if !ok {
			continue
		}
		if master, ok := n.master[i.name]; ok {
			n.s.need(Refuse, "the network of guest "+domain+" ("+i.name+") is", master.node)
		}
	}
}
