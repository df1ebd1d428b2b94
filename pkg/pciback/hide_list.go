package pciback

import (
	"slices"
	"strings"

	"github.com/xenpci/xenpci/pkg/grub"
	"github.com/xenpci/xenpci/pkg/modprobe"
)

// The kernel's argument that names the devices which pciback takes when it
// starts.
const (
	// HideKey is its name in today's kernels, where the module is xen-pciback.
	HideKey = ModuleName + ".hide"
	// OldHideKey is its name in the XenoLinux kernels of Xen 3, where the module
	// is pciback. Today's kernels ignore it.
	OldHideKey = OldModuleName + ".hide"
)

// HideKeys returns the argument that pciback reads if its module has this name, and the
// one that it ignores.
func HideKeys(module string) (key, other string) {
	if modprobe.Name(module) == OldModuleName {
		return OldHideKey, HideKey
	}
	return HideKey, OldHideKey
}

// HideProblemKind is a way in which the hide list of a command line is wrong.
type HideProblemKind string

// What goes wrong with hide lists on command lines.
const (
	// HideBlank: a blank separates two groups, as guides print it, so the list
	// ends there and the kernel ignores the words after it.
	HideBlank HideProblemKind = "blank"
	// HideRepeated: the key is there more than once, and the last one wins.
	HideRepeated HideProblemKind = "repeated"
	// HideOtherKey: the list is under a name that this kernel does not know.
	HideOtherKey HideProblemKind = "other key"
	// HideMalformed: pciback refuses the value of key.
	HideMalformed HideProblemKind = "malformed"
	// HideMisspelt: the list is under a name, or in a form, that no kernel knows, such
	// as "xen-pciback,hide=(00:09.0)". The kernel ignores it.
	HideMisspelt HideProblemKind = "misspelt"
	// HideAfterDashes: the list is after "--", where a built-in pciback does not
	// see it.
	HideAfterDashes HideProblemKind = "after dashes"
)

// HideProblem is one thing wrong with the hide list of a command line.
type HideProblem struct {
	Kind       HideProblemKind
	Text       string     // the words that are wrong
	Start, End int        // where they are, in bytes of the command line
	Err        *HideError // of HideMalformed: why pciback refuses the value
	// Right is what pciback would read, "xen-pciback.hide=(0000:00:09.0)"; of
	// HideMisspelt.
	Right string
}

// HideList is what a command line says about devices to hide.
type HideList struct {
	// Effective is the value that pciback gets: that of the last argument.
	Effective string
	// Meant has all groups that were written, each once, those too that pciback
	// does not get.
	Meant    Hide
	Unclear  []string // words in the list that name no device
	Problems []HideProblem
}

// ReadHideList reads the arguments of key, and of others, by which the same was
// called in other kernels. ok is false if the line has none of them; it may have a
// misspelt one then, which is among the problems.
func ReadHideList(line grub.CommandLine, key string, others ...string) (list HideList, ok bool) {
	r := hideListReader{text: line.String(), arguments: line.Arguments()}
	var meant []string
	previous := -1
	for i := 0; i < len(r.arguments); i++ {
		a := r.arguments[i]
		own := grub.SameKey(a.Key, key)
		if !own && !slices.ContainsFunc(others, func(o string) bool { return grub.SameKey(a.Key, o) }) {
			if m, is := r.misspelt(i); is {
				meant = append(meant, r.reportMisspelt(i, m, key))
				i = m.last
			}
			continue
		}
		if m := r.misspelling(i, a.End); own && !a.HasValue && r.names(m) { // "xen-pciback.hide (00:09.0)"
			meant = append(meant, r.reportMisspelt(i, m, key))
			i = m.last
			continue
		}
		ok = true
		switch {
		case !own:
			r.report(HideOtherKey, i, i)
		case previous >= 0:
			r.report(HideRepeated, previous, previous)
		}
		if own {
			previous, r.list.Effective = i, a.Value
		}
		if a.AfterDashes {
			r.report(HideAfterDashes, i, i)
		}
		last := r.strays(i)
		if last > i {
			r.report(HideBlank, i+1, last)
		}
		if refused := refusal(a); own && refused != nil {
			r.report(HideMalformed, i, i).Err = refused
		}
		meant = append(meant, a.Value, r.text[a.End:r.arguments[last].End])
		i = last
	}
	r.list.Meant, r.list.Unclear = ParseHideLenient(strings.Join(meant, " "))
	return r.list, ok
}

// refusal returns why pciback does not take the value of an argument; nil if it
// does.
func refusal(a grub.Argument) *HideError {
	if !a.HasValue {
		return &HideError{Reason: "there is no value"}
	}
	_, refused := parseHide(a.Value)
	return refused
}

// hideListReader goes through the arguments of one command line.
type hideListReader struct {
	text      string
	arguments []grub.Argument
	list      HideList
}

func (r *hideListReader) report(kind HideProblemKind, first, last int) *HideProblem {
	start, end := r.arguments[first].Start, r.arguments[last].End
	r.list.Problems = append(r.list.Problems, HideProblem{Kind: kind, Text: r.text[start:end], Start: start, End: end})
	return &r.list.Problems[len(r.list.Problems)-1]
}

// reportMisspelt reports a misspelt argument, and returns the text of its list.
func (r *hideListReader) reportMisspelt(i int, m misspelling, key string) (list string) {
	list = r.devices(m)
	groups, _ := ParseHideLenient(list)
	right := groups.String()
	if right == "" {
		right = "(BUS:SLOT.FUNCTION)"
	}
	r.report(HideMisspelt, i, m.last).Right = key + "=" + right
	return list
}

// strays returns the last of the words that a blank has separated from the list in
// argument i: those up to the closing parenthesis, and those that are groups
// themselves.
func (r *hideListReader) strays(i int) (last int) {
	if !r.arguments[i].HasValue {
		return i
	}
	value := r.arguments[i].Value
	depth := strings.Count(value, "(") - strings.Count(value, ")")
	for last = i; last+1 < len(r.arguments); last++ {
		next := r.arguments[last+1]
		word := r.text[next.Start:next.End]
		group := strings.HasPrefix(strings.TrimLeft(word, ",;"), "(")
		if strings.ContainsFunc(word, outsideList) || depth <= 0 && !group {
			break
		}
		depth += strings.Count(word, "(") - strings.Count(word, ")")
	}
	return last
}

func outsideList(r rune) bool {
	return !strings.ContainsRune("0123456789abcdefABCDEF:.*(),;", r)
}
