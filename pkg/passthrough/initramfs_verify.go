package passthrough

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/initramfs"
)

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
	InitramfsMissing   InitramfsCode = "missing"    // a file that the layer initramfs needs is not in it
	InitramfsStale     InitramfsCode = "stale"      // a file of xenpci in it is not the system's
	InitramfsLate      InitramfsCode = "late"       // xenpci's script in it runs after udev's
)

// InitramfsVerification is whether an image is as it should be.
type InitramfsVerification struct {
	File     string             `json:"file"`
	Findings []InitramfsFinding `json:"findings"`
}

// ownName is in the names of all files of xenpci in an image.
const ownName = "xenpci"

// makeAgain makes the images again with what the system has.
const makeAgain = "run 'xenpci boot refresh', which makes the images again"

// InitramfsVerify reads an image from beginning to end, as the kernel does, looks for what the
// layer initramfs needs in it, if that is enabled, and compares xenpci's settings in it with the
// system's. image is as for Initramfs. An error says that the image cannot be read at all.
func (v *View) InitramfsVerify(ctx context.Context, image string) (InitramfsVerification, error) {
	file, read, err := v.readInitramfs(ctx, image, boot.ImageFiles()...)
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
	for _, err := range boot.CheckInside(v.fs, file, read) {
		if errors.Is(err, fs.ErrPermission) { // whether something is missing is not known
			return result, wrapped(err)
		}
		result.Findings = append(result.Findings, newInsideFinding(err))
	}
	for _, name := range read.Names() {
		inside, kept := read.File(name)
		known := slices.ContainsFunc(result.Findings, func(f InitramfsFinding) bool { return f.File == name })
		if !kept || known || !strings.Contains(path.Dir(name)+"/", "etc/"+ownName+"/") && !strings.Contains(path.Base(name), ownName) {
			continue
		}
		if original := v.original(name, inside); original != "" {
			found(InitramfsStale, name, "it is not what the system has in "+original, makeAgain)
		}
	}
	return result, nil
}

// newInsideFinding returns what is wrong with a file that the layer initramfs needs.
func newInsideFinding(err error) InitramfsFinding {
	var inside *boot.InsideError
	if !errors.As(err, &inside) {
		e := asError(err)
		return InitramfsFinding{Code: InitramfsMissing, Reason: e.Reason, Advice: e.Advice}
	}
	f := InitramfsFinding{File: strings.TrimPrefix(inside.Name, "/"), Advice: makeAgain}
	switch inside.Fault {
	case boot.Old:
		f.Code, f.Reason = InitramfsStale, "it is not what the system has in "+inside.Name
	case boot.Late:
		f.Code, f.Reason = InitramfsLate, "it runs after udev's, which loads the drivers"
	case boot.Missing:
		f.Code, f.Reason = InitramfsMissing, "it is not in the image, although the layer initramfs is enabled"
	}
	return f
}

// original returns the file of the system of which the image has another copy; "" if it has the
// same. The hook udev of initramfs-tools puts the rules of /etc among those of /lib.
func (v *View) original(name string, inside []byte) string {
	const limit = 1 << 20
	names := []string{"/" + name}
	if dir, base := path.Split(name); strings.HasSuffix(dir, "/udev/rules.d/") {
		names = append(names, "/etc/udev/rules.d/"+base)
	}
	for _, n := range names {
		if system, err := v.fs.Read(n, limit); err == nil && bytes.Equal(system, inside) {
			return ""
		}
	}
	return names[len(names)-1]
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
