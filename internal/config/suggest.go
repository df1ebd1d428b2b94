package config

import (
	"slices"
	"strings"
)

// nearMiss is how many letters of a misspelt key may be too many, missing or wrong.
const nearMiss = 2

// suggest returns the key that was probably meant, or else all keys.
func suggest(key string, known []string) string {
	best, distance := "", nearMiss+1
	for _, name := range known {
		if n := edits(strings.ToLower(key), name); n < distance && n < len(name) {
			best, distance = name, n
		}
	}
	if best != "" {
		return "did you mean " + quote(best) + "?"
	}
	return "the keys are " + strings.Join(known, ", ")
}

// edits returns how many letters have to be inserted, removed or replaced to turn
// a into b (the Levenshtein distance).
func edits(a, b string) int {
	if len(a) > 2*len(b)+nearMiss { // a long key is not worth the time
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

// quote returns a text in quotes, cut to a length that fits a line.
func quote(v string) string {
	const most = 60
	if len(v) > most {
		v = strings.ToValidUTF8(v[:most], "") + "..."
	}
	return string(slices.Concat([]byte{'"'}, escape(v), []byte{'"'}))
}
