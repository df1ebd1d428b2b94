package trial

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/pkg/grub"
)

// panicSeconds is after how long dom0's kernel restarts when it has panicked.
const panicSeconds = 10

// lines computes the two lines of the trial.
func (s *Setup) lines(r Request) error {
	for _, w := range slices.Concat(r.Xen, r.Dom0) {
		if err := checkWord(w); err != nil {
			return err
		}
	}
	for _, w := range r.Xen {
		if len(w) > hostboot.LongestXenWord {
			return refused(BadWord, "", "the word %s has %d bytes, of which Xen takes %d", w, len(w), hostboot.LongestXenWord)
		}
	}
	xen, dom0 := s.menu.xenWords(), s.menu.dom0Words()
	var err error
	if s.Xen, err = (hostboot.Change{Line: hostboot.XenLine, Set: r.Xen, Repeat: r.Repeat}).Apply(xen, nil); err != nil {
		return err
	}
	if s.Dom0, err = (hostboot.Change{Line: hostboot.Dom0Line, Set: r.Dom0, Repeat: r.Repeat}).Apply(dom0, nil); err != nil {
		return err
	}
	if slices.Equal(s.Xen, xen) && slices.Equal(s.Dom0, dom0) && r.Hide == nil {
		return refused(NothingToTry, "", "the entry %q has these words already", s.Title)
	}
	for _, w := range r.Xen {
		if stays(w) {
			return refused(NoReboot, "leave it out", "with %s Xen does not restart after a crash, and the machine would not come back", w)
		}
	}
	s.Xen = slices.DeleteFunc(slices.Clone(s.Xen), stays)
	ours := []string{Key + "=" + r.ID}
	if value, there := (hostboot.Line{Words: hostWords(s.Dom0)}).Value("panic"); !there || value == "0" || value == "" {
		ours = append(ours, "panic="+strconv.Itoa(panicSeconds))
	}
	if s.Dom0, err = (hostboot.Change{Line: hostboot.Dom0Line, Set: ours, Repeat: hostboot.Replace}).Apply(s.Dom0, nil); err != nil {
		return err
	}
	if n := len(strings.Join(s.Xen, " ")); n > hostboot.LongestXenLine {
		return refused(BadWord, "", "Xen's line would have %d bytes, of which Xen takes %d", n, hostboot.LongestXenLine)
	}
	if n := len(strings.Join(s.Dom0, " ")); n > hostboot.LongestDom0Line {
		return refused(BadWord, "", "dom0's line would have %d bytes, of which Xen hands on %d", n, hostboot.LongestDom0Line)
	}
	return nil
}

func hostWords(texts []string) (words []hostboot.Word) {
	for _, text := range texts {
		words = append(words, hostboot.Word{Text: text})
	}
	return words
}

// checkWord returns why a word would not reach Xen or the kernel as it is.
func checkWord(w string) error {
	err := grub.CheckWord(w)
	switch {
	case err != nil:
		return refused(BadWord, "", "%s", err)
	case strings.HasPrefix(w, Key+"="):
		return refused(BadWord, "", "%s is xenpci's own", Key)
	}
	return nil
}

// stays reports whether a word of Xen's line keeps Xen from restarting after a crash.
func stays(w string) bool {
	key, value, _ := strings.Cut(w, "=")
	return key == "noreboot" || key == "reboot" && strings.HasPrefix(value, "n")
}
