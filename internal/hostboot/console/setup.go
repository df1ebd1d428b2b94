package console

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/uart"
)

// Setup is a plan by which the serial console is set up, or by which what was set up is taken away.
type Setup struct {
	change.Plan

	Xen, Dom0 boot.WordPlan // of the two command lines, which are in the plan
	Left      []Link        // links that do not hold, and that the plan does not mend

	host   *boot.Host
	edits  [2]boot.WordEdit // of Xen's line, and of dom0's
	wanted *Wanted          // nil if the console is taken away
	mended []Name           // the links that hold once it has been carried out
}

// Prepare plans that Xen, dom0, the boot loader and a login are on a serial port from the next boot
// on. Links that hold already stay as they are. The errors are those of boot.PlanWords, a
// *change.ForeignError, or about a file.
func Prepare(ctx context.Context, h *boot.Host, w Wanted) (Setup, error) {
	s := Setup{host: h, wanted: &w}
	next := hostboot.ReadNext(h.FS)
	r := newReader(h.FS, next, Asked{Err: errNotAsked})
	if l := r.xenLink(); !next.Xen {
		return s, &boot.ByHandError{Why: l.Reason, Place: "the default entry of the boot loader"}
	}
	s.edits[0] = boot.WordEdit{Xen: true, Recovery: true, Others: none, Unsets: none, Key: hostboot.OptionOf, Apply: func(words, before []string, _ ...string) ([]string, error) {
		return w.xenWords(w.withoutOther(words, before)), nil
	}}
	if err := s.words(ctx, &s.Xen, s.edits[0]); err != nil {
		return s, err
	}
	next.XenLine = next.XenLine.With(s.Xen.Now, s.Xen.Want)
	s.edits[1] = boot.WordEdit{Recovery: true, Others: none, Unsets: none, Key: hostboot.OptionOf, Apply: func(words, _ []string, _ ...string) ([]string, error) {
		return dom0Words(words, r.terminal(), Taken(next)), nil
	}}
	if err := s.words(ctx, &s.Dom0, s.edits[1]); err != nil {
		return s, err
	}
	next.Dom0Line = next.Dom0Line.With(s.Dom0.Now, s.Dom0.Want)
	s.mended = []Name{Xen, Dom0}
	return s, s.links(newReader(h.FS, next, Asked{Err: errNotAsked}))
}

// errNotAsked is why a plan does not know what the running Xen says.
var errNotAsked = errors.New("it is about the next boot")

// none returns no words: an edit of the console names none that have to go.
func none([]string) []string { return nil }

// words adds an edit of words to the plan.
func (s *Setup) words(ctx context.Context, p *boot.WordPlan, e boot.WordEdit) (err error) {
	if *p, err = boot.PlanWords(ctx, s.host.After(&s.Plan), e); err != nil {
		return err
	}
	return s.Join(&p.Plan)
}

// links plans what the links besides the two command lines need. r reads them as they are with the
// new words.
func (s *Setup) links(r reader) error {
	for _, link := range []struct {
		now  Link
		mend func(r reader) (bool, error)
		file string // which mend edits; "" if it edits none
	}{{r.wantedLoader(*s.wanted), s.mendLoader, s.loaderFile()}, {r.gettyLink(), s.mendGetty, s.gettyFile()}, {r.securettyLink(), s.mendSecuretty, securettyFile}} {
		if link.now.State == Holds {
			if err := s.stays(link.file); err != nil {
				return err
			}
			s.mended = append(s.mended, link.now.Name)
			continue
		}
		mended, err := link.mend(r)
		switch {
		case err != nil:
			return err
		case mended:
			s.mended = append(s.mended, link.now.Name)
		default:
			s.Left = append(s.Left, link.now)
		}
	}
	return nil
}

// stays plans that a file stays as it is: only what a process that was killed left beside it is removed.
func (s *Setup) stays(name string) error {
	if name == "" {
		return nil
	}
	state, err := s.View(s.host.FS).At(name)
	if err != nil {
		return err
	}
	return s.Add(change.Change{Path: name, Old: state, New: state})
}

// wantedLoader is the link of the boot loader, which is broken if its speed is not the one that is
// wanted, or the menu is on the firmware's console.
func (r reader) wantedLoader(w Wanted) Link {
	l := r.loaderLink()
	if l.Code == LoaderFirmware && !r.menu.none || l.State == Holds && l.Speed != w.Speed {
		l.State = Broken
	}
	return l
}

// Remove plans that the lines and files of Prepare go, and that the words of Xen's console and of
// dom0's are what they were before xenpci set any.
func Remove(ctx context.Context, h *boot.Host) (Setup, error) {
	s := Setup{host: h}
	back := func(options []string) func(words, before []string, _ ...string) ([]string, error) {
		return func(words, before []string, _ ...string) ([]string, error) {
			return restored(words, before, options), nil
		}
	}
	s.edits[0] = boot.WordEdit{Xen: true, Recovery: true, Others: none, Unsets: none, Key: hostboot.OptionOf, Apply: back(xenOptions())}
	s.edits[1] = boot.WordEdit{Recovery: true, Others: none, Unsets: none, Key: hostboot.OptionOf, Apply: back(dom0Options())}
	err := s.words(ctx, &s.Xen, s.edits[0])
	if err == nil {
		err = s.words(ctx, &s.Dom0, s.edits[1])
	}
	for _, remove := range []func() error{s.removeLoader, s.removeGetty, s.removeSecuretty} {
		if err == nil {
			err = remove()
		}
	}
	if err == nil && h.Loader.Generated {
		err = s.generateStale()
	}
	return s, err
}

