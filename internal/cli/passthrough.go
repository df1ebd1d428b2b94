package cli

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// listPassthrough prints a line for each device that the filter chooses: who
// has it, and whether hide would take it. Devices that cannot be read cost a
// line on stderr each, and the exit status 1.
func (a *app) listPassthrough(ctx context.Context, filter pci.Filter, names *pci.Names) error {
	devices, broken := a.choose(filter, 0)
	if broken != nil && devices == nil {
		return broken
	}
	described, err := a.host.Look().Check(ctx, names, addressesOf(devices)...)
	if err != nil {
		return err
	}
	a.warnOf(described.Notes)
	rows := [][]string{{"ADDRESS", "NAME", "DRIVER", "HIDDEN", "SLOT", "GUEST", "HIDE", "REASON"}}
	for _, d := range described.Devices {
		rows = append(rows, passthroughRow(d, described.GuestsUnknown))
	}
	if err := printPassthrough(a.Out, rows, screenOf(a.Out)); err != nil {
		return err
	}
	errs := append(passthrough.AsErrors(broken), described.Errors...)
	a.warnOfErrors(errs)
	if len(errs) > 0 {
		return reported(passthrough.ClassFailed)
	}
	return nil
}

// The columns that are looked at.
const (
	nameColumn   = 1
	hideColumn   = 6
	reasonColumn = 7
)

func passthroughRow(d passthrough.Device, guestsUnknown bool) []string {
	hidden, slot, guest := "", "", guestCell(d.Guest)
	if d.Hidden {
		hidden = "yes"
	}
	switch d.Slot {
	case pciback.SlotRegistered:
		slot = "yes"
	case pciback.SlotUnknown:
		slot = "?"
	}
	if guest == "" && guestsUnknown && d.Hidden {
		guest = "?"
	}
	row := []string{d.Address.String(), d.Short, d.Driver, hidden, slot, guest, string(d.Hide.Verdict), cmp.Or(reasonCell(d), wasNames(d.Was))}
	for i, cell := range row {
		// Two blanks are the end of a column.
		row[i] = cmp.Or(strings.Join(strings.Fields(cell), " "), "-")
	}
	return row
}

// reasonCell returns why hide would not take the device, or what is wrong with it.
func reasonCell(d passthrough.Device) string {
	if d.Hide.Short == "" && d.NoAnswer {
		return "it does not answer"
	}
	return d.Hide.Short
}

// screen is the terminal that the result goes to; the zero value is a file or a
// pipe.
type screen struct {
	columns int
	colour  bool
}

func screenOf(out io.Writer) screen {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return screen{}
	}
	columns, _, _ := term.GetSize(int(file.Fd()))
	return screen{columns: columns, colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// minName is how far a name gives way to a narrow screen.
const minName = 16

// colours are those of the words in the column HIDE (ECMA-48, SGR).
var colours = map[string]string{"yes": "\x1b[32m", "already": "\x1b[2m", "refused": "\x1b[33m"}

// printPassthrough aligns the rows, the first of which is the header. On a
// screen the names are cut so that all columns but the last fit: a reason is
// wanted whole, and the terminal wraps it.
func printPassthrough(w io.Writer, rows [][]string, s screen) error {
	widths := columnWidths(rows)
	if s.columns > 0 {
		line := len(rows[0][reasonColumn])
		for _, width := range widths {
			line += width + len("  ")
		}
		name := &widths[nameColumn]
		*name = min(*name, max(*name-(line-s.columns), minName))
	}
	out := bufio.NewWriter(w) // keeps its error for Flush
	for _, row := range rows {
		for i, width := range widths {
			cell := row[i]
			if i == nameColumn {
				cell = cutName(cell, width)
			}
			padding := strings.Repeat(" ", width-utf8.RuneCountInString(cell)+len("  "))
			if on := colours[cell]; i == hideColumn && s.colour && on != "" {
				cell = on + cell + "\x1b[m"
			}
			_, _ = out.WriteString(cell + padding)
		}
		_, _ = out.WriteString(row[reasonColumn] + "\n")
	}
	return out.Flush()
}

// columnWidths are those of all columns but the last.
func columnWidths(rows [][]string) []int {
	widths := make([]int, reasonColumn)
	for _, row := range rows {
		for i := range widths {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	return widths
}

// cutName shortens what does not fit, with three dots for its end.
func cutName(name string, width int) string {
	if utf8.RuneCountInString(name) <= width {
		return name
	}
	return string([]rune(name)[:width-len("...")]) + "..."
}
