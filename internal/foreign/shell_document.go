package foreign

import "strings"

// hereDocument is a text in a script that is the input of a command.
type hereDocument struct {
	end  string // the line after it
	tabs bool   // that line may be indented by tabs
}

// hereDocumentAt returns the here-document that "<<" at the beginning of a text announces, and
// the length of that; 0 if it does not.
func hereDocumentAt(text string) (h hereDocument, length int) {
	rest := strings.TrimPrefix(text, "<<")
	h.tabs = strings.HasPrefix(rest, "-")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "-"), " \t")
	n := strings.IndexAny(rest, " \t\n;|&<>()")
	if n < 0 {
		n = len(rest)
	}
	h.end = strings.NewReplacer("'", "", `"`, "", `\`, "").Replace(rest[:n])
	if len(text) == len(rest) || strings.Trim(h.end[:min(1, len(h.end))], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" || h.end == "" {
		return hereDocument{}, 0
	}
	return h, len(text) - len(rest) + n
}

// skip returns the length of the here-document at the beginning of a text, with its last line.
// Where that line is missing, it is 0: the text is looked at like any other.
func (h hereDocument) skip(text string) (length int) {
	for line := range strings.Lines(text) {
		length += len(line)
		line = strings.TrimSuffix(line, "\n")
		if h.tabs {
			line = strings.TrimLeft(line, "\t")
		}
		if line == h.end {
			return length
		}
	}
	return 0
}
