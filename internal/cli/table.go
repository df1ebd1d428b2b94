package cli

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// table has a title for each column, and rows of as many cells.
type table struct {
	titles []string
	rows   [][]cell
	// narrow is how the table becomes narrower, first things first, until it fits the screen.
	narrow []narrowing
}

type cell struct {
	text   string
	colour colour
}

// narrowing makes a column narrower, but not below so many characters; 0 leaves the column
// out.
type narrowing struct{ column, least int }

const columnGap = "  "

// print aligns the columns. On a screen what does not fit is cut, which an ellipsis shows;
// in a file or a pipe nothing is, and an empty cell is "-", so that a line has as many cells
// as there are titles.
func (t table) print(w io.Writer, s screen) error {
	out := bufio.NewWriter(w) // keeps its error for Flush
	for _, line := range t.lines(s) {
		_, _ = out.WriteString(line + "\n")
	}
	return out.Flush()
}

// lines are the header and the rows as they are printed.
func (t table) lines(s screen) []string {
	widths := t.fit(s)
	header := make([]cell, len(t.titles))
	for i, title := range t.titles {
		header[i].text = title
	}
	lines := []string{line(header, widths, s)}
	for _, row := range t.rows {
		lines = append(lines, line(row, widths, s))
	}
	return lines
}

func line(row []cell, widths []int, s screen) string {
	var text strings.Builder
	blanks := 0 // before the next cell; none end a line
	for i, width := range widths {
		if width == 0 {
			continue
		}
		cell := row[i]
		if cell.text == "" && !s.terminal() {
			cell.text = "-"
		}
		shown := s.cut(inOneLine(cell.text), width)
		if shown != "" {
			text.WriteString(strings.Repeat(" ", blanks) + s.paint(shown, cell.colour))
			blanks = 0
		}
		blanks += width - utf8.RuneCountInString(shown) + len(columnGap)
	}
	return text.String()
}

// fit returns the widths of the columns; 0 for one that is left out. A terminal does not
// get columns in which nothing is.
func (t table) fit(s screen) []int {
	natural := make([]int, len(t.titles))
	for i, title := range t.titles {
		for _, row := range t.rows {
			natural[i] = max(natural[i], utf8.RuneCountInString(row[i].text))
		}
		if natural[i] > 0 || !s.terminal() || len(t.rows) == 0 {
			natural[i] = max(natural[i], utf8.RuneCountInString(title))
		}
	}
	if !s.terminal() {
		return natural
	}
	widths := slices.Clone(natural)
	for _, n := range t.narrow {
		over := total(widths) - s.columns
		width := &widths[n.column]
		switch {
		case over <= 0:
			return widths
		case n.least == 0: // what it had is for the others
			natural[n.column] = 0
			widths = slices.Clone(natural)
		default:
			*width = min(*width, max(*width-over, n.least))
		}
	}
	return widths
}

func total(widths []int) int {
	sum := -len(columnGap)
	for _, width := range widths {
		if width > 0 {
			sum += width + len(columnGap)
		}
	}
	return sum
}

// cut shortens what does not fit, with an ellipsis for its end.
func (s screen) cut(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	ellipsis := "…"
	if s.ascii {
		ellipsis = "..."
	}
	keep := max(width-utf8.RuneCountInString(ellipsis), 0)
	return strings.TrimRight(string([]rune(text)[:keep]), " ") + ellipsis
}
