package config

import (
	"slices"
	"strings"
)

// nearMiss is how many letters a key may have too many, too few, or wrong, to be
// taken for another.
const nearMiss = 2

// suggest names the key that was probably meant, or else all keys.
func suggest(key string, known []field) string {
	best, distance := "", nearMiss+1
	var all []string
	for _, f := range known {
		all = append(all, f.key)
		if n := edits(strings.ToLower(key), f.key); n < distance && n < len(f.key) {
			best, distance = f.key, n
		}
	}
	if best != "" {
		return quote(best) + " was probably meant"
	}
	return "there are " + strings.Join(all, ", ")
}

// edits counts the letters to insert, remove or replace that make b of a
// (Levenshtein's distance).
func edits(a, b string) int {
	if len(a) > 2*len(b)+nearMiss { // so that a long key costs nothing
		return len(a)
	}
	row := make([]int, len(b)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// quote puts what somebody wrote in quotes, at a length that fits a line.
func quote(v string) string {
	const most = 60
	if len(v) > most {
		v = strings.ToValidUTF8(v[:most], "") + "..."
	}
	return string(slices.Concat([]byte{'"'}, escape(v), []byte{'"'}))
}
