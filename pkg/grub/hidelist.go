package grub

import (
	"fmt"
	"slices"
	"strings"
)

// ProblemKind says how a hide list is wrong.
type ProblemKind string

// What goes wrong with hide lists on command lines.
const (
	// Ripped: a blank stands between two groups, as guides print it, so the
	// list ends there and the words after it mean nothing.
	Ripped ProblemKind = "ripped"
	// Doubled: the key stands twice, and the last one wins.
	Doubled ProblemKind = "doubled"
	// OtherKey: the list is under a name that this kernel does not know.
	OtherKey ProblemKind = "other key"
	// Malformed: pciback refuses the whole list, or the module.
	Malformed ProblemKind = "malformed"
	// Unseen: it stands after "--", where a built-in pciback does not see it.
	Unseen ProblemKind = "unseen"
)

// Problem is one thing wrong with a hide list.
type Problem struct {
	Kind       ProblemKind
	Text       string // the words that are wrong, as they stand there
	Start, End int    // where, in bytes of the command line
}

// HideList is what a command line says of devices to hide.
type HideList struct {
	// Effective is the value that pciback gets: that of the last argument.
	Effective string
	// Meant are all groups, each once, without what is between them: the value
	// that the writer had in mind. It is "" where that is not clear.
	Meant    string
	Problems []Problem
}

// HideList reads the arguments of key, and of others that once meant the same.
// ok is false when there is none of them.
func (c CommandLine) HideList(key string, others ...string) (list HideList, ok bool) {
	g := c.gather(key, others)
	if len(g.indexes) == 0 {
		return HideList{}, false
	}
	list.Effective, _ = c.Value(key)
	list.Problems = g.problems
	if g.err == nil {
		list.Meant = strings.Join(g.groups, "")
	}
	return list, true
}

// Repair returns the merged value and the line in which key has it, once, with
// the stray words gone. Without a problem the line is as it was. The error is a
// *ListError where the groups cannot be made out.
func (c CommandLine) Repair(key string, others ...string) (value string, repaired CommandLine, err error) {
	repaired, err = c.Apply(RepairKey(key, others...))
	if err != nil {
		return "", CommandLine{}, err
	}
	value, _ = repaired.Value(key)
	return value, repaired, nil
}

// RepairKey is Repair as an Edit.
func RepairKey(key string, others ...string) Edit {
	return func(c CommandLine) ([]splice, error) {
		g := c.gather(key, others)
		switch {
		case g.err != nil:
			return nil, g.err
		case len(g.problems) == 0:
			return nil, nil
		case len(g.groups) == 0:
			return c.cut(g.indexes), nil
		}
		return c.set(key, strings.Join(g.groups, ""), g.indexes), nil
	}
}

// ListError is a hide list whose groups cannot be made out.
type ListError struct {
	Key, Value string
}

// Error says which form is wanted.
func (e *ListError) Error() string {
	return fmt.Sprintf("%s=%s: not a list of devices such as (0000:00:09.0)(0000:00:04.0)", e.Key, e.Value)
}

type gathered struct {
	groups   []string
	seen     []string // the groups, in the form in which they are compared
	indexes  []int    // the arguments that belong to the list, stray words too
	problems []Problem
	err      error
}

func (c CommandLine) gather(key string, others []string) gathered {
	var g gathered
	previous := -1
	for i := 0; i < len(c.arguments); i++ {
		a := c.arguments[i]
		own := SameKey(a.Key, key)
		if !own && !slices.ContainsFunc(others, func(o string) bool { return SameKey(a.Key, o) }) {
			continue
		}
		g.indexes = append(g.indexes, i)
		if !own {
			g.report(c, OtherKey, i, i)
		} else if previous >= 0 {
			g.report(c, Doubled, previous, previous)
		}
		if own {
			previous = i
		}
		if a.AfterDashes {
			g.report(c, Unseen, i, i)
		}
		value, last := c.strays(i)
		for j := i + 1; j <= last; j++ {
			g.indexes = append(g.indexes, j)
		}
		if last > i {
			g.report(c, Ripped, i+1, last)
		}
		g.add(c, i, value)
		i = last
	}
	return g
}

func (g *gathered) report(c CommandLine, kind ProblemKind, first, last int) {
	start, end := c.arguments[first].Start, c.arguments[last].End
	g.problems = append(g.problems, Problem{Kind: kind, Text: c.text[start:end], Start: start, End: end})
}

// strays joins the words that a blank has torn from a list: those up to the
// closing parenthesis, and those that are groups themselves.
func (c CommandLine) strays(i int) (value string, last int) {
	value = c.arguments[i].Value
	if !c.arguments[i].HasValue {
		return value, i
	}
	depth := strings.Count(value, "(") - strings.Count(value, ")")
	end := c.arguments[i].End
	for last = i; last+1 < len(c.arguments); last++ {
		next := c.arguments[last+1]
		word := c.text[next.Start:next.End]
		group := strings.HasPrefix(strings.TrimLeft(word, ",;"), "(")
		if strings.ContainsFunc(word, outsideList) || depth <= 0 && !group {
			break
		}
		depth += strings.Count(word, "(") - strings.Count(word, ")")
	}
	return value + c.text[end:c.arguments[last].End], last
}

func outsideList(r rune) bool {
	return !strings.ContainsRune("0123456789abcdefABCDEF:.*(),;", r)
}

func (g *gathered) add(c CommandLine, i int, value string) {
	a := c.arguments[i]
	groups, exact, ok := splitGroups(value)
	if !a.HasValue || !ok {
		g.report(c, Malformed, i, i)
		if g.err == nil {
			g.err = &ListError{Key: a.Key, Value: value}
		}
		return
	}
	if !exact {
		g.report(c, Malformed, i, i)
	}
	for _, group := range groups {
		same := strings.ToLower(strings.TrimPrefix(group, "(0000:"))
		same = strings.TrimPrefix(same, "(")
		if !slices.Contains(g.seen, same) {
			g.seen = append(g.seen, same)
			g.groups = append(g.groups, group)
		}
	}
}

// splitGroups cuts "(00:09.0) (00:04.0)" into its groups. exact is false where
// pciback would refuse what is between or in them.
func splitGroups(value string) (groups []string, exact, ok bool) {
	exact = true
	for value != "" {
		switch c := value[0]; {
		case blank(c):
			value = value[1:]
			continue
		case c == ',' || c == ';':
			exact = false
			value = value[1:]
			continue
		}
		end := strings.IndexByte(value, ')')
		if value[0] != '(' || end < 0 {
			return nil, false, false
		}
		inside := strings.Join(strings.Fields(value[1:end]), "")
		if inside != value[1:end] {
			exact = false
		}
		if inside == "" || strings.ContainsAny(inside, "(),;") || strings.ContainsFunc(inside, outsideList) {
			return nil, false, false
		}
		groups = append(groups, "("+inside+")")
		value = value[end+1:]
	}
	return groups, exact, true
}
