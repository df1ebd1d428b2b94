package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing in the list that cannot be followed.
type Problem struct {
	File         string // without the root
	Line, Column int    // from 1, Column in bytes; 0 when it is about the whole file
	Reason       string // what is wrong
	Advice       string // what would be right; "" where that is not known
}

// Error returns the problem on one line, as compilers write theirs.
func (p Problem) Error() string {
	if p.Advice != "" {
		return p.Place() + ": " + p.Reason + "; " + p.Advice
	}
	return p.Place() + ": " + p.Reason
}

// Place returns "FILE:LINE:COLUMN", or the file alone.
func (p Problem) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problems are all that is wrong with the list, by file, line and column.
type Problems []Problem

// Error has a line for each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Reason has what is wrong, a line for each.
func (p Problems) Reason() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		problem.Advice = ""
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Advice is what would be right where one thing is wrong.
func (p Problems) Advice() string {
	if len(p) != 1 {
		return ""
	}
	return p[0].Advice
}

func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return p
}

// most are the first problems of a file; its last lines may be no list at all.
func (p Problems) most() Problems {
	if len(p) <= maxProblems {
		return p
	}
	last := p.sorted()[maxProblems]
	last.Reason, last.Advice = fmt.Sprintf("there are %d more problems from here on", len(p)-maxProblems), ""
	return append(slices.Clone(p[:maxProblems]), last)
}

// rank has File before what is in DropIns, which is the order of reading.
func (p Problem) rank() int {
	if p.File == File {
		return 0
	}
	return 1
}
