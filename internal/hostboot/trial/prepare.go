package trial

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/brand"
	"github.com/xenpci/xenpci/internal/change"
	"github.com/xenpci/xenpci/internal/etc"
	"github.com/xenpci/xenpci/internal/hostboot"
	"github.com/xenpci/xenpci/internal/initramfs"
	"github.com/xenpci/xenpci/internal/kmod"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/grub"
)

// How long the watchdog may wait, in minutes.
const (
	DefaultMinutes = 10
	MinMinutes     = 1
	MaxMinutes     = 24 * 60
)

// generateDeadline is how long making grub.cfg may take: it looks at every disk.
const generateDeadline = 10 * time.Minute

// Request is what is to be tried.
type Request struct {
	ID        string
	Xen, Dom0 []string // words for the two lines
	Repeat    hostboot.Repeat
	Recovery  bool // the recovery entries get the words too, when it is confirmed
	Minutes   int
	Hide      *Hide
	List      []initramfs.Added // of Hide: the files of the declared list as the trial has them
}

// Setup is the plan that prepares a trial.
type Setup struct {
	change.Plan
	Record Record
	Xen    []string // Xen's line as it will be
	Dom0   []string
	Title  string // of the entry that it is made from
	Image  string // the initramfs that is written

	host   *boot.Host
	menu   menu
	entry  []byte
	from   string            // the initramfs that it is made from
	packed []initramfs.Added // what is added to that
	added  []byte            // as an archive
}

// Prepare plans a trial. It writes nothing. The error is a *RefusedError where the machine could
// not come back by itself.
func Prepare(ctx context.Context, h *boot.Host, r Request) (*Setup, error) {
	f, l := h.FS, h.Loader
	if err := possible(h); err != nil {
		return nil, err
	}
	e, err := free(f, l)
	if err != nil {
		return nil, err
	}
	content, _, err := etc.Read(f, l.Config)
	if err != nil {
		return nil, err
	}
	s := &Setup{host: h, Image: path.Join(path.Dir(l.Config), imageName)}
	if s.menu, err = readMenu(l.Config, content, e.values); err != nil {
		return nil, err
	}
	if err := onceOnly(s.menu, e.values); err != nil {
		return nil, err
	}
	if err := writable(f, e.file); err != nil {
		return nil, err
	}
	s.Title = s.menu.entry.Title
	if err := s.lines(r); err != nil {
		return nil, err
	}
	title := fmt.Sprintf("%s, tried once by xenpci (%s)", s.Title, r.ID)
	if s.entry, err = s.menu.trial(title, s.Xen, s.Dom0, "${prefix}/"+imageName); err != nil {
		return nil, err
	}
	if err := s.initramfs(ctx, r); err != nil {
		return nil, err
	}
	_, nextSet := e.next()
	s.Record = Record{Version: recordVersion, ID: r.ID, Minutes: r.Minutes, Xen: r.Xen, Dom0: r.Dom0, Repeat: r.Repeat, Recovery: r.Recovery, Boot: bootID(f), Config: l.Config, NextSet: nextSet, Hide: r.Hide}
	if s.Record.Settings, err = settings(f, l, r.Hide != nil); err != nil {
		return nil, err
	}
	return s, s.plan()
}

// possible returns why this machine cannot try a line, as far as the boot loader tells.
func possible(h *boot.Host) error {
	l := h.Loader
	switch {
	case h.Run == nil:
		return refused(Elsewhere, "run it on that machine, without --root", "a trial is prepared on the machine that boots, where its programs can run")
	case l.Kind != boot.GRUB2:
		name := "no boot loader was found that xenpci knows"
		if l.Known() {
			name = "the boot loader is " + string(l.Kind)
		}
		return refused(OtherLoader, "", "%s; an entry can be tried once with GRUB 2 only", name)
	case !l.Generated || len(l.Generate) == 0:
		return refused(ByHand, "", "%s was not made by grub-mkconfig, or that is not there", l.Config)
	}
	return nil
}

