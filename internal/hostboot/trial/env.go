package trial

import (
	"errors"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// nextEntry is the variable by which GRUB boots an entry once.
const nextEntry = "next_entry"

// envSize is how large grub-editenv makes a grubenv.
const envSize = 1024

// env is GRUB's file of variables.
type env struct {
	file    string
	content []byte
	values  map[string]string
}

// readEnv reads the grubenv beside a grub.cfg.
func readEnv(f sysfs.FS, config string) (env, error) {
	e := env{file: boot.GRUBEnv(config)}
	const advice = "make it with 'grub-editenv - create'"
	var exists bool
	var err error
	e.content, exists, err = etc.Read(f, e.file)
	switch {
	case err != nil:
		return e, err
	case !exists:
		return e, refused(NoEnv, advice, "%s is missing, in which GRUB keeps what to boot once", e.file)
	case len(e.content) != envSize:
		return e, refused(NoEnv, advice, "%s has %d bytes in place of %d", e.file, len(e.content), envSize)
	}
	if e.values, err = grub.ParseEnv(e.content); err != nil {
		return e, refused(NoEnv, advice, "%s: %s", e.file, err)
	}
	return e, nil
}

// next returns the entry that boots once; set is false if the variable is not there at all.
func (e env) next() (value string, set bool) {
	value, set = e.values[nextEntry]
	return value, set
}

// choose has GRUB boot the trial once.
func (e env) choose(f sysfs.FS) error {
	content, err := grub.SetEnv(e.content, nextEntry, EntryID)
	if err != nil {
		return err
	}
	return etc.Overwrite(f, e.file, content)
}

// unchoose makes the variable what it was before the trial was prepared. A grubenv that GRUB cannot use
// chooses nothing.
func unchoose(f sysfs.FS, config string, wasSet bool) error {
	e, err := readEnv(f, config)
	if errors.As(err, new(*RefusedError)) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.takeBack(f, wasSet)
}

// takeBack makes the variable what it was before the trial was prepared: empty, or not there.
// What somebody else has chosen since stays.
func (e env) takeBack(f sysfs.FS, wasSet bool) error {
	value, set := e.next()
	if !set || value != EntryID && value != "" {
		return nil
	}
	content, err := grub.UnsetEnv(e.content, nextEntry)
	if wasSet {
		content, err = grub.SetEnv(e.content, nextEntry, "")
	}
	if err != nil {
		return err
	}
	return etc.Overwrite(f, e.file, content)
}
