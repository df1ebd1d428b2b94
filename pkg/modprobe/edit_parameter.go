package modprobe

import (
	"cmp"
	"slices"
	"strings"
)

// SetParameter gives a parameter one value in an options line: its first word
// is replaced, further words of it are taken away, and a line without one gets
// it. All other words stay as they are.
//
// The error is a *NameError for a name or a value that would not stay one word,
// a *NoLineError where the line is no options line.
func (f *File) SetParameter(number int, name, value string) (Edit, error) {
	if err := checkWord("parameter", name); err != nil {
		return Edit{}, err
	}
	if err := checkValue(value); err != nil {
		return Edit{}, err
	}
	p, err := f.parameters(number)
	if err != nil {
		return Edit{}, err
	}
	with := name + "=" + value
	first := slices.IndexFunc(p.words, func(w word) bool { return w.is(name) })
	cuts := p.cuts(func(i int) bool { return i != first && p.words[i].is(name) })
	switch stop := p.stop(); {
	case first >= 0 && first < stop:
		w := p.words[first]
		cuts = append(cuts, cut{p.begin(w.start), p.after(w.end), with})
	case stop < len(p.words):
		cuts = p.cuts(func(i int) bool { return p.words[i].is(name) })
		at := p.begin(p.words[0].start)
		cuts = append(cuts, cut{at, at, with + " "})
	case len(p.words) == 0:
		at := p.after(p.start)
		cuts = append(cuts, cut{at, at, with})
	default:
		at := p.after(p.words[stop-1].end)
		cuts = append(cuts, cut{at, at, " " + with})
	}
	return p.edit(cuts), nil
}

// RemoveParameter takes all words of a parameter from an options line, and the
// line itself when it has no other: kmod complains of options without any. The
// edit changes nothing where the parameter is not named. The error is a
// *NoLineError where the line is no options line.
func (f *File) RemoveParameter(number int, name string) (Edit, error) {
	p, err := f.parameters(number)
	if err != nil {
		return Edit{}, err
	}
	if len(p.words) > 0 && !slices.ContainsFunc(p.words, func(w word) bool { return !w.is(name) }) {
		return f.RemoveLine(number)
	}
	return p.edit(p.cuts(func(i int) bool { return p.words[i].is(name) })), nil
}

// parameters is an options line that is edited.
type parameters struct {
	raw    string
	offset int    // of raw in the file
	at     []int  // where in raw each byte of the line's text stands
	start  int    // where in the text the parameters begin
	words  []word // places are those in the text
}

// cut is a part of a raw line, and what takes its place.
type cut struct {
	start, end int
	with       string
}

func (f *File) parameters(number int) (*parameters, error) {
	l, offset, ok := f.line(number)
	if !ok || l.Directive.Kind != Options {
		return nil, &NoLineError{Path: f.Path, Number: number, Kind: Options}
	}
	p := &parameters{raw: l.Raw, offset: offset}
	text, at := unescape(l.Raw)
	before, _, _ := strings.Cut(string(text), "\x00")
	p.at, p.start = at, len(before)-len(l.Directive.Text)
	p.words = splitWords(l.Directive.Text)
	for i := range p.words {
		p.words[i].start += p.start
		p.words[i].end += p.start
	}
	return p, nil
}

func (w word) is(name string) bool { return Name(w.name) == Name(name) }

// stop is the first word behind which a parameter would not be read: "--", and
// one with a quote that nothing closes.
func (p *parameters) stop() int {
	for i, w := range p.words {
		if w.name == "--" && !w.given || i == len(p.words)-1 && p.opens(w) {
			return i
		}
	}
	return len(p.words)
}

func (p *parameters) opens(w word) bool {
	return strings.Count(p.raw[p.begin(w.start):p.after(w.end)], `"`)%2 == 1
}

// cuts take words away. White space goes with them: that behind a word, or that
// before the last.
func (p *parameters) cuts(gone func(i int) bool) (cuts []cut) {
	for i, w := range p.words {
		switch {
		case !gone(i):
		case i+1 < len(p.words):
			cuts = append(cuts, cut{start: p.begin(w.start), end: p.begin(p.words[i+1].start)})
		case i > 0 && !gone(i-1):
			cuts = append(cuts, cut{start: p.after(p.words[i-1].end), end: p.after(w.end)})
		default:
			cuts = append(cuts, cut{start: p.begin(w.start), end: p.after(w.end)})
		}
	}
	return cuts
}

// edit makes cuts, which are apart.
func (p *parameters) edit(cuts []cut) Edit {
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	raw := p.raw
	for _, c := range slices.Backward(cuts) {
		raw = raw[:c.start] + c.with + raw[c.end:]
	}
	return Edit{Offset: p.offset, Old: p.raw, New: raw}
}

// after is where in raw the text before i ends.
func (p *parameters) after(i int) int {
	if i == 0 {
		return 0
	}
	return p.at[i-1] + 1
}

// begin is where in raw the byte at i of the text begins: at its '\\', where it
// has one.
func (p *parameters) begin(i int) int {
	if at := p.at[i]; at > p.after(i) && p.raw[at-1] == '\\' {
		return at - 1
	}
	return p.at[i]
}
