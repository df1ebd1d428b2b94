package engine

import (
	"errors"
	"os"
	"path"
)

// writeNote writes a file below /run/xenpci, which a boot empties, and makes the folder that it is in.
// A note that was there stays whole until the new one is, also where /run is full.
func (e *Engine) writeNote(name string, content []byte, mode os.FileMode) error {
	name = e.FS.Path(name)
	if err := os.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(path.Dir(name), "."+path.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Chmod(mode), file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// dropNote removes such a file. It is no error if there is none.
func (e *Engine) dropNote(name string) error {
	if err := os.Remove(e.FS.Path(name)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
