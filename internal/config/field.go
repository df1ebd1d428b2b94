package config

import (
	"github.com/pelletier/go-toml/v2/unstable"
)

// field is one key of a device or of the settings, which T is.
type field[T any] struct {
	key  string
	kind unstable.Kind               // String, Bool or Integer
	set  func(to *T, v string) error // the error says what is expected
	get  func(of T) string           // the value; "" where the key is not needed
}

// readKeys sets what the keys of one table say, and notes what is wrong with them.
// It returns which keys there are, and whether all are right. Of a key that is
// there twice, the first is used.
func readKeys[T any](doc *document, to *T, keys []entry, known []field[T], where string) (seen map[string]bool, ok bool) {
	seen, ok = map[string]bool{}, true
	for _, k := range keys {
		at, reason, advice := readKey(to, k, known, seen, where)
		if reason != "" {
			doc.problem(at, reason, advice)
			ok = false
		}
		seen[k.key] = true
	}
	return seen, ok
}

// readKey sets one key. reason is "" where nothing is wrong.
func readKey[T any](to *T, k entry, known []field[T], seen map[string]bool, where string) (at int, reason, advice string) {
	for _, f := range known {
		switch {
		case f.key != k.key:
			continue
		case seen[k.key]:
			return k.at, quote(k.key) + " is set twice in " + where, "remove one of the lines"
		case f.kind != k.kind:
			return k.value.start, quote(k.key) + " is " + kindName(k.kind), wantedKind(f.kind)
		}
		if err := f.set(to, k.data); err != nil {
			return k.value.start, k.key + ": " + err.Error(), ""
		}
		return 0, "", ""
	}
	return k.at, "unknown key " + quote(k.key), suggest(k.key, keysOf(known))
}

// keysOf returns the keys in the order of fields.
func keysOf[T any](known []field[T]) []string {
	all := make([]string, len(known))
	for i, f := range known {
		all[i] = f.key
	}
	return all
}

func kindName(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "a string"
	case unstable.Bool:
		return "true or false"
	case unstable.Array:
		return "an array"
	case unstable.InlineTable:
		return "a table"
	}
	return "a number or a date"
}

func wantedKind(k unstable.Kind) string {
	switch k {
	case unstable.Bool:
		return "write true or false, without quotes"
	case unstable.Integer:
		return "write a whole number, without quotes"
	}
	return "put the value in quotes"
}
