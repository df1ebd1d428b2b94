package console

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/pci"
)

const (
	framebuffers = "/sys/class/graphics"
	textConsoles = "/sys/class/vtconsole"
)

// textConsole returns what tty0 is shown on: the framebuffers, of which the kernel
// uses another when one goes (fbcon_fb_unbind in
// drivers/video/fbdev/core/fbcon.c), or VGA text. claimed is where the firmware's
// framebuffer is.
func (s *scan) textConsole(boot, claimed *graph.Node) *graph.Node {
	names := s.entries(textConsoles)
	vga := len(names) == 0 // this kernel does not show them
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
		return &graph.Node{Kind: graph.Alternatives, Name: fmt.Sprintf("%d framebuffers", len(buffers)), On: buffers, Least: 1}
	case vga && boot != nil:
		return &graph.Node{Kind: graph.VGAText, On: graph.On(boot)}
	}
	return nil
}

// framebuffers returns fb0, fb1, ... That of the firmware is no PCI device, but a
// platform device with memory of one; since Linux 6.9 it is below the PCI function
// (drivers/firmware/sysfb.c).
func (s *scan) framebuffers(claimed *graph.Node) []*graph.Node {
	var buffers []*graph.Node
	for _, name := range s.entries(framebuffers) {
		home := s.fsys.Resolve(path.Join(framebuffers, name))
		if !strings.HasPrefix(name, "fb") || strings.HasPrefix(home, "/sys/devices/virtual/") {
			continue // also "fbcon", and a framebuffer without a screen
		}
		on := s.owner(path.Join(framebuffers, name))
		if on == nil && strings.Contains(home, "-framebuffer.") {
			on = claimed
			if on == nil {
				s.Unknown(graph.DisplayUnknown, graph.Warn, name, "cannot tell which device has the framebuffer "+name+" in its memory", nil)
			}
		}
		n := &graph.Node{Kind: graph.Framebuffer, Name: name, On: graph.On(on)}
		if driver, err := s.fsys.Attribute(path.Join(framebuffers, name, "name")); err == nil && driver != "" {
			n.Note = ownName(driver)
		}
		buffers = append(buffers, n)
	}
	return buffers
}

// bootFramebuffer returns the function in whose memory the firmware left its
// framebuffer. Whatever driver the card has, that memory stays claimed until the
// framebuffer's driver gives it up.
func (s *scan) bootFramebuffer() *graph.Node {
	claims, err := s.bootClaims()
	var owner *graph.Node
	for _, d := range s.devices {
		i := slices.IndexFunc(claims, func(c claim) bool { return c.within(d) })
		switch {
		case i >= 0:
			owner = s.Function(d.Address)
			s.Fact(graph.Finding{
				Device: d.Address, Severity: graph.Warn, Code: graph.BootFramebuffer, Subject: claims[i].owner,
				Reason: fmt.Sprintf("the boot framebuffer (%s) uses its memory at %#x", claims[i].owner, claims[i].start),
				Short:  "the boot framebuffer uses its memory",
			})
		case err != nil && d.Class.Base() == pci.BaseDisplay:
			s.displayUnknown(d.Address, "cannot tell whether the boot framebuffer is in its memory", err)
		}
	}
	return owner
}

// displayUnknown notes what could not be found out about a graphics card.
func (s *scan) displayUnknown(a pci.Address, reason string, err error) {
	f := graph.NewUnknown(graph.DisplayUnknown, graph.Warn, "", reason, err)
	f.Device = a
	s.Fact(f)
}