// free returns grubenv, unless it has a choice already, or there is a trial that did not end.
func free(f sysfs.FS, l boot.Loader) (env, error) {
	t, there, err := Look(f)
	if err != nil {
		return env{}, err
	}
	switch {
	case there && t.State == TakenBack:
		return env{}, refused(AlreadyThere, "reboot first", "this boot is a trial that was taken back")
	case there:
		return env{}, refused(AlreadyThere, "'xenpci host undo' takes it back", "there is a trial already (%s)", t.State)
	}
	e, err := readEnv(f, l.Config)
	if err != nil {
		return env{}, err
	}
	if next, _ := e.next(); next != "" {
		return env{}, refused(Chosen, "boot that first, or run 'grub-editenv - unset next_entry'", "%s: the entry %q was chosen for the next boot", e.file, next)
	}
	return e, nil
}

// onceOnly returns an error unless a grub.cfg boots what next_entry names, and empties that before.
func onceOnly(m menu, values map[string]string) error {
	with := map[string]string{nextEntry: EntryID}
	for name, value := range values {
		if name != nextEntry {
			with[name] = value
		}
	}
	config, err := grub.ParseConfig(m.content, with)
	if err != nil {
		return err
	}
	chosen, known := config.Default()
	if !known || chosen != EntryID || !strings.Contains(string(m.content), "save_env "+nextEntry) {
		return refused(NoNextEntry, "", "%s does not boot what next_entry in grubenv names, as GRUB's own scripts have it", m.file)
	}
	return nil
}

// initramfs makes what is appended to the image of the default entry.
func (s *Setup) initramfs(ctx context.Context, r Request) error {
	f, l := s.host.FS, s.host.Loader
	find := func(named string) (string, error) {
		name := boot.Entry{File: l.Config}.Find(f, l, named)
		if name == "" {
			return "", refused(OtherEntry, "", "%s: the entry %q loads %s, which is not there", l.Config, s.Title, named)
		}
		return name, nil
	}
	var err error
	if s.from, err = find(s.menu.initrdFile()); err != nil {
		return err
	}
	before, _ := split(s.menu.dom0)
	kernel, err := find(before[len(before)-1])
	if err != nil {
		return err
	}
	k, ok := kmod.OfImage(f, kernel)
	if !ok {
		return refused(NoHypercalls, "", "it is not known which modules belong to the kernel %s", kernel)
	}
	if s.packed, s.added, err = added(ctx, s.host, s.from, k, r); err != nil {
		return err
	}
	return room(f, path.Dir(s.Image), s.from, len(s.added))
}

// plan plans the record and the script, and that grub.cfg is generated.
func (s *Setup) plan() error {
	record, err := s.Record.text()
	if err != nil {
		return err
	}
	script, err := scriptText(s.menu.fallback() + string(s.entry))
	if err != nil {
		return err
	}
	f := s.host.FS
	recorded, err := change.Now(f).Whole(RecordFile, change.State{Exists: true, Content: record, Mode: 0o600}, ours)
	if err != nil {
		return err
	}
	written, err := change.Now(f).Whole(Script, change.State{Exists: true, Content: script, Mode: 0o755}, brand.Owns)
	if err != nil {
		return err
	}
	log, err := change.Now(f).Whole(LogFile, change.State{}, ours)
	if err != nil {
		return err
	}
	if err := s.Add(recorded, written, log); err != nil {
		return err
	}
	s.Run(generate(s.host))
	s.RunBack(generate(s.host))
	return nil
}

// ours is that a file below /var/lib/xenpci belongs to xenpci whatever it has.
func ours([]byte) bool { return true }

func generate(h *boot.Host) change.Command {
	return change.Command{Args: h.Loader.Generate, Why: h.Loader.Config + " is generated", Deadline: generateDeadline}
}

