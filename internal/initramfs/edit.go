package initramfs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Edit is a planned change of the end of an image.
type Edit struct {
	File    string   // with links resolved
	Size    int64    // of the image now
	Keep    int64    // how many of its bytes stay: those before the archives that are taken off
	Archive []byte   // what follows them; nil for nothing
	Names   []string // the files that are added, or taken off
	Folders []string // the folders that are made for them

	version etc.Version
	before  *Image
	files   []Added
}

// Nothing reports whether the image stays as it is.
func (e Edit) Nothing() bool { return e.Keep == e.Size && len(e.Archive) == 0 }

// ErrNotAdded means that no archive that was added is at the end of an image.
var ErrNotAdded = errors.New("nothing that 'xenpci initramfs add' added is at its end")

// PlanAdd plans to append an archive with files to an image. Those that the image has already
// are left out. The errors are those of Read and Archive.
func PlanAdd(ctx context.Context, f sysfs.FS, name string, files []Added) (Edit, error) {
	e, err := look(f, name)
	if err != nil {
		return e, err
	}
	if e.before, err = readNamed(ctx, f, e.File, files); err != nil {
		return e, err
	}
	if e.Archive, e.Folders, err = e.before.Archive(files); err != nil {
		return e, fmt.Errorf("initramfs %s: %w", name, err)
	}
	e.files = slices.DeleteFunc(slices.Clone(files), e.before.has)
	for _, file := range e.files {
		e.Names = append(e.Names, file.Name)
	}
	return e, nil
}

// PlanRemove plans to cut off the archives that were added to an image, so that its bytes are
// what they were before. The errors are those of Read, and ErrNotAdded.
func PlanRemove(ctx context.Context, f sysfs.FS, name string) (Edit, error) {
	e, err := look(f, name)
	if err != nil {
		return e, err
	}
	if e.before, err = Read(ctx, f, e.File); err != nil {
		return e, err
	}
	added := e.before.added()
	if len(added) == 0 {
		return e, fmt.Errorf("initramfs %s: %w", name, ErrNotAdded)
	}
	e.Keep = added[0].Offset
	for _, m := range added {
		e.Names = append(e.Names, m.Names...)
	}
	return e, nil
}

func look(f sysfs.FS, name string) (Edit, error) {
	v, err := etc.Look(f, name)
	if err != nil {
		return Edit{}, fmt.Errorf("initramfs: %w", err)
	}
	return Edit{File: v.Name(), Size: v.Size, Keep: v.Size, version: v}, nil
}

// readNamed reads an image with the content of these files.
func readNamed(ctx context.Context, f sysfs.FS, name string, files []Added) (*Image, error) {
	patterns := make([]string, len(files))
	for i, file := range files {
		patterns[i] = Exactly(file.Name)
	}
	return Read(ctx, f, name, patterns...)
}

// Exactly returns the pattern that matches a name alone.
func Exactly(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// ReadBackError reports a copy of an image that is not as it was planned, so that the image was
// left as it was.
type ReadBackError struct{ File, Why string }

// Error names the image.
func (e *ReadBackError) Error() string {
	return e.File + ": the changed copy does not read back as planned: " + e.Why + "; the image is as it was"
}

// CarryOut writes the changed image beside the old one, reads it back as the kernel does, and
// puts it in place. Nothing is changed if the copy is not as planned: the error is a
// *ReadBackError, or one of etc.Rewrite. A copy that an earlier process left that was killed goes.
func (e Edit) CarryOut(ctx context.Context, f sysfs.FS) error {
	if e.Nothing() {
		return etc.Sweep(f, e.File)
	}
	return etc.Rewrite(f, e.version, e.Keep, e.Archive, func(copied string) error {
		after, err := readNamed(ctx, f, copied, e.files)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err == nil {
			err = e.differs(after)
		}
		if err != nil {
			return &ReadBackError{e.File, err.Error()}
		}
		return nil
	})
}

// differs returns in which way an image is not what the edit makes of it.
func (e Edit) differs(after *Image) error {
	for _, file := range e.files {
		if !after.has(file) {
			return fmt.Errorf("/%s is not in it as it should be", file.Name)
		}
	}
	if len(e.Archive) == 0 {
		members := slices.DeleteFunc(slices.Clone(e.before.members), func(m Member) bool { return m.Offset >= e.Keep })
		if !slices.EqualFunc(members, after.members, func(a, b Member) bool { return a.Offset == b.Offset && a.Entries == b.Entries }) {
			return errors.New("it has other archives")
		}
		return nil
	}
	added := map[string]bool{}
	for _, name := range slices.Concat(e.Names, e.Folders) {
		added[e.before.resolveFolder(name)] = true
	}
	for _, name := range e.before.Names() {
		was, _ := e.before.Own(name)
		if is, ok := after.Own(name); !ok || !added[name] && is != was {
			return fmt.Errorf("/%s is not in it as before", name)
		}
	}
	return nil
}
