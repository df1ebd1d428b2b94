package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// wholeFile is a file in the making, which gets its name once it is whole.
type wholeFile struct {
	*os.File        // under another name in the same folder
	name     string // that it will have
	force    bool   // a file of that name is replaced
}

// createWhole begins a file. Where there is one of that name already it is an
// error, unless force is set; what is no plain file is never replaced.
func createWhole(name string, mode os.FileMode, force bool) (*wholeFile, error) {
	switch there, err := os.Lstat(name); {
	case err == nil && !there.Mode().IsRegular():
		return nil, fmt.Errorf("%s: there is something of that name that is no plain file", name)
	case err == nil && !force:
		return nil, existsError(name)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	unfinished := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d", filepath.Base(name), os.Getpid()))
	file, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if unwritable := (*fs.PathError)(nil); errors.As(err, &unwritable) {
		return nil, fmt.Errorf("%s: %w", name, unwritable.Err)
	}
	return &wholeFile{file, name, force}, nil
}

func existsError(name string) error {
	return fmt.Errorf("%s: %w; --force replaces it", name, fs.ErrExist)
}

// keep gives the file its name.
func (w *wholeFile) keep() error {
	if err := errors.Join(w.Sync(), w.Close()); err != nil {
		return err
	}
	if w.force {
		return os.Rename(w.Name(), w.name)
	}
	// A link fails where somebody has made a file of that name meanwhile. Some
	// file systems have none.
	err := os.Link(w.Name(), w.name)
	switch {
	case errors.Is(err, fs.ErrExist):
		return existsError(w.name)
	case err != nil:
		return os.Rename(w.Name(), w.name)
	}
	return nil
}

// drop removes what has not got its name.
func (w *wholeFile) drop() {
	_ = w.Close()
	_ = os.Remove(w.Name())
}
