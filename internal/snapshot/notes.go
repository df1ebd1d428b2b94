package snapshot

import (
	"fmt"
	"slices"
	"strings"
)

// maxNamed is how many files a note names; of the others it has the number.
const maxNamed = 8

// notes records what is missing from a snapshot. The zero value is ready to use.
type notes []note

type note struct {
	why   string
	named []string
	count int
}

// add adds a note about a file.
func (n *notes) add(why, name string) {
	at := slices.IndexFunc(*n, func(one note) bool { return one.why == why })
	if at < 0 {
		at = len(*n)
		*n = append(*n, note{why: why})
	}
	one := &(*n)[at]
	if one.count++; one.count <= maxNamed {
		one.named = append(one.named, "/"+name)
	}
}

// lines returns one line for each reason.
func (n notes) lines() (lines []string) {
	for _, one := range n {
		line := one.why + ": " + strings.Join(one.named, ", ")
		if more := one.count - len(one.named); more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, line)
	}
	return lines
}
