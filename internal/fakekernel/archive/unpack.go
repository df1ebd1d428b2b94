package archive

import (
	"fmt"
	"os"
	"path"
)

// Unpack writes the tree of a into dir, an existing directory. It sets modes regardless of
// the umask, and writes nothing outside dir, not even through the archive's links.
func Unpack(a Archive, dir string) error {
	if err := a.Check(); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	defer root.Close()
	made := map[string]bool{".": true}
	for _, e := range a.Entries {
		if err := unpack(root, e, made); err != nil {
			return fmt.Errorf("archive: %s: %w", e.Path, err)
		}
	}
	return nil
}

func unpack(root *os.Root, e Entry, made map[string]bool) error {
	dir := path.Dir(e.Path)
	if e.Dir {
		dir = e.Path
	}
	if !made[dir] {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		made[dir] = true
	}
	switch {
	case e.Dir:
		return nil
	case e.Target != "":
		return root.Symlink(e.Target, e.Path)
	}
	if err := root.WriteFile(e.Path, e.Data, 0o600); err != nil {
		return err
	}
	return root.Chmod(e.Path, e.Mode)
}
