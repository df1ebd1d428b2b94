package grub

import (
	"errors"
	"strings"
)

const envSignature = "# GRUB Environment Block\n"

// ParseEnv reads grubenv, the file in which GRUB keeps variables from one boot to the
// next: saved_entry, next_entry. Backslashes escape backslashes and newlines
// (grub-core/lib/envblk.c).
func ParseEnv(data []byte) (map[string]string, error) {
	text, ok := strings.CutPrefix(string(data), envSignature)
	if !ok {
		return nil, errors.New("grubenv does not begin with its signature")
	}
	env := map[string]string{}
	for text != "" {
		var b strings.Builder
		i := 0
		for ; i < len(text) && text[i] != '\n'; i++ {
			if text[i] == '\\' && i+1 < len(text) {
				i++
			}
			b.WriteByte(text[i])
		}
		// "#" fills the block.
		if name, value, ok := strings.Cut(b.String(), "="); ok && text[0] != '#' {
			env[name] = value
		}
		text = text[min(i+1, len(text)):]
	}
	return env, nil
}
