package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/xenpci/xenpci/internal/boot"
	"github.com/xenpci/xenpci/internal/config"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/kernellog"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	next bool
}

func newVerifyCmd(a *app) *cobra.Command {
	o := &verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Say whether what is declared is so, and will be at the next boot",
		Long: `verify prints a line for each declared device: where it is, which layers have it,
whether the boot loader's entries, the running kernel's command line and the
initramfs have it, which driver has it now, which had it first in this boot, and
which guest has it. Below it, for the first of these that disagrees, what to do.

What was declared or enabled since this boot began cannot have been so in it:
the command line and the first driver do not count then. In a recovery boot
("single", "recovery", "emergency" and the like on the kernel's command line)
nothing is hidden automatically, which verify says of each device in dom0. It
warns of a device in dom0 that dom0 lives on.

Its exit status is 0 only if everything agrees.`,
		Example: `  xenpci verify
  xenpci verify --next`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runVerify(cmd.Context(), a, o)
		},
	}
	cmd.Flags().BoolVar(&o.next, "next", false, "look at the next boot alone, and not at this one")
	return cmd
}

// verified is one declared device, column by column.
type verified struct {
	declaredDevice
	Written     map[boot.Name]boot.Answer `json:"written,omitempty"`
	Entry       boot.Answer               `json:"boot_entry"`
	CommandLine boot.Answer               `json:"command_line"`
	Image       boot.Answer               `json:"initramfs"`
	Driver      string                    `json:"driver"`          // now; "" for none
	First       string                    `json:"first,omitempty"` // the driver that had it first; "" where the log does not tell
	Guest       *pciback.Guest            `json:"guest,omitempty"`
	Problem     string                    `json:"problem,omitempty"` // of the first column that disagrees
	Advice      string                    `json:"advice,omitempty"`

	finding config.Finding
	since   bool // it was declared, or its layers written, since this boot began
}

// verifyResult is what a document says of verify.
type verifyResult struct {
	Layers   []boot.Name `json:"layers"`
	Devices  []verified  `json:"devices"`
	Problems []string    `json:"problems"` // of the list, and of the layers as a whole
	Notes    []string    `json:"notes,omitempty"`
}

func runVerify(ctx context.Context, a *app, o *verifyOptions) error {
	r, err := a.verify(ctx, o)
	if err != nil {
		return err
	}
	status := StatusDone
	if len(r.Problems) > 0 || slices.ContainsFunc(r.Devices, func(v verified) bool { return v.Problem != "" }) {
		status = StatusFailed
	}
	if a.json {
		if err := (document{Verb: "verify", Status: status, Result: r}).print(a.Out); err != nil {
			return err
		}
		return printed(status)
	}
	a.warnOf(r.Notes)
	if err := a.printVerified(r, o.next); err != nil {
		return err
	}
	return printed(status)
}

// verify looks at everything that a declared device depends on.
func (a *app) verify(ctx context.Context, o *verifyOptions) (verifyResult, error) {
	b, err := a.lookAtBoot(ctx, nil)
	if err != nil {
		return verifyResult{}, err
	}
	r := verifyResult{Layers: append([]boot.Name{}, b.enabled...), Devices: []verified{}, Problems: []string{}, Notes: b.notes}
	for _, p := range b.problems {
		r.Problems = append(r.Problems, p.Error())
	}
	r.Notes = append(r.Notes, a.livesOn(b.devices).warnings()...)
	reports, wrong := b.host.Reports(ctx, b.devices, b.enabled)
	for _, err := range wrong {
		r.Problems = append(r.Problems, "next boot: "+err.Error())
	}
	status, log := a.thisBoot(ctx, b, &r)
	since := boot.ChangedSinceBoot(b.host, b.devices)
	for _, f := range b.findings {
		v := verified{declaredDevice: newDeclaredDevice(f), Entry: boot.NotAsked, CommandLine: boot.NotAsked, Image: boot.NotAsked, finding: f, since: since}
		if at := slices.IndexFunc(b.devices, func(d boot.Device) bool { return f.Found() && d.Address == f.Now }); at >= 0 {
			v.report(reports[at])
		}
		v.present(status, log)
		v.judge(b, status.Module, o.next)
		r.Devices = append(r.Devices, v)
	}
	return r, nil
}

// thisBoot is what is known of the boot that runs.
func (a *app) thisBoot(ctx context.Context, b booting, r *verifyResult) (engine.Status, *kernellog.Log) {
	status, err := a.engine().Status(ctx, b.found()...)
	if err != nil {
		r.Notes = append(r.Notes, err.Error())
	}
	if len(b.devices) == 0 {
		return status, nil
	}
	log, err := kernellog.Read(sysfs.New(a.root))
	if err != nil {
		r.Notes = append(r.Notes, "who had a device first is not known: "+err.Error())
	}
	return status, log
}

func (v *verified) report(r boot.Report) {
	v.Written, v.Entry, v.CommandLine, v.Image = r.Written, r.Entry, r.CommandLine, r.Image
}

