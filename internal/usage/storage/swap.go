package storage

import (
	"strings"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// swaps needs what dom0 swaps to, which may be a file on a mounted file system.
func (m *mounts) swaps() {
	const name = "/proc/swaps"
	text, err := m.fsys.Read(name, tableLimit)
	if err == nil && len(text) == tableLimit {
		err = &sysfs.AttrError{Op: "read", Path: name, Err: errCut}
	}
	if err != nil {
		if !sysfs.IsNotExist(err) { // else the kernel has no swap
			m.Unknown(graph.SwapUnknown, graph.Refuse, "", "the swap areas cannot be read", err)
		}
		return
	}
	for _, file := range parseSwaps(text) {
		if n := m.backing(graph.SwapUnknown, file); n != nil {
			m.Need(graph.Need{Code: graph.Swap, Severity: graph.Refuse, Subject: "swap", On: n, Advice: advise("swapoff", file)})
		} else {
			m.lost = append(m.lost, untraced{code: graph.SwapUnknown, subject: "swap"})
		}
	}
}

// parseSwaps reads the names of files and devices out of /proc/swaps (swap_show in
// mm/swapfile.c): a heading, and a line for each, whose name is escaped and ends
// at a blank.
func parseSwaps(text []byte) (files []string) {
	for line := range strings.Lines(string(text)) {
		name, _, ok := strings.Cut(line, " ")
		if ok && strings.HasPrefix(name, "/") {
			files = append(files, unescape(name))
		}
	}
	return files
}
