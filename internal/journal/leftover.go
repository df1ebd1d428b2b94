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

// Leftover is a journal that another run did not end.
type Leftover struct {
	Name    string  // the file, without the root
	Entries []Entry // what it began and did not end
	Held    bool    // a process holds it: its run, or one of its writes that waits
	Err     error   // why it could not be read in full
	fs      sysfs.FS
	file    *os.File
}

// Look reads all journals, those of living runs too, and takes none.
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

// Take takes over the journals other than mine: each one that nobody holds is
// locked until Close. Call it with the lock that commands take turns by:
// without it a journal may be of a run that has just begun.
func Take(fs sysfs.FS, mine *Run) ([]*Leftover, error) {
	return each(fs, mine.name, func(l *Leftover) {
		l.open(os.O_RDWR)
		if l.file != nil {
			l.Retry()
		}
	})
}

// each calls do for every journal but the one named mine, in the order of their
// names.
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
		// One that is gone by now was ended by its run.
		if do(l); !errors.Is(l.Err, os.ErrNotExist) {
			all = append(all, l)
		}
	}
	return all, nil
}

func (l *Leftover) open(flags int) {
	l.file, l.Err = os.OpenFile(l.fs.Path(l.Name), flags, 0)
}

// Retry tries to lock the journal for this run and reads it anew. It says
// whether it is this run's now.
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

// Remove deletes the journal, when its entries stand in another.
func (l *Leftover) Remove() error {
	return os.Remove(l.fs.Path(l.Name))
}

// Close gives the journal back to whoever comes next.
func (l *Leftover) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