func (v *verified) present(status engine.Status, log *kernellog.Log) {
	if !v.finding.Found() {
		return
	}
	for _, d := range status.Devices {
		if d.Device == v.finding.Now {
			v.Driver, v.Guest = d.State.Driver, d.Guest
		}
	}
	if log != nil {
		if first, known := log.First(v.finding.Now); known {
			v.First = first.Driver
		}
	}
}

// judge finds the first column that disagrees, and what to do about it.
func (v *verified) judge(b booting, m pciback.Module, next bool) {
	say := func(problem, advice string) { v.Problem, v.Advice = problem, advice }
	again := "'xenpci boot enable" + layerFlags(b.enabled) + "' writes it anew"
	switch {
	case !v.finding.Found():
		say(v.finding.String(), "'xenpci unhide --boot "+v.Address.String()+"' takes it off the list, 'xenpci hide --boot ID' declares it anew")
	case b.neverHeld(v.finding.Now) != nil:
		say(b.neverHeld(v.finding.Now).Error(), "'xenpci unhide --boot "+v.finding.Now.String()+"' takes it off the list")
	case len(b.enabled) == 0:
		say("no layer hides it at the next boot", "'xenpci boot enable' writes those that do")
	case v.missing() != "":
		say("the layer "+v.missing()+" does not have it", again)
	case v.Entry == boot.No:
		say(b.host.Loader.Config+" does not have it in every entry that boots Xen", again)
	case v.Image == boot.No:
		say(b.host.Image.File+" does not have it as it is declared now", again)
	case next:
	case v.Driver != pciback.Name && !m.Dom0:
		say("Xen does not run, so nothing is hidden", "reboot into Xen")
	case b.recovery != "" && v.Driver != pciback.Name:
		say(inRecovery(b.recovery), "boot the normal entry, or 'xenpci apply' hides it now")
	case b.recovery != "": // somebody hid it by hand, or a layer that cannot know
	case v.CommandLine == boot.No && !v.since:
		say("the kernel that runs was started without it", "reboot, and choose the entry that boots by default")
	case v.Driver != pciback.Name:
		say(driverWord(v.Driver)+" has it now, and not pciback", "'xenpci apply' hides it, or says why it cannot")
	case v.First != "" && v.First != pciback.Name && !v.since:
		say(v.First+" had it first in this boot", "'xenpci boot' says which layers come before "+v.First)
	}
}

// inRecovery says why nothing is hidden in a boot with that word on the kernel's
// command line.
func inRecovery(word string) string {
	return fmt.Sprintf("this is a recovery boot (%q is on the kernel's command line): nothing is hidden automatically", word)
}

// layerFlags name layers as boot enable takes them.
func layerFlags(names []boot.Name) string {
	var flags strings.Builder
	for _, name := range names {
		flags.WriteString(" --layer " + string(name))
	}
	return flags.String()
}

// missing is the first enabled layer that does not have the device.
func (v *verified) missing() string {
	for _, name := range boot.Names() {
		if v.Written[name] == boot.No {
			return string(name)
		}
	}
	return ""
}

func driverWord(driver string) string {
	if driver == "" {
		return "no driver"
	}
	return driver
}

// printVerified prints the table, and below it what disagrees.
func (a *app) printVerified(r verifyResult, next bool) error {
	switch {
	case len(r.Devices) == 0 && len(r.Problems) > 0: // they say why
	case len(r.Devices) == 0:
		fmt.Fprintln(a.Out, "no device is declared")
	default:
		table := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
		header := "DEVICE\tDECLARED\tWRITTEN\tENTRY\tINITRAMFS"
		if !next {
			header += "\tCMDLINE\tNOW\tFIRST\tGUEST"
		}
		fmt.Fprintln(table, header)
		for _, v := range r.Devices {
			fmt.Fprintln(table, strings.Join(v.cells(next), "\t"))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	for _, v := range r.Devices {
		if v.Problem != "" {
			problem := v.Problem
			if !strings.HasPrefix(problem, v.Address.String()) {
				problem = v.Address.String() + ": " + problem
			}
			a.warn(problem + "; " + v.Advice)
		}
	}
	for _, problem := range r.Problems {
		a.warn(problem)
	}
	return nil
}

func (v *verified) cells(next bool) []string {
	where := "in place"
	switch {
	case v.finding.Outcome == config.Moved:
		where = "now " + v.finding.Now.String()
	case !v.finding.Found():
		where = "not found"
	}
	cells := []string{v.Address.String(), where, v.writtenWords(), string(v.Entry), string(v.Image)}
	if next {
		return cells
	}
	guest := "-"
	if v.Guest != nil {
		guest = v.Guest.String()
	}
	first := v.First
	switch {
	case first == "":
		first = "?"
	case first != pciback.Name && v.since:
		first += " (before)"
	}
	now := v.Driver
	if now == "" {
		now = "-"
	}
	return append(cells, string(v.CommandLine), now, first, guest)
}

// writtenWords are the layers that have the device, and those that should.
func (v *verified) writtenWords() string {
	var words []string
	for _, name := range boot.Names() {
		switch v.Written[name] {
		case boot.Yes:
			words = append(words, string(name))
		case boot.No:
			words = append(words, "not "+string(name))
		}
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ",")
}
