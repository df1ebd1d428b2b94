package parity

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// flagChoices are lspci's options in groups, of which a call has one each.
var flagChoices = [][][]string{
	{nil, {"-n"}, {"-nn"}},
	{nil, {"-D"}},
	{nil, {"-k"}},
	{nil, {"-m"}, {"-mm"}, {"-vm"}, {"-vmm"}, {"-t"}, {"-tv"}, {"-t", "-vmm"}},
	{nil, {"-x"}, {"-xx"}, {"-xxx"}, {"-xxxx"}},
	{nil, {"-P"}, {"-PP"}},
	{
		nil, nil, nil, {"-s", "0:"}, {"-s", "1:"}, {"-s", ".0"}, {"-s", "1f"}, {"-s", "*:*:*.*"}, {"-s", "10000::"}, {"-s", "00:00.0"},
		{"-s", "2:", "-s", ".0"},
	},
	{
		nil, nil, nil, {"-d", "1001:"}, {"-d", "8086:"}, {"-d", ":3"}, {"-d", "::02xx"}, {"-d", "::0604"}, {"-d", "::x6xx:0"},
		{"-d", "1002:", "-d", ":1"},
	},
}

// flagSet is the place of one choice in each group.
type flagSet []int

func drawFlags(r *rand.Rand) flagSet {
	var set flagSet
	for _, choices := range flagChoices {
		set = append(set, r.IntN(len(choices)))
	}
	return set
}

// flags are the arguments, in any order.
func (s flagSet) flags(r *rand.Rand) []string {
	var flags []string
	for _, group := range r.Perm(len(s)) {
		flags = append(flags, flagChoices[group][s[group]]...)
	}
	return flags
}

// pairs names each two choices that stand together in the set.
func (s flagSet) pairs() []string {
	var pairs []string
	for i := range s {
		for j := range i {
			pairs = append(pairs, fmt.Sprint(i, s[i], j, s[j]))
		}
	}
	return pairs
}

// allPairs are so many flag sets that each choice stands together with each of
// every other group in one of them.
func allPairs(r *rand.Rand) []flagSet {
	missing := map[string]bool{}
	for i := range flagChoices {
		for j := range i {
			for a := range flagChoices[i] {
				for b := range flagChoices[j] {
					missing[fmt.Sprint(i, a, j, b)] = true
				}
			}
		}
	}
	var sets []flagSet
	for len(missing) > 0 {
		var best flagSet
		most := 0
		for range 50 {
			set := drawFlags(r)
			fresh := slices.DeleteFunc(set.pairs(), func(p string) bool { return !missing[p] })
			if len(fresh) > most {
				best, most = set, len(fresh)
			}
		}
		if best == nil {
			continue
		}
		for _, p := range best.pairs() {
			delete(missing, p)
		}
		sets = append(sets, best)
	}
	return sets
}