// generateStale has the boot loader's file made again if the default entry or the menu has something of the
// console that the settings do not have: a run that removed it from them was killed before the generator
// ran.
func (s *Setup) generateStale() error {
	next := hostboot.ReadNext(s.host.FS)
	more := func(line hostboot.Line, want []string, options ...string) bool {
		return slices.ContainsFunc(line.Own(), func(w hostboot.Word) bool {
			return slices.Contains(options, keyOf(w.Text)) && !slices.Contains(want, w.Text)
		})
	}
	stale := more(next.XenLine, s.Xen.Want, xenOptions()...) || more(next.Dom0Line, s.Dom0.Want, dom0Options()...)
	if s.host.Loader.Kind == boot.GRUB2 {
		terminals, err := s.terminals()
		if err != nil {
			return err
		}
		serial := slices.ContainsFunc(slices.Collect(maps.Values(terminals)), func(value string) bool {
			return slices.Contains(strings.Fields(value), "serial")
		})
		menu := readMenu(s.host.FS, s.host.Loader)
		stale = stale || !serial && (menu.input || menu.output)
	}
	if stale {
		s.generate()
	}
	return nil
}

// xenOptions and dom0Options are the options of the console on the two lines.
func xenOptions() []string  { return []string{"console", "com1", "com2"} }
func dom0Options() []string { return []string{"console"} }

// generate has the boot loader's file made again, once.
func (s *Setup) generate() {
	var p boot.WordPlan
	p.Generate(s.host)
	s.Run(p.Commands...)
	s.RunBack(p.Back...)
}

// NotHeldError reports links that do not hold after the plan was carried out.
type NotHeldError struct{ Links []Link }

// Error returns the reason and the advice.
func (e *NotHeldError) Error() string {
	if advice := e.Advice(); advice != "" {
		return e.Reason() + "; " + advice
	}
	return e.Reason()
}

// Reason names the links.
func (e *NotHeldError) Reason() string {
	var reasons []string
	for _, l := range e.Links {
		place := ""
		if l.Place.File != "" {
			place = fmt.Sprintf(" (%s:%d)", l.Place.File, l.Place.Line)
		}
		reasons = append(reasons, fmt.Sprintf("%s%s: %s", l.Name, place, l.Reason))
	}
	return strings.Join(reasons, "; ")
}

// Advice says what to do about them.
func (e *NotHeldError) Advice() string {
	var advice []string
	for _, l := range e.Links {
		if l.Advice != "" {
			advice = append(advice, l.Advice)
		}
	}
	return strings.Join(advice, "; ")
}

// CarryOut changes the files, runs the generator of the boot loader's file, and reads back what came of
// it. If anything fails, everything is taken back, and the error is a *change.TakenBackError. lost
// gets the error of an entry that does not have its words, and whether they are of Xen's line.
func (s Setup) CarryOut(ctx context.Context, lost func(xen bool, err error) error) error {
	p := boot.WordPlan{Plan: s.Plan}
	return p.CarryOut(ctx, s.host, func(ctx context.Context) error { return s.check(ctx, lost) })
}

// check reads back what came of the plan. Where no program could make anything of the settings,
// only the other files are looked at. The error is a *NotHeldError or one of boot.WordPlan.Check.
func (s Setup) check(ctx context.Context, lost func(xen bool, err error) error) error {
	made := s.host.Run != nil || !s.host.Loader.Generated
	if made {
		for i, p := range []boot.WordPlan{s.Xen, s.Dom0} {
			if err := p.Check(ctx, s.host, s.edits[i]); err != nil {
				return lost(s.edits[i].Xen, err)
			}
		}
	}
	if s.wanted == nil {
		return nil
	}
	chain := Read(s.host.FS, hostboot.ReadNext(s.host.FS), Asked{Err: errNotAsked})
	var failed []Link
	for _, l := range chain.Links {
		ofLoader := slices.Contains([]Name{Loader, Xen, Dom0}, l.Name)
		if slices.Contains(s.mended, l.Name) && l.State != Holds && (made || !ofLoader) {
			failed = append(failed, l)
		}
	}
	if made && len(failed) == 0 && (chain.Port != s.wanted.Port || chain.Speed != s.wanted.Speed) {
		l := chain.Links[slices.IndexFunc(chain.Links, func(l Link) bool { return l.Name == Xen })]
		l.Reason = fmt.Sprintf("Xen's console is on %q with %d baud", chain.Port, chain.Speed)
		failed = append(failed, l)
	}
	if len(failed) > 0 {
		return &NotHeldError{failed}
	}
	return nil
}

// wantedPort returns the port as Xen's line sets it up.
func (r reader) wantedPort() uart.Port {
	if port := r.port(); port != nil {
		return *port
	}
	return uart.Port{}
}
