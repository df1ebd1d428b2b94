// Command picture draws what the demonstration says as an SVG image. It is called
// through the Makefile, make picture, for the picture in the README.
package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	text, err := io.ReadAll(io.LimitReader(os.Stdin, maxText))
	if err == nil {
		_, err = io.WriteString(os.Stdout, draw(string(text)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// maxText bounds what is drawn, in bytes.
const maxText = 64 << 10

// columns is where a terminal breaks a line that is too long for it.
const columns = 120

// The sizes of a letter, a line and the border, in pixels.
const (
	letter = 8
	line   = 18
	border = 16
)

// styles are what lines look like, by what they begin with: the prompt and what
// was typed there, and remarks.
var styles = []struct{ begin, style string }{
	{"dom0# ", ` font-weight="bold" fill="#ffffff"`},
	{"# ", ` fill="#56b6c2"`},
}

var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// draw returns the image.
func draw(text string) string {
	width, height := 0, 0
	var body strings.Builder
	for shown := range strings.SplitSeq(strings.Trim(strings.ReplaceAll(text, "\r", ""), "\n"), "\n") {
		style := styleOf(shown)
		for row := range slices.Chunk([]rune(cmp.Or(expand(shown), " ")), columns) {
			width, height = max(width, len(row)), height+1
			fmt.Fprintf(&body, `<text x="%d" y="%d" xml:space="preserve"%s>%s</text>`+"\n",
				border, border+line*height-5, style, escaped.Replace(strings.TrimRight(string(row), " ")))
		}
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">
<rect width="100%%" height="100%%" rx="8" fill="#1e2127"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Consolas, monospace" font-size="13" fill="#c8ccd4">
%s</g>
</svg>
`, width*letter+2*border, height*line+2*border, body.String())
}

// styleOf returns the style of a line.
func styleOf(text string) string {
	for _, s := range styles {
		if strings.HasPrefix(text, s.begin) {
			return s.style
		}
	}
	return ""
}

// expand puts blanks for tabs, to every eighth column.
func expand(text string) string {
	var out strings.Builder
	column := 0
	for _, r := range text {
		if r != '\t' {
			out.WriteRune(r)
			column++
			continue
		}
		for ok := true; ok; ok = column%8 != 0 {
			out.WriteByte(' ')
			column++
		}
	}
	return out.String()
}
