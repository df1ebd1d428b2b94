package usage

import (
	"fmt"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// baseDisplay is the base class of display controllers
// (PCI_BASE_CLASS_DISPLAY, include/linux/pci_ids.h).
const baseDisplay = 0x03

const drmCards = "/sys/class/drm"

// screens knows where people see dom0: the display of the firmware, the console
// tty0, and the outputs that show a picture.
func screens(s *scan) {
	boot := s.bootDisplay()
	if boot != nil {
		s.need(Refuse, "the boot display is", boot)
	}
	claimed := s.bootFramebuffer()
	if claimed == nil {
		claimed = boot
	}
	if console := s.textConsole(boot, claimed); console != nil {
		s.need(Refuse, "the console (tty0) is", console)
	}
	s.needOneOf("screen", "the picture is", "screens", s.outputs())
}

// needOneOf notes that one of some things must stay. What the last of them is
// called is "the only " and a word.
func (s *scan) needOneOf(word, words, plural string, all []*Node) {
	if len(all) > 1 {
		s.need(Refuse, words, &Node{Words: fmt.Sprintf("%d %s", len(all), plural), On: all, Least: 1})
	} else if len(all) == 1 && len(all[0].On) == 1 {
		s.need(Refuse, fmt.Sprintf("the only %s (%s) is", word, all[0].Words), all[0].On[0])
	}
}

// bootDisplay is the VGA card that the firmware started on: the attribute
// boot_vga, which VGA devices alone have. One that is hidden is dom0's no more.
func (s *scan) bootDisplay() *Node {
	for _, d := range s.devices {
		if d.Class.Base() != baseDisplay || d.Driver == driverPciback {
			continue
		}
		text, err := s.fsys.Attribute("/sys/bus/pci/devices/" + d.Address.String() + "/boot_vga")
		if err != nil && !sysfs.IsNotExist(err) {
			s.fact(Warn, d.Address, "whether it is the boot display cannot be seen: "+err.Error())
		}
		if text == "1" {
			return s.functions[d.Address]
		}
	}
	return nil
}

// outputs are the connectors of graphics cards that show a picture. The kernel
// answers from what it knows already, and looks at no monitor for it
// (enabled_show in drivers/gpu/drm/drm_sysfs.c).
func (s *scan) outputs() []*Node {
	var on []*Node
	for _, name := range s.entries(drmCards) {
		card, connector, ok := strings.Cut(name, "-") // "card0-HDMI-A-1"
		if !ok || !strings.HasPrefix(card, "card") {
			continue
		}
		enabled, _ := s.fsys.Attribute(path.Join(drmCards, name, "enabled"))
		status, _ := s.fsys.Attribute(path.Join(drmCards, name, "status"))
		if enabled != "enabled" || status == "disconnected" {
			continue
		}
		function := s.owner(path.Join(drmCards, card))
		if function != nil {
			on = append(on, &Node{Words: connector + " of " + card, On: []*Node{function}})
		}
	}
	return on
}
