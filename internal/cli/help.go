package cli

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// helpColumns is how wide help is at most.
const helpColumns = 80

// foldHelp has the help of all verbs fit the terminal, and 80 columns elsewhere.
func (a *app) foldHelp(root *cobra.Command) {
	whole := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		columns := helpColumns
		if s := a.screenOf(); s.terminal() {
			columns = min(columns, s.columns)
		}
		out := cmd.OutOrStdout()
		var text bytes.Buffer
		cmd.SetOut(&text)
		whole(cmd, args)
		cmd.SetOut(out)
		_, _ = io.WriteString(out, fold(text.String(), columns))
	})
}

// item returns the pattern of a line that explains a word: "  STATE       hidden, or ...". It is
// compiled when it is needed: each start of xenpci would pay for a variable.
func item() *regexp.Regexp { return regexp.MustCompile(`^ +\S+( \S+)* {2,}`) }

// fold breaks the lines of a text again, so that they have at most that many columns. Lines
// without indentation are a paragraph. An indented line stands by itself, with the lines below it
// that are indented as its explanation is.
func fold(text string, columns int) string {
	starts := item()
	var out strings.Builder
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for len(lines) > 0 {
		first := lines[0]
		lines = lines[1:]
		hang := len(starts.FindString(first))
		if hang == 0 {
			hang = indentation(first)
		}
		joined := first[hang:]
		for len(lines) > 0 && joined != "" && lines[0] != "" && indentation(lines[0]) == hang && (hang == 0 || hang > indentation(first)) && !starts.MatchString(lines[0]) {
			joined += " " + lines[0][hang:]
			lines = lines[1:]
		}
		head := first[:hang]
		if len(joined) <= columns-hang { // with the blanks that it has, as an example may
			out.WriteString(head + joined + "\n")
			continue
		}
		for _, line := range wrap(joined, max(columns-hang, leastValue)) {
			out.WriteString(head + line + "\n")
			head = strings.Repeat(" ", hang)
		}
	}
	return out.String()
}

// indentation is how many blanks a line begins with.
func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
