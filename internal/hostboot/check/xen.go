package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/hostboot/image"
	"github.com/xenpci/xenpci/internal/hostboot/option"
)

const (
	longestWordOld = 99  // of Xen up to 4.8, in bytes (xen/common/kernel.c)
	mostWords      = 512 // no more fit into a line that Xen keeps
)

// xenWord is a word of Xen's line, taken apart as Xen does.
type xenWord struct {
	hostboot.Word
	key      string // without "no-" where that negates it
	value    string // behind the first "="
	hasValue bool
	negated  bool
	option   image.Option
	known    bool
}

// xenLine checks Xen's line.
func (c *checker) xenLine() {
	line := c.next.XenLine
	if len(line.Text) > hostboot.LongestXenLine {
		c.add(Finding{Error, LineTooLong, line.Place, "", fmt.Sprintf("Xen's command line has %d bytes, and Xen cuts it after %d", len(line.Text), hostboot.LongestXenLine), "remove what is not needed"})
	}
	var words []xenWord
	own := line.Own()
	for i, w := range own[:min(len(own), mostWords)] {
		if i == 0 && w.Leading() || w.Open {
			continue
		}
		words = append(words, c.parse(w))
	}
	for _, w := range words {
		c.length(w)
		if !w.known {
			c.unknown(w)
			continue
		}
		c.value(w)
		c.risk(w)
	}
	c.repeated(words)
	c.output(words)
	c.memory(words)
}

// early are options that Xen's 16-bit code takes, and that the table does not have
// (xen/arch/x86/boot/cmdline.c).
var early = [...]string{"vga", "edd", "edid", "no-real-mode", "tboot"}

// parse takes a word apart.
func (c *checker) parse(word hostboot.Word) xenWord {
	w := xenWord{Word: word}
	w.key, w.value, w.hasValue = strings.Cut(word.Text, "=")
	if w.option, w.known = c.table.Find(w.key); w.known {
		return w
	}
	if at := strings.IndexAny(w.key, "[({<"); at > 0 { // ivrs_ioapic[4]=00:14.0
		if w.option, w.known = c.table.Find(w.key[:at+1]); w.known {
			return w
		}
	}
	if slices.Contains(early[:], w.key) {
		w.known, w.option = true, image.Option{Name: w.key, Type: image.Ignored}
		return w
	}
	if rest, ok := strings.CutPrefix(w.key, "no-"); ok {
		if w.option, w.known = c.table.Find(rest); w.known {
			w.key, w.negated = rest, true
		}
	}
	return w
}

// length checks that Xen keeps the whole word.
func (c *checker) length(w xenWord) {
	longest := hostboot.LongestXenWord
	if c.release != "" && option.Compare(c.release, "4.9") < 0 {
		longest = longestWordOld
	}
	if len(w.Text) > longest {
		c.word(Error, WordTooLong, w.Word, fmt.Sprintf("it has %d bytes, and Xen cuts a word after %d", len(w.Text), longest), "divide the list between several words, where the option may be repeated")
	}
}

// unknown is the finding of a word that the table does not have.
func (c *checker) unknown(w xenWord) {
	xen := "this Xen"
	if c.release != "" {
		xen = "Xen " + c.release
	}
	key := w.key
	former, gone := c.manual.Former(key)
	d, documented := c.manual.Documented(strings.TrimPrefix(key, "no-"), "")
	switch {
	case gone:
		c.gone(w, former)
	case isDom0Word(key):
		c.word(Error, Dom0Word, w.Word, "it is for dom0's kernel, and Xen ignores it", "move it to dom0's command line")
	case documented && c.release != "" && option.Compare(d.Since, c.release) > 0 && d.Since != "4.14":
		c.word(Error, UnknownOption, w.Word, xen+" ignores it; it is documented since "+d.Since, "remove it")
	case documented:
		c.word(Error, UnknownOption, w.Word, xen+" ignores it: this build does not have the option", "remove it, or boot a build that has it")
	default:
		advice := "remove it"
		if near := option.Nearest(key, c.names()); near != "" {
			advice = "did you mean " + near + "?"
		}
		c.word(Error, UnknownOption, w.Word, xen+" does not know it, and ignores it", advice)
	}
}

