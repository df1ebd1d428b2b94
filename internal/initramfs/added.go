package initramfs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Added is a file that is added to an image.
type Added struct {
	Name    string      // in the image: "etc/modprobe.d/local.conf"
	Mode    fs.FileMode // permission bits
	Content []byte
}

// addedMark is the file name in the gzip header of an archive that was added. The kernel
// skips the name, and no other optional part of the header (lib/decompress_inflate.c).
const addedMark = "xenpci-added"

// Bounds on what is added at once.
const (
	MaxAdded      = 32 << 20 // bytes of all files
	maxAddedFiles = 4096
)

// PlaceError reports a file that cannot have its place in an image.
type PlaceError struct{ Name, Why string }

// Error names the file.
func (e *PlaceError) Error() string { return "/" + e.Name + ": " + e.Why }

// Last returns the compression of the archive that an image ends with.
func (i *Image) Last() string {
	if len(i.members) == 0 {
		return ""
	}
	return i.members[len(i.members)-1].Compression
}

// followed are the compressions behind which the kernel was seen to find another archive. An
// archive in lz4's legacy format has no end: what follows it is taken for a block.
var followed = [...]string{"", "gzip", "zstd", "xz"}

// Archive returns a gzip-compressed archive that adds files to the image, and the folders that
// it makes for them. The image keeps its own folders: an entry for a folder would replace a
// link of that name by an empty folder. Files with the same content and permissions are left
// out; the archive is nil if all are. The image has to be read with the names of the files
// wanted. The error is a *PlaceError or ErrBound.
func (i *Image) Archive(files []Added) (archive []byte, folders []string, err error) {
	files = slices.DeleteFunc(slices.Clone(files), i.has)
	if len(files) == 0 {
		return nil, nil, nil
	}
	if !slices.Contains(followed[:], i.Last()) {
		return nil, nil, &PlaceError{files[0].Name, "the image ends with an archive compressed by " + i.Last() + ", behind which the kernel may not look for another"}
	}
	size := 0
	for _, f := range files {
		more, err := i.missingFolders(f.Name)
		if err != nil {
			return nil, nil, err
		}
		for _, folder := range more {
			if !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
		}
		if size += len(f.Content); size > MaxAdded || len(files) > maxAddedFiles {
			return nil, nil, fmt.Errorf("files of %d MiB or more: %w", MaxAdded>>20, ErrBound)
		}
	}
	var plain bytes.Buffer
	for _, name := range folders {
		writeEntry(&plain, name, modeFolder|0o755, nil)
	}
	for _, f := range files {
		writeEntry(&plain, f.Name, modeFile|uint32(f.Mode.Perm()), f.Content)
	}
	writeEntry(&plain, trailer, 0, nil)
	archive, err = packAdded(plain.Bytes())
	return archive, folders, err
}

// packAdded compresses an archive, and marks it. The same bytes give the same bytes.
func packAdded(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w.Name = addedMark
	_, err = w.Write(plain)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// has reports whether the image has a file already.
func (i *Image) has(f Added) bool {
	e, ok := i.entries[i.resolveFolder(f.Name)]
	content, kept := i.File(f.Name)
	return ok && e.Mode == f.Mode.Perm() && (kept || e.Size == 0) && bytes.Equal(content, f.Content)
}

// resolveFolder follows the links in the path of a name, but not the name itself, as the kernel
// does when it makes the file.
func (i *Image) resolveFolder(name string) string {
	return path.Join(i.resolve(path.Dir(name)), path.Base(name))
}

// missingFolders returns the folders above a file that the image does not have, the highest
// first.
func (i *Image) missingFolders(name string) (missing []string, err error) {
	if e, ok := i.entries[i.resolveFolder(name)]; ok && e.Mode.IsDir() {
		return nil, &PlaceError{name, "the image has a folder of this name"}
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		e, ok := i.entries[i.resolve(dir)]
		switch {
		case !ok && i.targets[i.resolveFolder(dir)] != "":
			return nil, &PlaceError{name, "in the image /" + dir + " is a link that leads nowhere"}
		case !ok:
			missing = append(missing, dir)
			continue
		case !e.Mode.IsDir():
			return nil, &PlaceError{name, "in the image /" + dir + " is not a folder"}
		}
	}
	slices.Reverse(missing)
	return missing, nil
}

// markedAt reports whether the bytes are the beginning of an archive that was added.
func markedAt(head []byte) bool {
	const fixed, nameFlag = 10, 8 // RFC 1952, 2.3
	name := addedMark + "\x00"
	return len(head) >= fixed+len(name) && head[0] == 0x1f && head[1] == 0x8b && head[3] == nameFlag && string(head[fixed:][:len(name)]) == name
}

// markedSize is how many bytes markedAt needs.
const markedSize = 10 + len(addedMark) + 1

// added returns the archives with which an image ends and that were added; none if something else
// follows them.
func (i *Image) added() []Member {
	at := len(i.members)
	for at > 0 && i.members[at-1].Added {
		at--
	}
	return i.members[at:]
}
