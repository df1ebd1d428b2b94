package passthrough

import (
	"cmp"
	"context"
	"os"
	"slices"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/change"
)

// BootChange is a change of the boot layers.
type BootChange struct {
	Layers    []Layer      `json:"layers"`              // that are enabled after it
	Removed   []Layer      `json:"removed,omitempty"`   // that were enabled before it
	Reasons   []string     `json:"reasons,omitempty"`   // why it is these layers
	Warnings  []Remark     `json:"warnings,omitempty"`  // settings of others about hidden devices
	Files     []FileChange `json:"files"`               // that changed, or would
	Commands  []string     `json:"commands"`            // that ran, or would
	Elsewhere bool         `json:"elsewhere,omitempty"` // the commands have to be run on the machine that the root belongs to
	DryRun    bool         `json:"dry_run,omitempty"`
	Diff      string       `json:"diff,omitempty"` // of a dry run: all changes of files
}

// Nothing reports whether everything was as it should be.
func (c BootChange) Nothing() bool { return len(c.Files)+len(c.Commands) == 0 }

// FileChange is a file that a change is about.
type FileChange struct {
	Path         string `json:"path"` // without the root
	Removed      bool   `json:"removed,omitempty"`
	Created      bool   `json:"created,omitempty"`
	Link         string `json:"link,omitempty"` // of a symbolic link: where it leads, or led
	LinesAdded   int    `json:"lines_added,omitempty"`
	LinesRemoved int    `json:"lines_removed,omitempty"`
}

func newFileChange(c change.Change) FileChange {
	f := FileChange{Path: c.Path, Removed: !c.New.Exists, Created: !c.Old.Exists, Link: cmp.Or(c.New.Target, c.Old.Target)}
	f.LinesAdded, f.LinesRemoved = c.Lines()
	return f
}

// EnableOptions are which layers are enabled, and how.
type EnableOptions struct {
	Layers       []Layer // in place of the choice; what they need beside them is added
	InstallLines bool    // the layer modprobe writes install lines in place of softdep lines, where they take effect
	Force        bool    // also for devices that dom0 needs
	DryRun       bool    // return what would be done, and do nothing
}

// EnableBoot writes the layers that hide the declared devices at every boot, and
// removes the others. It runs the system's own programs that make something of
// the files, and reads back what came of it. If anything is not as it should be,
// everything is taken back, and the error's code is CodeTakenBack.
//
// Devices that dom0 needs are refused unless that is forced.
func (v *View) EnableBoot(ctx context.Context, o EnableOptions, report func(Event)) (change BootChange, err error) {
	r := newReporter(report)
	var wanted []boot.Name
	for _, layer := range o.Layers {
		if _, err := ParseLayer(string(layer)); err != nil {
			return change, err
		}
		wanted = append(wanted, layer.name())
	}
	err = v.inTurn(ctx, r, o.DryRun, func(held *os.File) error {
		b, err := v.bootingNow(ctx, held)
		if err != nil {
			return err
		}
		r.warn(b.notes...)
		r.warn(b.remarks()...)
		r.warn(b.leftOut()...)
		if len(b.list.Devices) == 0 {
			return b.nothing()
		}
		if apart := v.apart(b.found()); len(apart) > 0 {
			return apart[0]
		}
		lost := v.livesOn(b.found(), r)
		if len(lost) > 0 && !o.Force {
			return lost.err()
		}
		r.warn(lost.remarks()...)
		choice := boot.Choose(b.host, b.list.Devices)
		if len(wanted) > 0 {
			choice = boot.Complete(b.host, b.list.Devices, wanted)
		} else if err := b.noLayer(); err != nil {
			return err
		}
		if err := b.refused(choice.Layers); err != nil {
			return err
		}
		b.host.InstallLines = o.InstallLines
		if o.InstallLines && !slices.Contains(choice.Layers, boot.Modprobe) {
			return &Error{Code: CodeBadOption, Reason: "install lines are written by the layer modprobe, which is not among the layers", Advice: "name it with --layer modprobe"}
		}
		if o.InstallLines {
			choice.Reasons = append(choice.Reasons, b.host.NoInstallLines(b.list.Devices)...)
		}
		change, err = v.setUp(ctx, b, choice, o.DryRun, r)
		return err
	})
	return change, wrapped(err)
}

