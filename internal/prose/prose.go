// Package prose holds the few things that every sentence about a machine needs:
// enumerations, counted nouns, and names that are safe to print.
package prose

import (
	"fmt"
	"strings"
	"unicode"
)

// maxListed is how many items List names before it counts the rest.
const maxListed = 3

// List enumerates items as a sentence does: "a", "a and b", "a, b and c",
// "a, b, c and 5 more". Of no items it is empty.
func List[T any](items []T) string {
	var words []string
	for _, item := range items[:min(len(items), maxListed)] {
		words = append(words, fmt.Sprint(item))
	}
	if more := len(items) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Few enumerates at most so many items, with commas, and counts the rest: "a, b, c", "a, b,
// c and 5 more".
func Few[T any](items []T, most int) string {
	var words []string
	for _, item := range items[:min(len(items), most)] {
		words = append(words, fmt.Sprint(item))
	}
	text := strings.Join(words, ", ")
	if more := len(items) - len(words); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Count is a number with its noun: "1 function", "3 functions".
func Count(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Printable returns name with every character that a terminal might act upon
// replaced by U+FFFD. Names of files and volumes are bytes that anybody chose.
func Printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, name)
}