// gone is the finding of an option that Xen took once.
func (c *checker) gone(w xenWord, f option.Former) {
	reason, advice := "no Xen takes it", "remove it"
	if f.Until != "" {
		reason = "Xen does not take it since " + f.Until
	}
	if f.Instead != "" {
		advice = "write " + f.Instead + " in its place"
	}
	c.word(Error, GoneOption, w.Word, reason+", and ignores it", advice)
}

// names returns the names of the options.
func (c *checker) names() (all []string) {
	for _, o := range c.table.Options {
		all = append(all, o.Name)
	}
	return all
}

// repeated checks for words that are there twice, and for options of which only the last one takes
// effect.
func (c *checker) repeated(words []xenWord) {
	for i, w := range words {
		rest := words[i+1:]
		switch {
		case slices.ContainsFunc(rest, func(o xenWord) bool { return o.Text == w.Text }):
			c.word(Warning, Repeated, w.Word, "it is there twice", "remove one of them")
		case !w.known || !single(w.option.Type):
		case slices.ContainsFunc(rest, func(o xenWord) bool { return o.key == w.key }):
			c.word(Warning, Repeated, w.Word, "a later "+w.key+" replaces it", "remove one of them")
		}
	}
}

// single reports whether the last of several values takes effect.
func single(t image.Type) bool {
	return t == image.String || t == image.Unsigned || t == image.Bool || t == image.Inverted || t == image.Size
}

// output checks that Xen's console goes somewhere.
func (c *checker) output(words []xenWord) {
	for _, w := range slices.Backward(words) {
		if w.key != "console" || !w.known {
			continue
		}
		form := option.Form("vga | com1 | com1H | com1L | com2 | com2H | com2L | pv | dbgp | ehci | xhci | none")
		if !slices.ContainsFunc(strings.Split(w.value, ","), func(item string) bool { _, no := form.Refuses(item); return !no }) {
			c.word(Error, NoOutput, w.Word, "Xen takes the last console= alone, and has none of that name: it prints nothing", "write console=com1, console=vga or both, as in console=com1,vga; hvc0 and tty0 are for dom0's line")
		}
		return
	}
}

// memory checks how much memory dom0 gets.
func (c *checker) memory(words []xenWord) {
	set, most, place := false, false, c.next.XenPlace()
	for _, w := range words {
		if w.key != "dom0_mem" || !w.known {
			continue
		}
		set, place = true, w.Place
		most = most || slices.ContainsFunc(strings.Split(w.value, ","), func(item string) bool { return strings.HasPrefix(item, "max:") })
	}
	switch {
	case !set:
		c.add(Finding{Warning, NoDom0Memory, place, "", "dom0 gets all memory, and gives it back as guests start: " + c.ballooning(), "set dom0_mem=, as in dom0_mem=2G,max:2G"})
	case !most:
		c.add(Finding{Warning, NoDom0Maximum, place, "", "dom0_mem= has no max:, so that dom0 keeps tables for all memory, and may grow", "add it, as in dom0_mem=2G,max:2G"})
	}
}

// xlConf is xl's configuration.
const xlConf = "/etc/xen/xl.conf"

// ballooning says what xl does where dom0_mem= is missing.
func (c *checker) ballooning() string {
	const limit = 64 << 10
	content, err := c.f.Read(xlConf, limit)
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if strings.TrimSpace(key) != "autoballoon" || err != nil {
			continue
		}
		switch strings.Trim(strings.TrimSpace(value), `"'`) {
		case "off", "0":
			return xlConf + " has autoballoon off, so that no memory is left for guests"
		}
	}
	return "xl balloons it down (autoballoon in " + xlConf + ")"
}
