package change

import (
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Backup returns the content that a file had before anything of ours was written
// into it. touched is false where a kind has no lines in it, or the file is back
// to that content.
func Backup(f sysfs.FS, kind Kind, name string) (content []byte, touched bool, err error) {
	content, kept, err := etc.Backup(f, name)
	if err != nil || !kept {
		return nil, false, err
	}
	all, err := readNotes(f)
	if err != nil {
		return nil, false, err
	}
	file, err := etc.Resolve(f, name)
	if err != nil || !all.edited(file, kind) {
		return nil, false, err
	}
	return content, true, nil
}
