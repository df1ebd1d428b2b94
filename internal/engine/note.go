package engine

import (
	"errors"
	"os"
	"path"
)

// writeNote writes a file below /run/xenpci, which a boot empties, and makes the folder that it is in.
func (e *Engine) writeNote(name string, content []byte, mode os.FileMode) error {
	name = e.FS.Path(name)
	if err := os.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

// dropNote removes such a file. It is no error if there is none.
func (e *Engine) dropNote(name string) error {
	if err := os.Remove(e.FS.Path(name)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
