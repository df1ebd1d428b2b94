package usage

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const (
	framebuffers = "/sys/class/graphics"
	textConsoles = "/sys/class/vtconsole"
)

// textConsole is what tty0 is shown on: the framebuffers, of which the kernel
// takes another when one goes (fbcon_fb_unbind in
// drivers/video/fbdev/core/fbcon.c), or VGA text. claimed is where the
// firmware's framebuffer is.
func (s *scan) textConsole(boot, claimed *Node) *Node {
	names := s.entries(textConsoles)
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
	var buffers []*Node
	for _, name := range s.entries(framebuffers) {
		home := s.home(path.Join(framebuffers, name))
		if !strings.HasPrefix(name, "fb") || strings.HasPrefix(home, "/sys/devices/virtual/") {
			continue // "fbcon" too, and a framebuffer that nobody sees
		}
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
