package console

import (
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

const drmCards = "/sys/class/drm"

// screens adds where people see dom0: the display of the firmware, the console
// tty0, and the outputs that show a picture.
func (s *scan) screens() {
	boot := s.bootDisplay()
	if boot != nil {
		s.Need(graph.Need{Code: graph.BootDisplay, Severity: graph.Refuse, Subject: "the boot display", On: boot})
	}
	claimed := s.bootFramebuffer()
	if claimed == nil {
		claimed = boot
	}
	if console := s.textConsole(boot, claimed); console != nil {
		s.Need(graph.Need{Code: graph.TextConsole, Severity: graph.Refuse, Subject: "the console (tty0)", On: console})
	}
	s.needOneOf(graph.Screen, "the picture", "screen", s.outputs())
}

// bootDisplay returns the VGA card that the firmware uses: the attribute boot_vga,
// which only VGA devices have. dom0 does not see a hidden one.
func (s *scan) bootDisplay() *graph.Node {
	for _, d := range s.devices {
		if d.Class.Base() != pci.BaseDisplay || d.Driver == pciback.Name {
			continue
		}
		text, err := s.fsys.Attribute("/sys/bus/pci/devices/" + d.Address.String() + "/boot_vga")
		if err != nil && !sysfs.IsNotExist(err) {
			s.displayUnknown(d.Address, "cannot tell whether it is the boot display", err)
		}
		if text == "1" {
			return s.Function(d.Address)
		}
	}
	return nil
}

// outputs returns the connectors of graphics cards that show a picture. The kernel
// answers from its own records, and probes no monitor for it (enabled_show in
// drivers/gpu/drm/drm_sysfs.c).
func (s *scan) outputs() []*graph.Node {
	var on []*graph.Node
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
			on = append(on, &graph.Node{Kind: graph.Connector, Name: connector + " of " + card, On: graph.On(function)})
		}
	}
	return on
}
