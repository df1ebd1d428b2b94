package trial

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/pkg/grub"
)

// Undo is the plan that takes a trial back.
type Undo struct {
	change.Plan
	Trial Trial
	Image string // the initramfs that is removed

	entry   change.Plan // that, without the record
	record  change.Plan
	host    *boot.Host
	config  string
	nextSet bool
}

// PrepareUndo plans to take the trial back that there is. It writes nothing. The error is a
// *RefusedError if there is none.
func PrepareUndo(h *boot.Host) (*Undo, error) {
	f := h.FS
	t, there, err := Look(f)
	if err != nil {
		return nil, err
	}
	u := &Undo{Trial: t, host: h, config: h.Loader.Config, nextSet: t.NextSet || t.Config == ""}
	if t.Config != "" {
		u.config = t.Config
	}
	if u.config != "" {
		u.Image = path.Join(path.Dir(u.config), imageName)
	}
	if left := leftImage(f); t.Config == "" && left != "" {
		u.Image = left
	}
	if !there || t.State == TakenBack {
		return nil, refused(NoTrial, confirmedGoes, "there is no trial")
	}
	for _, file := range []struct {
		plan *change.Plan
		name string
		own  func([]byte) bool
	}{{&u.entry, Script, brand.Owns}, {&u.entry, LogFile, ours}, {&u.record, RecordFile, ours}} {
		c, err := change.Now(f).Whole(file.name, change.State{}, file.own)
		if err == nil {
			err = file.plan.Add(c)
		}
		if err != nil {
			return nil, err
		}
	}
	if has, err := u.inMenu(); err != nil || has || f.Exists(Script) {
		if len(h.Loader.Generate) > 0 {
			u.entry.Run(generate(h))
			u.entry.RunBack(generate(h))
		}
	}
	return u, errors.Join(u.Join(&u.entry), u.Join(&u.record))
}

// inMenu reports whether grub.cfg has the entry.
func (u *Undo) inMenu() (bool, error) {
	content, exists, err := etc.Read(u.host.FS, u.config)
	if err != nil || !exists {
		return false, err
	}
	config, err := grub.ParseConfig(content, nil)
	if err != nil {
		return false, fmt.Errorf("%s: %w", u.config, err)
	}
	for _, e := range config.Entries {
		if e.ID == EntryID {
			return true, nil
		}
	}
	return false, nil
}

// CarryOut takes the trial back. What boots next is first: a power cut leaves an entry that nobody
// boots. The record is last: without it, a trial that was confirmed could not be told from another, and
// 'host confirm' could not complete it.
func (u *Undo) CarryOut(ctx context.Context) error {
	f := u.host.FS
	if err := unchoose(f, u.config, u.nextSet); err != nil {
		return err
	}
	if err := u.entry.CarryOut(ctx, change.Host{FS: f, Run: u.host.Run, ReadBack: u.readBack}); err != nil {
		return err
	}
	if u.Image != "" {
		if err := etc.Remove(f, u.Image); err != nil {
			return err
		}
	}
	err := u.record.CarryOut(ctx, change.Host{FS: f})
	if failed := (*change.TakenBackError)(nil); errors.As(err, &failed) {
		return errors.Join(failed.Unwrap()...) // the entry stays removed
	}
	return err
}

// readBack returns an error if grub.cfg still has the entry.
func (u *Undo) readBack(context.Context) error {
	if u.host.Run == nil {
		return nil // nothing was generated
	}
	if has, err := u.inMenu(); err != nil || !has {
		return err
	}
	return fmt.Errorf("%s: it still has the entry %s", u.config, EntryID)
}
