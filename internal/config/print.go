package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// print returns a device as a table. Its last line has no line end.
func (d Device) print(lineEnd string) []byte {
	lines := []string{header}
	for _, f := range fields() {
		if v := f.get(d); v != "" {
			lines = append(lines, f.line(v))
		}
	}
	return []byte(strings.Join(lines, lineEnd))
}

// line returns the key with its value.
func (f field[T]) line(v string) string { return f.key + " = " + f.value(v) }

func (f field[T]) value(v string) string {
	if f.kind == unstable.Bool {
		return v
	}
	return `"` + string(escape(v)) + `"`
}

// escape returns a text as TOML has it between double quotes.
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
		default: // bytes that are not UTF-8 become U+FFFD
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