// scriptText returns the script that writes the entry into grub.cfg.
func scriptText(entry string) ([]byte, error) {
	const end = "XENPCI"
	for line := range strings.Lines(entry) {
		if strings.TrimSpace(line) == end {
			return nil, refused(OtherEntry, "", "the default entry has a line %s", end)
		}
	}
	return []byte("#!/bin/sh\n" + brand.Mark + " host try. 'xenpci host undo' removes it.\n" +
		"# The entry boots once, by next_entry in grubenv.\ncat <<'" + end + "'\n" + entry + end + "\n"), nil
}

// CarryOut prepares the trial: it boots next when this returns nil. Otherwise everything is taken
// back.
func (s *Setup) CarryOut(ctx context.Context) error {
	f := s.host.FS
	if err := etc.Extend(f, s.from, s.Image, s.added); err != nil {
		return err
	}
	err := imageReadBack(ctx, f, s.Image, s.packed)
	if err == nil {
		err = s.Plan.CarryOut(ctx, change.Host{FS: f, Run: s.host.Run, ReadBack: s.choose})
	}
	if err == nil {
		return nil
	}
	return errors.Join(err, unchoose(f, s.host.Loader.Config, s.Record.NextSet), etc.Remove(f, s.Image))
}

// choose reads back what was generated, and has GRUB boot the trial once. That comes last: what
// next_entry names has to be on the disk before. For the same reason it is the first that is taken back if
// the trial turns out not to be what boots.
func (s *Setup) choose(context.Context) error {
	f, config := s.host.FS, s.host.Loader.Config
	e, err := readEnv(f, config)
	if err != nil {
		return err
	}
	if err := s.readBack(e.values); err != nil {
		return err
	}
	if err := etc.Settle(f, path.Dir(config)); err != nil {
		return err
	}
	if err = e.choose(f); err == nil {
		err = s.chosen()
	}
	if err != nil {
		return errors.Join(err, unchoose(f, config, s.Record.NextSet))
	}
	return nil
}

// chosen returns an error unless the trial is what boots next.
func (s *Setup) chosen() error {
	f, config := s.host.FS, s.host.Loader.Config
	e, err := readEnv(f, config)
	if err != nil {
		return err
	}
	content, _, err := etc.Read(f, config)
	if err != nil {
		return err
	}
	read, err := grub.ParseConfig(content, e.values)
	if err != nil {
		return err
	}
	if next, err := read.DefaultEntry(); err != nil || next.ID != EntryID {
		return fmt.Errorf("%s: the trial is not what boots next", config)
	}
	return nil
}

// readBack returns what of grub.cfg is not as it should be: the entry of the trial, and the default.
func (s *Setup) readBack(values map[string]string) error {
	config := s.host.Loader.Config
	content, _, err := etc.Read(s.host.FS, config)
	if err != nil {
		return err
	}
	if err := sameDefault(s.menu, content, values); err != nil {
		return err
	}
	read, err := grub.ParseConfig(content, values)
	if err != nil {
		return err
	}
	for _, e := range read.Entries {
		if e.ID == EntryID {
			if string(content[e.Start:e.End])+"\n" != string(s.entry) {
				return fmt.Errorf("%s:%d: the entry %q is not as it was written", config, e.Line, e.Title)
			}
			return nil
		}
	}
	return fmt.Errorf("%s: it has no entry %s", config, EntryID)
}

// sameDefault returns an error unless the default entry is what it was.
func sameDefault(was menu, content []byte, values map[string]string) error {
	now, err := readMenu(was.file, content, values)
	if err != nil {
		return err
	}
	if text := string(content[now.entry.Start:now.entry.End]); text != string(was.content[was.entry.Start:was.entry.End]) {
		return refused(DefaultOther, "generate it and look at what boots next first", "%s was older than its settings: generating it changes the default entry", was.file)
	}
	return nil
}
