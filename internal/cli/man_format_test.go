package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// formatPage is a manual page of a file, made of a page of the documentation.
type formatPage struct {
	name, short  string
	doc, section string // of docs; the section is "" for all of the page
	file, see    string
}

var formatPages = []formatPage{
	{
		"devices.toml", "the PCI devices that xenpci hides at every boot", "devices.md", "",
		"/etc/xenpci/devices.toml, /etc/xenpci/devices.d/*.toml", "xenpci(8), xenpci-hide(8), xenpci-verify(8), xenpci-import(8), daemon.toml(5)",
	},
	{
		"daemon.toml", "the settings of xenpcid", "daemon.md", "Settings",
		"/etc/xenpci/daemon.toml", "xenpcid(8), xenpci-daemon(8), devices.toml(5)",
	},
}

func (f formatPage) text(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", f.doc))
	if err != nil {
		t.Fatal(err)
	}
	text := string(doc)
	if f.section != "" {
		_, rest, found := strings.Cut(text, "\n## "+f.section+"\n")
		if !found {
			t.Fatalf("%s has no section %s", f.doc, f.section)
		}
		text, _, _ = strings.Cut(rest, "\n## ")
	}
	var p strings.Builder
	fmt.Fprintf(&p, ".\\\" Made by 'make man' of docs/%s.\n", f.doc)
	fmt.Fprintf(&p, ".TH %s 5 \"\" \"xenpci %s\" \"File Formats Manual\"\n", roff(strings.ToUpper(f.name)), passthrough.Version)
	fmt.Fprintf(&p, ".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n%s\n.fi\n.SH DESCRIPTION\n", roff(f.name), roff(f.short), roff(strings.ReplaceAll(f.file, ", ", "\n")))
	p.WriteString(markdown(text))
	references(&p, f.see)
	return p.String()
}

// markdown is a text of the documentation in man(7): headings, paragraphs, lists with
// numbers, indented lines, and tables, of which the first column is a term.
func markdown(text string) string {
	var p strings.Builder
	apart := "" // a section begins without it
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		first, _, _ := strings.Cut(part, "\n")
		before := apart
		apart = ".PP\n"
		switch {
		case strings.HasPrefix(first, "# "): // the page has a name of its own
			apart = ""
		case strings.HasPrefix(first, "## "):
			p.WriteString(".SH " + roff(strings.ToUpper(strings.TrimPrefix(first, "## "))) + "\n")
			apart = ""
		case strings.HasPrefix(first, "    "):
			p.WriteString(before + ".nf\n" + roff(part) + "\n.fi\n")
		case strings.HasPrefix(first, "| "):
			p.WriteString(terms(part))
		case listItem.MatchString(first):
			for _, item := range listItem.Split(part, -1)[1:] {
				p.WriteString(".IP \\(bu 3\n" + inline(item) + "\n")
			}
		default:
			p.WriteString(before + inline(part) + "\n")
		}
	}
	return p.String()
}

var listItem = regexp.MustCompile(`(?m)^(?:\d+\.|-) +`)

// terms are the rows of a table without its header.
func terms(part string) string {
	var p strings.Builder
	cellsOf := func(row string) []string { return strings.Split(strings.Trim(row, "| "), " | ") }
	rows := strings.Split(part, "\n")
	header := cellsOf(rows[0])
	for _, row := range rows[2:] {
		cells := cellsOf(row)
		text := cells[len(cells)-1]
		switch {
		case len(cells) < 3:
		case header[1] == "default":
			text += " The default is " + cells[1] + "."
		default:
			text = "(" + cells[1] + ") " + text
		}
		p.WriteString(".TP\n\\fB" + roff(strings.ReplaceAll(cells[0], "`", "")) + "\\fR\n" + inline(text) + "\n")
	}
	return p.String()
}

var (
	links = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)
	codes = regexp.MustCompile("`([^`]+)`")
	bolds = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// inline is a paragraph: its marks for code and for strong words become bold.
func inline(text string) string {
	text = strings.ReplaceAll(text, "\n   ", "\n")
	text = links.ReplaceAllString(text, "$1")
	text = codes.ReplaceAllString(text, "\x01$1\x02")
	text = bolds.ReplaceAllString(text, "\x01$1\x02")
	return strings.NewReplacer("\x01", `\fB`, "\x02", `\fR`).Replace(roff(text))
}
