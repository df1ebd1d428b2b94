package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with the list.
type Problem struct {
	File         string // without the root
	Line, Column int    // from 1, Column in bytes; 0 where the whole file is meant
	Reason       string // what is wrong
	Advice       string // what to write; "" where that is not known
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

// Error returns a line for each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Reason returns what is wrong, a line for each.
func (p Problems) Reason() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		problem.Advice = ""
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Advice returns what to write where only one thing is wrong.
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

// most returns the first problems of a file, which may be no list at all.
func (p Problems) most() Problems {
	if len(p) <= maxProblems {
		return p
	}
	last := p.sorted()[maxProblems]
	last.Reason, last.Advice = fmt.Sprintf("%d more problems from here on", len(p)-maxProblems), ""
	return append(slices.Clone(p[:maxProblems]), last)
}

// rank puts File before the files in DropIns, which is the order of reading.
func (p Problem) rank() int {
	if p.File == File {
		return 0
	}
	return 1
}
