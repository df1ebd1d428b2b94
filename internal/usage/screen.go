package usage

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// baseDisplay is the base class of display controllers
// (PCI_BASE_CLASS_DISPLAY, include/linux/pci_ids.h).
const baseDisplay = 0x03

// bootOwners are the owners in /proc/iomem of the framebuffer that the firmware
// left: the platform device (drivers/firmware/sysfb_simplefb.c), and the drivers
// that take it over.
var bootOwners = []string{"BOOTFB", "efifb", "vesafb", "simplefb", "simpledrm", "efidrm", "vesadrm", "simple-framebuffer", "efi-framebuffer", "vesa-framebuffer"}

const (
	framebuffers = "/sys/class/graphics"
	drmCards     = "/sys/class/drm"
	textConsoles = "/sys/class/vtconsole"
)

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
		name := "/sys/bus/pci/devices/" + d.Address.String() + "/boot_vga"
		if text, err := s.fsys.Attribute(name); err == nil && text == "1" {
			return s.functions[d.Address]
		}
	}
	return nil
}

// bootFramebuffer is the function in whose memory the firmware left its
// framebuffer. Whoever drives the card, that memory stays claimed until the
// framebuffer's driver gives it up.
func (s *scan) bootFramebuffer() *Node {
	claims, err := s.bootClaims()
	var owner *Node
	for _, d := range s.devices {
		i := slices.IndexFunc(claims, func(c claim) bool { return c.within(d) })
		switch {
		case i >= 0:
			owner = s.functions[d.Address]
			s.fact(Warn, d.Address, fmt.Sprintf("the boot framebuffer (%s) claims its memory at %#x", claims[i].owner, claims[i].start))
		case err != nil && d.Class.Base() == baseDisplay:
			s.fact(Warn, d.Address, "whether the boot framebuffer is in its memory cannot be seen: "+err.Error())
		}
	}
	return owner
}

// bootClaims are the lines of /proc/iomem for the firmware's framebuffer.
func (s *scan) bootClaims() ([]claim, error) {
	text, err := s.fsys.Read("/proc/iomem", maxIomem)
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	claims, hidden := parseIomem(string(text))
	if hidden {
		return nil, errHidden
	}
	return slices.DeleteFunc(claims, func(c claim) bool { return !slices.Contains(bootOwners, c.owner) }), nil
}

// within says whether a claim is in the memory of a function.
func (c claim) within(d pci.Device) bool {
	return slices.ContainsFunc(memoryRegions(d), func(r pci.Region) bool { return r.Start <= c.start && c.end <= r.End })
}

// textConsole is what tty0 is shown on: the framebuffers, of which the kernel
// takes another when one goes (fbcon_fb_unbind in
// drivers/video/fbdev/core/fbcon.c), or VGA text. claimed is where the
// firmware's framebuffer is.
func (s *scan) textConsole(boot, claimed *Node) *Node {
	names, _ := s.fsys.List(textConsoles)
	vga := len(names) == 0 // a kernel that does not tell
	for _, name := range names {
		words, _ := s.fsys.Attribute(path.Join(textConsoles, name, "name"))
		bound, _ := s.fsys.Attribute(path.Join(textConsoles, name, "bind"))
		// "(S) VGA+", "(M) frame buffer device", "(S) dummy device"
		vga = vga || bound == "1" && strings.Contains(words, "VGA")
	}
	buffers := s.framebuffers(claimed)
	switch {
	case len(buffers) == 1:
		return buffers[0]
	case len(buffers) > 1:
		return &Node{Words: fmt.Sprintf("%d framebuffers", len(buffers)), On: buffers, Least: 1}
	case vga && boot != nil:
		return &Node{Words: "VGA text", On: []*Node{boot}}
	}
	return nil
}

// framebuffers are fb0, fb1, ... That of a firmware is no PCI device, but a
// platform device with memory of one; since Linux 6.9 it has the function for a
// parent (drivers/firmware/sysfb.c).
func (s *scan) framebuffers(claimed *Node) []*Node {
	names, _ := s.fsys.List(framebuffers)
	slices.Sort(names)
	var buffers []*Node
	for _, name := range names {
		if !strings.HasPrefix(name, "fb") || name == "fbcon" {
			continue
		}
		home := s.home(path.Join(framebuffers, name))
		on := s.owner(path.Join(framebuffers, name))
		if on == nil && strings.Contains(home, "-framebuffer.") {
			on = claimed
			if on == nil {
				s.unseen(Warn, "whose memory the framebuffer "+name+" is in cannot be seen")
			}
		}
		words := name
		if driver, err := s.fsys.Attribute(path.Join(framebuffers, name, "name")); err == nil && driver != "" {
			words += " (" + ownName(driver) + ")"
		}
		buffers = append(buffers, &Node{Words: words, On: some(on)})
	}
	return buffers
}

// outputs are the connectors of graphics cards that show a picture. The kernel
// answers from what it knows already, and looks at no monitor for it
// (enabled_show in drivers/gpu/drm/drm_sysfs.c).
func (s *scan) outputs() []*Node {
	names, _ := s.fsys.List(drmCards)
	slices.Sort(names)
	var on []*Node
	for _, name := range names {
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

// owner is the PCI function behind an entry of /sys/class; nil for a virtual
// one. Before Linux 2.6.26 such an entry is a folder with a link "device".
func (s *scan) owner(name string) *Node {
	_, err := s.fsys.Readlink(name)
	if err != nil && !sysfs.IsNotExist(err) && !errors.Is(err, syscall.EINVAL) {
		s.unseen(Warn, "where it leads cannot be seen: "+err.Error())
	}
	if function := s.function(s.home(name)); function != nil {
		return function
	}
	return s.function(s.home(name + "/device"))
}

// some is a list of one, or of none for nil.
func some(n *Node) []*Node {
	if n == nil {
		return nil
	}
	return []*Node{n}
}
