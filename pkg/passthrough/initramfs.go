package passthrough

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/xenpci/xenpci/internal/initramfs"
)

// InitramfsKind is what a file is from which the kernel starts before the root file
// system is there.
type InitramfsKind string

// The kinds.
const (
	InitramfsArchives InitramfsKind = "initramfs" // archives that the kernel unpacks; it runs /init
	InitramfsDisk     InitramfsKind = "initrd"    // a disk, as before Linux 2.6; the kernel runs /linuxrc
)

// Initramfs is what is in an image.
type Initramfs struct {
	File       string            `json:"file"` // without the root
	Kind       InitramfsKind     `json:"kind"`
	Filesystem string            `json:"filesystem,omitempty"` // of an initrd: "ext2"; nothing else is known of one
	First      string            `json:"first,omitempty"`      // the program that the kernel runs, with links followed; absent where there is none
	Tool       string            `json:"tool,omitempty"`       // that made it: "dracut"; absent where it is not known
	Members    []InitramfsMember `json:"members"`
	Releases   []string          `json:"releases"` // of the kernels for which it has modules
	Drivers    []string          `json:"drivers"`  // the modules, with '_', sorted
	Ours       []string          `json:"ours"`     // the files of xenpci in it
	Files      []InitramfsFile   `json:"files"`    // after all members are unpacked, sorted by name
}

// InitramfsMember is one of the archives that an image consists of.
type InitramfsMember struct {
	Offset      int64    `json:"offset"`                // of its first byte
	Compression string   `json:"compression,omitempty"` // "zstd"; absent for none
	Entries     int      `json:"entries"`
	Microcode   []string `json:"microcode,omitempty"` // "GenuineIntel", "AuthenticAMD"
	Early       bool     `json:"early,omitempty"`     // the kernel and Xen load the microcode before anything is unpacked
	Added       []string `json:"added,omitempty"`     // the files that AddToInitramfs added; absent for an archive of the system's
}

// InitramfsFile is a file, folder, link or device in an image.
type InitramfsFile struct {
	Name string `json:"name"`
	Mode string `json:"mode"` // as ls shows it
	Size int64  `json:"size"` // in bytes
}

// Initramfs reads an image; image is a path without the root, or "" for the one that boots
// next or, where that is not known, the running kernel's. An error is CodeFailed: the
// image cannot be read, or the kernel would not unpack all of it.
func (v *View) Initramfs(ctx context.Context, image string) (Initramfs, error) {
	file, read, err := v.readInitramfs(ctx, image)
	i := Initramfs{
		File: file, Kind: InitramfsArchives, Members: []InitramfsMember{}, Releases: []string{}, Drivers: []string{}, Ours: []string{},
		Files: []InitramfsFile{},
	}
	if errors.Is(err, initramfs.ErrJunk) {
		filesystem, is, diskErr := initramfs.Disk(v.fs, file)
		if diskErr == nil && is {
			i.Kind, i.Filesystem, i.First = InitramfsDisk, filesystem, "linuxrc"
			return i, nil
		}
	}
	if err != nil {
		return i, err
	}
	i.First, _ = read.First()
	if maker, known := read.Maker(); known {
		i.Tool = string(maker.Tool)
	}
	for _, m := range read.Members() {
		i.Members = append(i.Members, InitramfsMember{m.Offset, m.Compression, m.Entries, m.Microcode, m.Early(), m.Names})
	}
	i.Releases, i.Drivers = append(i.Releases, read.Releases()...), append(i.Drivers, read.Modules()...)
	for _, name := range read.Names() {
		e, _ := read.Own(name)
		i.Files = append(i.Files, InitramfsFile{Name: name, Mode: e.Mode.String(), Size: e.Size})
		if !e.Mode.IsDir() && strings.Contains(name, ownName) {
			i.Ours = append(i.Ours, name)
		}
	}
	return i, nil
}

// InitramfsContent returns the content of a file of an image, at most 64 MiB, with links
// followed. image is as for Initramfs.
func (v *View) InitramfsContent(ctx context.Context, image, name string) ([]byte, error) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	file, read, err := v.readInitramfs(ctx, image, initramfs.Exactly(name))
	if err != nil {
		return nil, err
	}
	content, there := read.File(name)
	if e, known := read.Entry(name); !there && known && e.Mode.IsRegular() {
		return content, nil // an empty one
	}
	if !there {
		return nil, fmt.Errorf("%s has no file /%s", file, name)
	}
	return content, nil
}

// readInitramfs reads an image, with the files that match wanted.
func (v *View) readInitramfs(ctx context.Context, image string, wanted ...string) (file string, read *initramfs.Image, err error) {
	if file, err = v.initramfsFile(image); err != nil {
		return image, nil, err
	}
	read, err = initramfs.Read(ctx, v.fs, file, wanted...)
	if errors.Is(err, fs.ErrPermission) {
		err = wrapped(err)
	}
	return file, read, err
}

// initramfsFile returns the path of an image.
func (v *View) initramfsFile(image string) (string, error) {
	if image != "" {
		return image, nil
	}
	// The last of several is the system's; those before it have microcode.
	if initrds := v.nextBoot().Initrds; len(initrds) > 0 && initrds[len(initrds)-1].Name != "" {
		last := initrds[len(initrds)-1]
		if last.Inside {
			return "", fmt.Errorf("the initramfs that boots next is in the section %s of %s, which is not looked into", last.Named, last.Name)
		}
		return last.Name, nil
	}
	release, err := v.fs.Release()
	if err != nil {
		return "", noInitramfs(err)
	}
	file, err := initramfs.Find(v.fs, release)
	if denied := v.nextBoot().Err; err != nil && errors.Is(denied, fs.ErrPermission) {
		err = denied
	}
	if err != nil {
		return "", noInitramfs(err)
	}
	return file, nil
}

// noInitramfs returns the error of an image that was not named and is not found.
func noInitramfs(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return wrapped(err)
	}
	return &Error{Code: CodeFailed, Reason: "cannot tell which initramfs boots next: " + err.Error(), Advice: "name the image"}
}
