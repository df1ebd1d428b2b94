package console

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// maxIomem is how much of /proc/iomem is read, in bytes. A machine of 4096
// functions has less than 1 MB.
const maxIomem = 4 << 20

// bootOwners are the owners in /proc/iomem of the framebuffer that the firmware
// left: the platform device (drivers/firmware/sysfb_simplefb.c), and the drivers
// that take it over.
var bootOwners = []string{"BOOTFB", "efifb", "vesafb", "simplefb", "simpledrm", "efidrm", "vesadrm", "simple-framebuffer", "efi-framebuffer", "vesa-framebuffer"}

var errHidden = fmt.Errorf("/proc/iomem shows addresses to root only: %w", fs.ErrPermission)

// claim is one line of /proc/iomem: a range of physical addresses and its owner, a
// driver, a function or a kind of memory.
type claim struct {
	start, end uint64 // inclusive
	owner      string // "BOOTFB", "0000:00:02.0", "System RAM"
}

// parseIomem reads /proc/iomem: lines "START-END : OWNER" in hexadecimal
// without 0x, those within another's range deeper by two blanks (r_show in
// kernel/resource.c). hidden reports that all addresses are 0, which is what the
// kernel shows to others than root. Lines of another form are passed over.
func parseIomem(text string) (claims []claim, hidden bool) {
	hidden = true
	for line := range strings.Lines(text) {
		places, owner, ok := strings.Cut(strings.TrimSpace(line), " : ")
		first, last, isRange := strings.Cut(places, "-")
		start, startErr := strconv.ParseUint(first, 16, 64)
		end, endErr := strconv.ParseUint(last, 16, 64)
		if !ok || !isRange || startErr != nil || endErr != nil || end < start {
			continue
		}
		hidden = hidden && end == 0
		claims = append(claims, claim{start: start, end: end, owner: owner})
	}
	return claims, hidden && len(claims) > 0
}

// bootClaims returns the lines of /proc/iomem for the firmware's framebuffer.
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

// within reports whether a claim is in the memory of a function.
func (c claim) within(d pci.Device) bool {
	return slices.ContainsFunc(d.Memory(), func(r pci.Region) bool { return r.Start <= c.start && c.end <= r.End })
}
