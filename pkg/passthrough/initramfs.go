package passthrough

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
		i.Members = append(i.Members, InitramfsMember{m.Offset, m.Compression, m.Entries, m.Microcode, m.Early()})
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
	file, read, err := v.readInitramfs(ctx, image, escapedPattern(name))
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

// escapedPattern is a pattern that matches the name alone.
func escapedPattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// readInitramfs reads an image, with the files that match wanted.
func (v *View) readInitramfs(ctx context.Context, image string, wanted ...string) (file string, read *initramfs.Image, err error) {
	if file, err = v.initramfsFile(image); err != nil {
		return image, nil, err
	}
	read, err = initramfs.Read(ctx, v.fs, file, wanted...)
	return file, read, err
}

// initramfsFile returns the path of an image.
func (v *View) initramfsFile(image string) (string, error) {
	if image != "" {
		return image, nil
	}
	// The last of several is the system's; those before it have microcode.
	if initrds := v.nextBoot().Initrds; len(initrds) > 0 && initrds[len(initrds)-1].Name != "" {
		return initrds[len(initrds)-1].Name, nil
	}
	release, err := v.fs.Release()
	if err != nil {
		return "", fmt.Errorf("cannot tell which initramfs boots next; name it: %w", err)
	}
	return initramfs.Find(v.fs, release)
}

// InitramfsFinding is something wrong with an image.
type InitramfsFinding struct {
	Code   InitramfsCode `json:"code"`
	File   string        `json:"file,omitempty"` // in the image
	Reason string        `json:"reason"`
	Advice string        `json:"advice,omitempty"`
}

// InitramfsCode says for programs what is wrong with an image.
type InitramfsCode string

// The codes.
const (
	InitramfsMalformed InitramfsCode = "malformed"  // the kernel would not unpack all of it
	InitramfsNoInit    InitramfsCode = "no_init"    // no program for the kernel to run
	InitramfsNoModules InitramfsCode = "no_modules" // no modules for the kernel in its name
	InitramfsStale     InitramfsCode = "stale"      // a file of xenpci in it is not the system's
)

// InitramfsVerification is whether an image is as it should be.
type InitramfsVerification struct {
	File     string             `json:"file"`
	Findings []InitramfsFinding `json:"findings"`
}

// ownName is in the names of all files of xenpci in an image.
const ownName = "xenpci"

// verifiedFiles are the files of xenpci that an image has copies of.
var verifiedFiles = [...]string{"etc/xenpci/*", "etc/xenpci/devices.d/*"}

// InitramfsVerify reads an image from beginning to end, as the kernel does, and compares
// xenpci's settings in it with the system's. image is as for Initramfs. An error says that
// the image cannot be read at all.
func (v *View) InitramfsVerify(ctx context.Context, image string) (InitramfsVerification, error) {
	file, read, err := v.readInitramfs(ctx, image, verifiedFiles[:]...)
	result := InitramfsVerification{File: file, Findings: []InitramfsFinding{}}
	found := func(code InitramfsCode, name, reason, advice string) {
		result.Findings = append(result.Findings, InitramfsFinding{code, name, reason, advice})
	}
	var malformed *initramfs.FormatError
	switch {
	case errors.As(err, &malformed):
		if filesystem, is, diskErr := initramfs.Disk(v.fs, file); diskErr == nil && is {
			return result, fmt.Errorf("%s is an initrd with the file system %s, which is not looked into", file, filesystem)
		}
		found(InitramfsMalformed, "", malformed.Error(), "have the system make it again")
		return result, nil
	case err != nil:
		return result, err
	}
	if _, ok := read.First(); !ok {
		found(InitramfsNoInit, "init", "there is no /init, so the kernel mounts the root file system by itself", "")
	}
	if release, ok := releaseOf(file, read.Releases()); !ok {
		found(InitramfsNoModules, "", "there are no modules of kernel "+release+" in it", "have the system make it again")
	}
	for _, name := range read.Names() {
		inside, kept := read.File(name)
		if !kept || !strings.HasPrefix(name, "etc/"+ownName+"/") {
			continue
		}
		const limit = 1 << 20
		system, err := v.fs.Read("/"+name, limit)
		if err != nil || !bytes.Equal(system, inside) {
			found(InitramfsStale, name, "it is not what the system has in /"+name, "have the system make the image again: 'xenpci boot enable'")
		}
	}
	return result, nil
}

// releaseOf returns the kernel in an image's name, and whether the image has modules of it
// or has no modules at all. An image with another name is not asked.
func releaseOf(file string, releases []string) (release string, ok bool) {
	base := path.Base(file)
	for _, prefix := range [...]string{"initrd.img-", "initramfs-", "initrd-"} {
		if name, cut := strings.CutPrefix(base, prefix); cut {
			release = strings.TrimSuffix(name, ".img")
			break
		}
	}
	if release == "" || len(releases) == 0 || strings.Count(release, ".") < 2 {
		return release, true
	}
	for _, r := range releases {
		if r == release {
			return release, true
		}
	}
	return release, false
}
