package journal

import (
	"errors"
	"fmt"
	"os"
	"path"
	"sort"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// Bounds of what is read back.
const (
	maxJournals    = 1024
	maxJournalSize = 4 << 20 // bytes; a record is some 300 bytes
)

// Leftover is the journal of another run.
type Leftover struct {
	Name    string  // the file, without the root
	Entries []Entry // what the run began and did not complete
	Held    bool    // a process has it locked: its run, or one of its pending writes
	Err     error   // why it could not be read completely
	fs      sysfs.FS
	file    *os.File
}

// Look reads all journals, including those of active runs, and locks none.
func Look(fs sysfs.FS) ([]*Leftover, error) {
	return each(fs, "", func(l *Leftover) {
		l.open(os.O_RDONLY)
		if l.file == nil {
			return
		}
		l.Held, l.Err = locked(l.file)
		l.read()
		l.Err = errors.Join(l.Err, l.file.Close())
	})
}

// Take takes over all journals but mine: it locks, until Close, each one that no
// process has locked. The caller must hold the lock by which commands take turns.
// Otherwise a journal may belong to a run that has just begun.
func Take(fs sysfs.FS, mine *Run) ([]*Leftover, error) {
	return each(fs, mine.name, func(l *Leftover) {
		l.open(os.O_RDWR)
		if l.file != nil {
			l.Retry()
		}
	})
}

// each calls do for every journal except mine, in the order of their names.
func each(fs sysfs.FS, mine string, do func(*Leftover)) ([]*Leftover, error) {
	names, err := fs.List(Dir)
	if sysfs.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var all []*Leftover
	for _, name := range names[:min(len(names), maxJournals)] {
		l := &Leftover{Name: path.Join(Dir, name), fs: fs}
		if l.Name == mine {
			continue
		}
		// A journal that is gone by now was completed by its run.
		if do(l); !errors.Is(l.Err, os.ErrNotExist) {
			all = append(all, l)
		}
	}
	return all, nil
}

func (l *Leftover) open(flags int) {
	l.file, l.Err = os.OpenFile(l.fs.Path(l.Name), flags, 0)
}

// Retry tries to lock the journal for this run and reads it again. It reports
// whether this run now has the lock.
func (l *Leftover) Retry() bool {
	err := lock(l.file)
	l.Held = errors.Is(err, errLocked)
	l.Err = nil
	if err != nil && !l.Held {
		l.Err = fmt.Errorf("%s: lock: %w", l.Name, err)
		return false
	}
	l.read()
	return !l.Held
}

func (l *Leftover) read() {
	content, err := l.fs.Read(l.Name, maxJournalSize)
	if err == nil {
		l.Entries, err = Parse(content)
	}
	if err != nil {
		l.Err = fmt.Errorf("%s: %w", l.Name, err)
	}
}

// Remove deletes the journal. It is for a journal whose entries are recorded in
// another one.
func (l *Leftover) Remove() error {
	return os.Remove(l.fs.Path(l.Name))
}

// Close releases the journal for the next run.
func (l *Leftover) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
