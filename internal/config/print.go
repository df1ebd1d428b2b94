package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// print writes a device as a table, its last line without an end.
func (d Device) print(lineEnd string) []byte {
	lines := []string{header}
	for _, f := range fields() {
		if v := f.get(d); v != "" {
			lines = append(lines, f.line(v))
		}
	}
	return []byte(strings.Join(lines, lineEnd))
}

// line is the key with its value.
func (f field) line(v string) string { return f.key + " = " + f.value(v) }

func (f field) value(v string) string {
	if f.kind == unstable.Bool {
		return v
	}
	return `"` + string(escape(v)) + `"`
}

// escape writes a text as it stands between TOML's double quotes.
func escape(v string) []byte {
	var b []byte
	for _, r := range v {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ' || r == 0x7f:
			b = fmt.Appendf(b, `\u%04x`, r)
		default: // what is no UTF-8 comes as U+FFFD
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