// DisableBoot removes all layers: every file is as it was before, and the
// system's programs run again. The declared list stays, and what is hidden now
// stays hidden until the next boot. LayerDaemon stays too, with a warning.
func (v *View) DisableBoot(ctx context.Context, dryRun bool, report func(Event)) (change BootChange, err error) {
	r := newReporter(report)
	err = v.inTurn(ctx, r, dryRun, func(held *os.File) error {
		b, err := v.bootingNow(ctx, held)
		if err != nil {
			return err
		}
		r.warn(b.notes...)
		if b.daemon {
			r.warn(Remark{Code: CodeDaemonEnabled, Reason: "xenpcid stays enabled, and hides the declared devices when it runs", Advice: "'xenpci daemon disable' disables it"})
		}
		change, err = v.setUp(ctx, b, boot.Choice{}, dryRun, r)
		return err
	})
	return change, wrapped(err)
}

// RefreshBoot writes the files of the enabled layers as this version of xenpci has them, and
// makes the initramfs images again where they have a copy of the program. It is for the time
// after another version was installed. Where no layer is enabled it does nothing. Where the
// layers would get a device that dom0 needs, or a part of a USB controller, or would lose a
// declared device that is not there now, it leaves them as they are, and warns: a package
// runs it unattended. If anything is not as it should be
// afterwards, everything is taken back, and the error's code is CodeTakenBack.
func (v *View) RefreshBoot(ctx context.Context, dryRun bool, report func(Event)) (change BootChange, err error) {
	r := newReporter(report)
	err = v.inTurn(ctx, r, dryRun, func(held *os.File) error {
		b, err := v.bootingNow(ctx, held)
		if err != nil {
			return err
		}
		r.warn(b.notes...)
		if len(b.enabled) == 0 {
			change = BootChange{Layers: b.layers(nil), Files: []FileChange{}, Commands: []string{}, DryRun: dryRun}
			return nil
		}
		choice := boot.Keep(b.host, b.list.Devices, b.enabled)
		why := b.dropped()
		if why == nil {
			why = v.newlyLost(b, choice.Layers, r)
		}
		if why != nil {
			change = b.keeps(why, dryRun)
			r.warn(change.Warnings...)
			return nil
		}
		b.refresh = true
		change, err = v.setUp(ctx, b, choice, dryRun, r)
		return err
	})
	return change, wrapped(err)
}

// setUp makes the layers those of the choice. What it is about to do is an event
// of its own, since a generator can take minutes.
func (v *View) setUp(ctx context.Context, b booting, choice boot.Choice, dryRun bool, r reporter) (BootChange, error) {
	if slices.Contains(choice.Layers, boot.Initramfs) || slices.Contains(choice.Layers, boot.Service) { // the others run no program
		if err := b.unsafeProgram(b.host.Program); err != nil {
			return BootChange{}, err
		}
	}
	c := BootChange{
		Layers: b.layers(choice.Layers), Reasons: choice.Reasons, Files: []FileChange{}, Commands: []string{},
		Elsewhere: b.host.Run == nil, DryRun: dryRun,
	}
	for _, name := range b.enabled {
		if !slices.Contains(choice.Layers, name) {
			c.Removed = append(c.Removed, newLayer(name))
		}
	}
	if len(choice.Layers) > 0 {
		c.Warnings = b.withoutPciback()
	}
	c.Warnings = append(c.Warnings, bootWarnings(CodeConflict, b.host.Conflicts(b.list.Devices, choice.Layers))...)
	setup, err := boot.Prepare(ctx, b.host, b.list, choice.Layers)
	if err != nil {
		r.warn(c.Warnings...) // the event that has them does not come
		return c, err
	}
	if b.refresh {
		setup.MakeImages()
	}
	c.Warnings = append(c.Warnings, bootWarnings(CodeConflict, setup.Lost())...)
	c.plan(setup)
	r.event(Event{Kind: EventBoot, Change: &c})
	if dryRun {
		return c, nil
	}
	defer v.stale()
	return c, setup.CarryOut(ctx)
}

// plan adds what a setup changes and runs.
func (c *BootChange) plan(setup boot.Setup) {
	for _, one := range setup.Changes {
		c.Files = append(c.Files, newFileChange(one))
	}
	c.run(setup.Commands)
	if c.DryRun {
		c.Diff = setup.Diff()
	}
}

// run adds what is run.
func (c *BootChange) run(commands []change.Command) {
	for _, command := range commands {
		c.Commands = append(c.Commands, command.String())
	}
}
