package engine

import (
	"errors"
	"os"
	"path"
)

// writeNote writes a file below /run/xenpci, where what is remembered ends with the boot, and the folder
// that it is in.
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

// dropNote removes such a file; one that is not there is no error.
func (e *Engine) dropNote(name string) error {
	if err := os.Remove(e.FS.Path(name)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
