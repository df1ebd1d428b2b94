package passthrough

import (
	"strings"

	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/kernelname"
	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/pkg/pci"
)

// byMAC returns the devices whose network interface has a MAC address as its own, or else
// those whose interface uses it now: in a bond all use that of one.
func (v *View) byMAC(mac string) []meaning {
	var own, used []meaning
	for _, part := range kernelname.Interfaces(v.fs) {
		m := meaning{by: NameMAC, via: []string{prose.Printable(part.Name)}, devices: []pci.Address{part.Device}}
		if config.InterfaceMAC(v.fs, part.Dir) == mac {
			own = append(own, m)
		}
		if now, err := v.fs.Attribute(part.Dir + "/address"); err == nil && strings.EqualFold(now, mac) {
			used = append(used, m)
		}
	}
	if own != nil {
		return own
	}
	return used
}
