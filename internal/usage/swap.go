package usage

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// swaps needs what dom0 swaps to. It comes after mounts, since that may be a
// file.
func swaps(s *scan) {
	const name = "/proc/swaps"
	text, err := s.fsys.Read(name, tableLimit)
	if err == nil && len(text) == tableLimit {
		err = &sysfs.AttrError{Op: "read", Path: name, Err: errCut}
	}
	if err != nil {
		if !sysfs.IsNotExist(err) { // else the kernel has no swap
			s.unseen(Refuse, "what is swapped to cannot be seen: "+err.Error())
		}
		return
	}
	for _, file := range parseSwaps(text) {
		if n := s.backing(file); n != nil {
			s.need(Refuse, "swap is", n)
		}
	}
}

// parseSwaps reads /proc/swaps (mm/swapfile.c, swap_show): a line of titles, and
// one for each file or device, whose name is escaped and ends at a blank.
func parseSwaps(text []byte) (files []string) {
	for line := range strings.Lines(string(text)) {
		name, _, ok := strings.Cut(line, " ")
		if ok && strings.HasPrefix(name, "/") {
			files = append(files, unescape(name))
		}
	}
	return files
}
