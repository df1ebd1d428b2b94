package hostboot

import (
	"github.com/xenpci/xenpci/internal/hypervisor"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Running is what runs now, as sysfs and procfs show it. What they do not show is "".
type Running struct {
	Hypervisor string // "xen"; "" where no hypervisor shows itself
	Release    string // of the hypervisor: "4.17.5"
	Kernel     string // the release of dom0's kernel
	Dom0Line   Line
	XenLine    Line // as the hypervisor tells it; empty where it was not asked
}

// ReadRunning finds out what runs. xenLine is the hypervisor's command line, "" if that is
// not known.
func ReadRunning(f sysfs.FS, xenLine string) Running {
	attribute := func(name string) string {
		text, _ := f.Attribute("/sys/hypervisor/" + name) // "" where Xen does not run
		return text
	}
	r := Running{Hypervisor: attribute("type")}
	if version, ok := hypervisor.ReadVersion(f); ok {
		r.Release = version.String()
	}
	r.Kernel, _ = f.Release()
	text, _ := f.CommandLine()
	r.Dom0Line = Line{Text: text, Place: Place{File: sysfs.CommandLineFile}}
	for _, word := range splitDom0(text) {
		r.Dom0Line.Words = append(r.Dom0Line.Words, Word{Text: word, Place: r.Dom0Line.Place})
	}
	r.XenLine = Line{Text: xenLine}
	for _, word := range SplitXen(xenLine) {
		r.XenLine.Words = append(r.XenLine.Words, Word{Text: word})
	}
	return r
}

// Compare returns the words that only one of two command lines has. The first word of each is
// left out where it stands for the file. If next has words that are known only when the machine
// boots, those of now may come from there: none is lost then, as far as can be told.
func Compare(now, next Line) (lost, added []string) {
	count := map[string]int{}
	for _, w := range next.arguments() {
		count[w]++
	}
	for _, w := range now.arguments() {
		if count[w]--; count[w] < 0 && !next.Open() {
			lost = append(lost, w)
		}
	}
	for _, w := range next.arguments() {
		if count[w] > 0 {
			added = append(added, w)
			count[w]--
		}
	}
	return lost, added
}

// arguments returns the words that are arguments, and known.
func (l Line) arguments() (words []string) {
	for i, w := range l.Words {
		if (i > 0 || !w.Leading()) && !w.Open {
			words = append(words, w.Text)
		}
	}
	return words
}
