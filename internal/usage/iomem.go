package usage

import (
	"errors"
	"strconv"
	"strings"
)

// maxIomem is how much of /proc/iomem is read, in bytes. A machine of 4096
// functions has less than 1 MB.
const maxIomem = 4 << 20

var errHidden = errors.New("/proc/iomem has addresses for root alone")

// claim is one line of /proc/iomem: a range of physical addresses and who has
// it, a driver, a function or a kind of memory.
type claim struct {
	start, end uint64 // inclusive
	owner      string // "BOOTFB", "0000:00:02.0", "System RAM"
}

// parseIomem reads /proc/iomem: lines "START-END : OWNER" in hexadecimal
// without 0x, those within another's range deeper by two blanks (r_show in
// kernel/resource.c). hidden says that there are lines and all addresses are 0,
// which is what others than root see. Lines of another form are passed over.
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
