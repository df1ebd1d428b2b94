package cli

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/xenpci/xenpci/internal/daemon"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// update writes the manual pages: make man.
var update = flag.Bool("update", false, "write man/*.8 again")

// manDir has the manual pages; that of the daemon is written by hand.
var (
	manDir     = filepath.Join("..", "..", "man")
	daemonPage = filepath.Join(manDir, "xenpcid.8")
)

// TestManPages holds each manual page to what --help says.
func TestManPages(t *testing.T) {
	t.Parallel()
	root := newRootCmd(&app{Env: Env{DefaultRoot: "/", Build: testBuild()}})
	var names []string
	for _, cmd := range commands(root) {
		name := filepath.Join(manDir, pageName(cmd)+".8")
		names = append(names, name)
		holdPage(t, name, manPage(cmd, shown(t, pageName(cmd))))
	}
	for _, page := range formatPages {
		name := filepath.Join(manDir, page.name+".5")
		names = append(names, name)
		holdPage(t, name, page.text(t))
	}
	names = append(names, daemonPage)
	there, err := filepath.Glob(filepath.Join(manDir, "*"))
	slices.Sort(names)
	if diff := gocmp.Diff(names, there); diff != "" || err != nil {
		t.Errorf("%v: pages of no command, or missing ones:\n%s", err, diff)
	}
}

// holdPage holds a page to the text that it should have.
func holdPage(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if diff := gocmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%s: %v; run 'make man'\n%s", name, err, diff)
	}
}

// TestManPageOfDaemon holds the page of xenpcid to its options, and to the version.
func TestManPageOfDaemon(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(daemonPage)
	if err != nil {
		t.Fatal(err)
	}
	var help strings.Builder
	if status := daemon.Main(t.Context(), []string{"--help"}, testBuild(), io.Discard, &help); status != StatusDone {
		t.Fatalf("--help: status %d", status)
	}
	var says, has []string
	for _, m := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(help.String(), -1) {
		says = append(says, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^\.TP\n\\fB((?:[a-z]|\\-)+)\\fR`).FindAllStringSubmatch(string(page), -1) {
		has = append(has, strings.TrimLeft(strings.ReplaceAll(m[1], `\-`, "-"), "-"))
	}
	if diff := gocmp.Diff(says, has); diff != "" || len(says) == 0 {
		t.Errorf("options (-help +page):\n%s", diff)
	}
	if !strings.Contains(string(page), `"xenpci `+passthrough.Version+`"`) {
		t.Errorf("it is not of version %s", passthrough.Version)
	}
}

// TestManPagesLint has mandoc read them.
func TestManPagesLint(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("mandoc is not installed")
	}
	pages, err := filepath.Glob(filepath.Join(manDir, "*.[58]"))
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages", err)
	}
	// Pages have no date: that of the release would make each of them stale.
	args := append([]string{"-T", "lint", "-W", "warning"}, pages...)
	out, _ := exec.Command("mandoc", args...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "missing date") && !strings.Contains(line, "referenced manual not found") {
			t.Error(strings.TrimSpace(line))
		}
	}
}

// TestManPageShows has mandoc print a page: options and examples are there as
// they are typed.
func TestManPageShows(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("mandoc is not installed")
	}
	out, err := exec.Command("mandoc", "-T", "ascii", "-O", "width=100", filepath.Join(manDir, "xenpci-hide.8")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for at, c := range out { // bold is a letter, a backspace and the letter
		if c != '\b' && (at+1 == len(out) || out[at+1] != '\b') {
			text.WriteByte(c)
		}
	}
	for _, want := range []string{
		"xenpci-hide - Take devices away from dom0", "--name NAME", "xenpci hide --dry-run 00:1d 10b7:9055", "'xenpci check' asks beforehand.", "--root DIR",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in it:\n%s", want, text.String())
		}
	}
}

// commands are a command and all below it.
func commands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, below := range cmd.Commands() {
		all = append(all, commands(below)...)
	}
	return all
}

// pageName is "xenpci-boot-enable" for 'xenpci boot enable'.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the manual page of a command, in man(7), with what some calls print.
func manPage(cmd *cobra.Command, shown []shownCall) string {
	var p strings.Builder
	p.WriteString(".\\\" Made by 'make man' of what --help says.\n")
	fmt.Fprintf(&p, ".TH %s 8 \"\" \"xenpci %s\" \"System Manager's Manual\"\n", roff(strings.ToUpper(pageName(cmd))), passthrough.Version)
	fmt.Fprintf(&p, ".SH NAME\n%s \\- %s\n", roff(pageName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&p, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	if cmd.HasSubCommands() {
		fmt.Fprintf(&p, ".br\n.B %s COMMAND ...\n", roff(cmd.CommandPath()))
	}
	p.WriteString(".SH DESCRIPTION\n" + paragraphs(cmp.Or(cmd.Long, cmd.Short+".")))
	if cmd.HasSubCommands() {
		p.WriteString(".SH COMMANDS\n")
		for _, below := range cmd.Commands() {
			fmt.Fprintf(&p, ".TP\n.BR %s (8)\n%s\n", roff(pageName(below)), roff(below.Short))
		}
	}
	options(&p, "OPTIONS", cmd.NonInheritedFlags())
	options(&p, "OPTIONS OF ALL COMMANDS", cmd.InheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&p, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(strings.TrimRight(cmd.Example, "\n")))
		for _, call := range shown {
			fmt.Fprintf(&p, ".PP\n%s\n.PP\n.nf\n%s.fi\n", roff(call.about), roff(call.text))
		}
	}
	exitStatuses(&p, cmd)
	entries(&p, "FILES", filesOf(cmd), `\fI`)
	entries(&p, "ENVIRONMENT", environment, `\fB`)
	seeAlso(&p, cmd)
	return p.String()
}

// options prints a section of flags, but for --help, which cobra adds later.
func options(p *strings.Builder, title string, flags *pflag.FlagSet) {
	first := true
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if first {
			p.WriteString(".SH " + title + "\n")
			first = false
		}
		value, usage := pflag.UnquoteUsage(f)
		names := `\fB` + roff("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			names = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + names
		}
		if value != "" {
			names += ` \fI` + roff(value) + `\fR`
		}
		if !slices.Contains([]string{"", "0", "false", "[]"}, f.DefValue) {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(p, ".TP\n%s\n%s\n", names, roff(usage))
	})
}

// paragraphs is a text in man(7): paragraphs are apart by empty lines, and lines
// that begin with a blank stay as they are.
func paragraphs(text string) string {
	var p strings.Builder
	for i, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			p.WriteString(".PP\n")
		}
		if strings.Contains("\n"+part, "\n ") {
			part = ".nf\n" + roff(part) + "\n.fi"
		} else {
			part = roff(part)
		}
		p.WriteString(part + "\n")
	}
	return p.String()
}

// roff is a text that roff prints as it is.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
