package sysfs

import "os"

// Dir is an open directory for reading many small files below it, so that the
// kernel resolves its path only once. It must not be shared between goroutines.
type Dir struct {
	file *os.File
	fd   int
	name string // without the root
	page [AttributeLimit]byte
}

// OpenDir opens the directory name. The error is an *AttrError.
func (f FS) OpenDir(name string) (*Dir, error) {
	file, err := openDir(f.Path(name))
	if err != nil {
		return nil, listError("open", name, err)
	}
	return &Dir{file: file, fd: int(file.Fd()), name: name}, nil
}

// Close closes the directory.
func (d *Dir) Close() { _ = d.file.Close() }

// List returns the names in the directory, in the kernel's order. It may be
// called once.
func (d *Dir) List() ([]string, error) {
	names, err := d.file.Readdirnames(-1)
	if err != nil {
		return nil, listError("list", d.name, err)
	}
	return names, nil
}

// Attribute is FS.Attribute for a file below the directory,
// "0000:00:09.0/class".
func (d *Dir) Attribute(name string) (string, error) {
	text, op, err := readAttribute(d.fd, name, d.page[:])
	if err != nil {
		return "", &AttrError{Op: op, Path: d.name + "/" + name, Err: err}
	}
	return text, nil
}

// Read is FS.Read for a file below the directory.
func (d *Dir) Read(name string, limit int) ([]byte, error) {
	content, op, err := readFile(d.fd, name, limit)
	if err != nil {
		return nil, &AttrError{Op: op, Path: d.name + "/" + name, Err: err}
	}
	return content, nil
}

// Readlink is FS.Readlink for a link below the directory.
func (d *Dir) Readlink(name string) (string, error) {
	target, err := readlink(d.fd, name, d.page[:])
	if err != nil {
		return "", &AttrError{Op: "readlink", Path: d.name + "/" + name, Err: err}
	}
	return target, nil
}
