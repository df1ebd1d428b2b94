// Package watch tells when the files of /etc/xenpci may have changed.
//
// It watches folders, never files: an editor replaces a file, and a watch on the old one
// hears nothing of the new one. A folder that goes and comes again is watched again, for
// which the folder above it is watched too. It does not tell what has changed: who is
// told reads the files.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// An editor writes, renames and deletes several files for one change, and some truncate
// the file before they write it. So the files are left to settle, but not for ever.
const (
	quiet   = 250 * time.Millisecond
	longest = 2 * time.Second
)

// Watcher watches a folder and those below it that it was told of. One goroutine may use
// it.
type Watcher struct {
	inotify *fsnotify.Watcher
	folders []string // the parent first
}

// New watches folders, the uppermost first, each of which may be missing. The folder
// that the first is in has to be there: it is watched for the first alone.
func New(folders ...string) (*Watcher, error) {
	inotify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	w := &Watcher{inotify: inotify, folders: folders}
	if err := errors.Join(inotify.Add(filepath.Dir(folders[0])), w.add()); err != nil {
		_ = inotify.Close()
		return nil, err
	}
	return w, nil
}

// Close ends the watching.
func (w *Watcher) Close() error { return w.inotify.Close() }

// add watches those of the folders that are there. One that is watched already stays so,
// and for the kernel one that came again is a new one.
func (w *Watcher) add() error {
	var errs []error
	for _, folder := range w.folders {
		if err := w.inotify.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("%s: %w", folder, err))
		}
	}
	return errors.Join(errs...)
}

// Next waits until something below the folders has changed and is quiet again. The error
// is that of the context, or that nothing can be watched any more.
func (w *Watcher) Next(ctx context.Context) error {
	var settled <-chan time.Time // nil until something has changed
	var latest time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-settled:
			return nil
		case err, open := <-w.inotify.Errors:
			if !open {
				return fsnotify.ErrClosed
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) { // events were lost: something has changed
				return err
			}
		case event, open := <-w.inotify.Events:
			if !open {
				return fsnotify.ErrClosed
			}
			if !w.concerns(event.Name) {
				continue
			}
		}
		if err := w.add(); err != nil {
			return err
		}
		now := time.Now()
		if settled == nil {
			latest = now.Add(longest)
		}
		settled = time.After(min(quiet, latest.Sub(now)))
	}
}

// concerns reports whether a name is one of the folders, or is below one.
func (w *Watcher) concerns(name string) bool {
	top := w.folders[0]
	return name == top || strings.HasPrefix(name, top+string(filepath.Separator))
}
