package etc

import "github.com/xenpci/xenpci/internal/sysfs"

// Script returns the content of a script, and whether it runs: whether there is such a
// file, or a link to one, that is executable.
func Script(f sysfs.FS, name string) (content []byte, runs bool, err error) {
	content, exists, err := Read(f, name)
	if err != nil || !exists {
		return nil, false, err
	}
	return content, Mode(f, f.Resolve(name))&0o111 != 0, nil
}
