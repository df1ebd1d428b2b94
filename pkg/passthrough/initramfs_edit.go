package passthrough

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/initramfs"
)

// InitramfsOptions are how an image is changed.
type InitramfsOptions struct {
	Image  string // without the root; "" for the one that boots next
	DryRun bool
}

// InitramfsChange is what was appended to an image, or cut off.
type InitramfsChange struct {
	File    string   `json:"file"`              // the image, with links followed
	Size    int64    `json:"size"`              // in bytes, before
	After   int64    `json:"after"`             // in bytes, after
	Files   []string `json:"files"`             // in the image, that were added or taken off; empty if there was nothing to do
	Folders []string `json:"folders,omitempty"` // that were made for them
	DryRun  bool     `json:"dry_run,omitempty"`
}

// AddToInitramfs appends an archive with files of the system to an image. Each has the path in
// the image that it has in the system, and belongs to root. Files that the image has already are
// left out. The changed image is read back as the kernel reads it before it takes the place of
// the old one. The next image that the system makes does not have the files.
//
// An error is CodeBadOption, if a file cannot be added, or CodeFailed.
func (v *View) AddToInitramfs(ctx context.Context, files []string, o InitramfsOptions, report func(Event)) (InitramfsChange, error) {
	var added []initramfs.Added
	left := int64(initramfs.MaxAdded)
	for _, name := range files {
		file, err := v.readAdded(name, left)
		if err != nil {
			return InitramfsChange{}, err
		}
		left -= int64(len(file.Content))
		added = append(added, file)
	}
	return v.editInitramfs(ctx, o, report, func(image string) (initramfs.Edit, error) {
		if err := v.notItself(image, files); err != nil {
			return initramfs.Edit{}, err
		}
		return initramfs.PlanAdd(ctx, v.fs, image, added)
	})
}

// notItself refuses to add an image to itself.
func (v *View) notItself(image string, files []string) error {
	itself, err := etc.Resolve(v.fs, image)
	if err != nil {
		return err
	}
	for _, name := range files {
		file, err := etc.Resolve(v.fs, path.Clean("/"+name))
		if err != nil {
			return err
		}
		if file == itself {
			return &Error{Code: CodeBadOption, Path: name, Reason: name + " is the image itself", Advice: "name the image by --image, and only the files to add"}
		}
	}
	return nil
}

// CutInitramfs takes off what AddToInitramfs appended to an image, all of it, so that the
// image has the bytes that it had before. There is nothing to do if nothing of that is at the
// end of the image.
func (v *View) CutInitramfs(ctx context.Context, o InitramfsOptions, report func(Event)) (InitramfsChange, error) {
	return v.editInitramfs(ctx, o, report, func(image string) (initramfs.Edit, error) {
		e, err := initramfs.PlanRemove(ctx, v.fs, image)
		if errors.Is(err, initramfs.ErrNotAdded) {
			return e, nil
		}
		return e, err
	})
}

// editInitramfs plans a change of an image and carries it out, in turn.
func (v *View) editInitramfs(ctx context.Context, o InitramfsOptions, report func(Event), plan func(image string) (initramfs.Edit, error)) (c InitramfsChange, err error) {
	err = v.inTurn(ctx, newReporter(report), o.DryRun, func(*os.File) error {
		image, err := v.initramfsFile(o.Image)
		if err != nil {
			return err
		}
		edit, err := plan(image)
		if err != nil {
			return err
		}
		c = InitramfsChange{
			File: edit.File, Size: edit.Size, After: edit.Keep + int64(len(edit.Archive)), Files: append([]string{}, edit.Names...), Folders: edit.Folders, DryRun: o.DryRun,
		}
		if o.DryRun {
			return nil
		}
		return edit.CarryOut(ctx, v.fs)
	})
	return c, wrapped(err)
}

// readAdded reads a file of the system that is to be added.
func (v *View) readAdded(name string, limit int64) (initramfs.Added, error) {
	refused := func(why string) error {
		return &Error{Code: CodeBadOption, Path: name, Reason: name + ": " + why}
	}
	clean := path.Clean("/" + name)
	file, err := etc.Resolve(v.fs, clean)
	if err != nil {
		return initramfs.Added{}, wrapped(err)
	}
	opened, err := v.fs.Open(file)
	if errors.Is(err, syscall.EINVAL) {
		return initramfs.Added{}, refused("it is not a regular file")
	}
	if err != nil {
		return initramfs.Added{}, wrapped(err)
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return initramfs.Added{}, wrapped(err)
	}
	content, err := io.ReadAll(io.LimitReader(opened, limit+1))
	switch {
	case err != nil:
		return initramfs.Added{}, wrapped(err)
	case int64(len(content)) > limit:
		return initramfs.Added{}, refused(fmt.Sprintf("the files are larger than %d MiB", initramfs.MaxAdded>>20))
	}
	return initramfs.Added{Name: strings.TrimPrefix(clean, "/"), Mode: info.Mode().Perm(), Content: content}, nil
}
