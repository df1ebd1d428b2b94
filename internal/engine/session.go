package engine

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/xenpci/xenpci/internal/interrupt"
	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/pkg/pci"
)

// session is one turn: from taking the lock to giving it back.
type session struct {
	*Engine
	outside
	lock    *os.File
	journal *journal.Run
	stuck   map[pci.Address]string // devices on which an earlier run's write waits
	ahead   sync.WaitGroup         // what was begun before it was needed
}

// begin opens everything that a run needs, takes the lock, starts the journal,
// and ends what earlier runs left. With guarded the guard will be asked, and
// looks while this goroutine goes on.
func (e *Engine) begin(ctx context.Context, wait time.Duration, guarded bool) (s *session, err error) {
	s = &session{Engine: e, stuck: map[pci.Address]string{}}
	defer func() {
		if err != nil {
			_ = s.end()
		}
	}()
	if err = interrupt.Err(ctx); err != nil {
		return s, err
	}
	if s.outside, err = e.open(ctx); err != nil {
		return s, err
	}
	if s.lock, err = e.lock(ctx, lockFile, wait); err != nil {
		return s, err
	}
	if e.Begun != nil {
		e.Begun()
	}
	if s.journal, err = journal.Start(e.FS); err != nil {
		return s, err
	}
	leftovers, err := journal.Take(s.FS, s.journal)
	if err != nil {
		return s, err
	}
	for _, l := range leftovers {
		defer l.Close()
	}
	if guarded && len(leftovers) == 0 { // else devices are moved first
		s.ahead.Go(func() { s.guard() })
	}
	if err = s.attributes.Hold(ctx, s.journal.Name()); err != nil {
		return s, err
	}
	return s, s.adopt(ctx, leftovers, wait)
}

// close ends the session, and warns if that fails.
func (s *session) close() {
	if err := s.end(); err != nil {
		s.warn(Warning{Code: CloseFailed, Reason: "the run could not be ended: " + err.Error()})
	}
}

// end closes everything. The journal is closed after all but the lock: if that fails,
// the next run finds it.
func (s *session) end() error {
	s.ahead.Wait()
	errs := []error{s.outside.close()}
	if s.journal != nil {
		errs = append(errs, s.journal.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// leave notes in the journal, and says, what could not be ended.
func (s *session) leave(a pci.Address, why error) {
	if err := s.journal.Leave(a, withoutDevice(why)); err != nil {
		s.warnOf(a, JournalUnwritten, "the journal cannot be written: "+err.Error(), "")
	}
}

// done notes that nothing is left to do for a device.
func (s *session) done(a pci.Address) {
	if err := s.journal.End(a); err != nil {
		s.warnOf(a, JournalUnwritten, "the journal cannot be written, so the next run will look at the device again: "+err.Error(), "")
	}
}
