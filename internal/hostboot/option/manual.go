package option

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot/image"
)

// The tables have tabs between the columns and their titles in the first line.
var (
	//go:embed documented.tsv
	documented string // a row for each release since which the documentation is otherwise
	//go:embed tables.tsv
	tables string // type and room in Debian's builds: the letter of the type, and the room
	//go:embed former.tsv
	former string // options that are gone; "-" where they never were, or nothing is in their place
)

// Documented is what Xen's documentation has on an option.
type Documented struct {
	Name    string
	Since   string // the release since which it is so: "4.17"; "4.14" for all before too
	Arch    string // "x86", "arm", "all"
	Form    Form   // "" where nothing is documented
	Default string // "" where none is documented, or it depends on the machine
}

// Former is an option that is gone.
type Former struct {
	Name    string
	Until   string // the first release without it; "" if no release had it
	Instead string // "" if nothing took its place
}

// Manual is what the tables have. Goroutines may share it.
type Manual struct {
	rows   map[string][]Documented // of a name, the oldest first
	former map[string]Former
}

// Open reads the tables.
func Open() *Manual {
	m := &Manual{rows: map[string][]Documented{}, former: map[string]Former{}}
	for _, c := range rows(documented) {
		d := Documented{c[0], c[1], c[2], Form(c[3]), c[4]}
		if d.Form == "-" {
			d.Form = ""
		}
		if d.Default == "-" {
			d.Default = ""
		}
		m.rows[d.Name] = append(m.rows[d.Name], d)
	}
	for _, c := range rows(former) {
		m.former[c[0]] = Former{c[0], strings.TrimPrefix(c[1], "-"), strings.TrimPrefix(c[2], "-")}
	}
	return m
}

// rows returns the cells of a table without its titles.
func rows(table string) (all [][]string) {
	for line := range strings.Lines(table) {
		all = append(all, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return all[1:]
}

// Documented returns what is documented of an option in a release, "4.17.5"; for "" that of the
// last one.
func (m *Manual) Documented(name, release string) (d Documented, ok bool) {
	for _, row := range m.rows[name] {
		if !ok || release == "" || Compare(row.Since, release) <= 0 {
			d, ok = row, true
		}
	}
	return d, ok
}

// Former returns what became of an option that is gone.
func (m *Manual) Former(name string) (Former, bool) {
	f, ok := m.former[name]
	return f, ok
}

// Table returns the options of the build in the tables whose release is the nearest: Debian's
// 4.14, 4.17 or 4.20. What that build does not have and is documented is among them too, since
// another build may have it; its type is not known.
func (m *Manual) Table(release string) image.Table {
	lines := strings.SplitN(tables, "\n", 2)
	builds := strings.Split(lines[0], "\t")[1:]
	at := 0
	for i, build := range builds {
		if release == "" || Compare(build, release) <= 0 {
			at = i
		}
	}
	t := image.Table{Release: builds[at]}
	has := map[string]bool{}
	for _, c := range rows(tables) {
		if o, ok := parseOption(c[0], c[at+1]); ok {
			t.Options, has[o.Name] = append(t.Options, o), true
		}
	}
	for name := range m.rows {
		if d, _ := m.Documented(name, release); d.Form != "" && d.Arch != "arm" && d.Arch != "riscv" && !has[name] {
			t.Options = append(t.Options, image.Option{Name: name})
		}
	}
	slices.SortFunc(t.Options, func(a, b image.Option) int { return strings.Compare(a.Name, b.Name) })
	return t
}

// parseOption reads a cell of the tables: "S128" is a string with room for 128 bytes.
func parseOption(name, cell string) (o image.Option, ok bool) {
	types := map[byte]image.Type{'C': image.Custom, 'B': image.Bool, 'U': image.Unsigned, 'S': image.String, 'Z': image.Size, 'I': image.Ignored}
	kind, ok := types[cell[0]]
	room, _ := strconv.Atoi(cell[1:]) // none is 0
	return image.Option{Name: name, Type: kind, Room: room}, ok
}

// Compare compares two releases by the numbers at their beginning: "4.9" is before "4.17.5".
func Compare(a, b string) int {
	return slices.Compare(numbers(a), numbers(b))
}

// numbers returns major and minor.
func numbers(release string) []int {
	var all []int
	for i, part := range strings.SplitN(release, ".", 3) {
		if i == 2 {
			break
		}
		end := len(part) - len(strings.TrimLeft(part, "0123456789"))
		n, _ := strconv.Atoi(part[:end])
		all = append(all, n)
	}
	return all
}

// Nearest returns the name among these that a misspelt one probably means; "" if none is near.
func Nearest(name string, names []string) string {
	const longest = 64 // of the names of options
	if len(name) > longest {
		return ""
	}
	best, least := "", min(2, len(name)/3)+1
	for _, other := range names {
		if d := distance(name, other); d < least || d == least && d <= 2 && best == "" && strings.EqualFold(plain(name), plain(other)) {
			best, least = other, d
		}
	}
	return best
}

// plain leaves out what people mistake in names.
func plain(name string) string { return strings.NewReplacer("-", "", "_", "").Replace(name) }

// distance is how many letters have to be put in, taken out or replaced (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := diagonal
			if a[i] != b[j] {
				next = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
