package cli

import (
	"fmt"
	"slices"

	"github.com/xenpci/xenpci/pkg/passthrough"
)

// reportMoved prints what became of each device, or would become of it, and err,
// which ended the call. What was done for the next boot was an event.
func (a *app) reportMoved(verb string, dryRun bool, moved passthrough.Moved, err error) error {
	if err != nil && len(moved.Devices) == 0 && moved.List == nil && moved.Try == nil {
		return err // nothing was done
	}
	class := passthrough.Worse(moved.Class(), passthrough.ClassOf(err))
	if a.json {
		return a.printBoth(verb, class, moved, err)
	}
	for _, address := range moved.NotDeclared {
		fmt.Fprintf(a.Out, "%s: not in the declared list\n", address)
	}
	for _, one := range moved.Devices {
		a.reportOne(verb, dryRun, one)
		if one.NoGuest != nil {
			a.warn(one.Device.String() + ": no guest can have it: " + withAdvice(one.NoGuest.Reason, one.NoGuest.Advice))
		}
	}
	a.warnOfFailure(err)
	return reported(class)
}

// printList prints what was done, or would be, for the next boot.
func (a *app) printList(change passthrough.ListChange) {
	if change.DryRun {
		a.printPlan(change.BootChange)
		return
	}
	for _, address := range change.Declared {
		fmt.Fprintf(a.Out, "%s: declared, hidden at every boot by %s\n", address, layerWords(change.Layers))
	}
	for _, address := range change.Withdrawn {
		fmt.Fprintf(a.Out, "%s: no longer declared\n", address)
	}
}

func (a *app) reportOne(verb string, dryRun bool, o passthrough.Outcome) {
	switch {
	case dryRun && o.Error != nil && o.Error.Class() == passthrough.ClassRefused:
		a.planRefused(verb, o)
	case o.Error != nil && o.Error.Code == passthrough.CodeGuard && slices.ContainsFunc(o.Findings, refuses):
		a.reportRefused(verb, o)
	case o.Error != nil:
		a.warn(o.Error.Error())
	case dryRun:
		a.reportSteps(o)
	case o.Verb == passthrough.VerbHide:
		fmt.Fprintf(a.Out, "%s: %s\n", o.Device, hidden(o))
	default:
		fmt.Fprintf(a.Out, "%s: %s\n", o.Device, givenBack(o))
	}
}

func refuses(f passthrough.Finding) bool { return f.Level == passthrough.LevelRefuse }

// reportRefused prints what dom0 would lose, a line each, and how to hide the device anyway.
func (a *app) reportRefused(verb string, o passthrough.Outcome) {
	for _, f := range o.Findings {
		if refuses(f) {
			a.warn(o.Device.String() + ": " + withAdvice(f.Reason, f.Advice))
		}
	}
	a.warn(o.Device.String() + ": " + withAdvice("not hidden", anyway(verb, o)))
}

// anyway is how a verb hides the device nevertheless, or what to do in place of that; "" where
// a finding says it, which is printed.
func anyway(verb string, o passthrough.Outcome) string {
	about := func(is func(passthrough.Finding) bool) bool {
		return slices.ContainsFunc(o.Findings, func(f passthrough.Finding) bool { return refuses(f) && is(f) })
	}
	switch {
	case verb == "hide" && about(func(f passthrough.Finding) bool { return f.Code == passthrough.CodeUSBCompanions }):
		return "--force hides it anyway, and may crash dom0"
	case about(func(f passthrough.Finding) bool { return f.Advice == o.Error.Advice }):
		return ""
	}
	return o.Error.Advice
}

// planRefused prints among the plans of a dry run that a device would be refused, and why.
func (a *app) planRefused(verb string, o passthrough.Outcome) {
	fmt.Fprintf(a.Out, "%s: would be refused\n", o.Device)
	guard := false
	for _, f := range o.Findings {
		if refuses(f) {
			guard = true
			fmt.Fprintf(a.Out, "    %s\n", withAdvice(f.Reason, f.Advice))
		}
	}
	switch {
	case !guard:
		fmt.Fprintf(a.Out, "    %s\n", withAdvice(o.Error.Reason, o.Error.Advice))
	case anyway(verb, o) != "":
		fmt.Fprintf(a.Out, "    %s\n", anyway(verb, o))
	}
}

func (a *app) reportSteps(o passthrough.Outcome) {
	if len(o.Steps) == 0 {
		fmt.Fprintf(a.Out, "%s: nothing to do\n", o.Device)
		return
	}
	fmt.Fprintf(a.Out, "%s: %swould\n", o.Device, alreadyWords(o))
	for _, step := range o.Steps {
		fmt.Fprintf(a.Out, "    %s\n", step)
	}
}

// alreadyWords begins the plan for a device that is not moved; "" for others.
func alreadyWords(o passthrough.Outcome) string {
	switch {
	case o.Outcome != passthrough.OutcomeAlready:
		return ""
	case o.Verb == passthrough.VerbHide:
		return "is hidden already; "
	}
	return "is in dom0 already; "
}

func hidden(o passthrough.Outcome) string {
	switch {
	case o.Outcome == passthrough.OutcomeAlready:
		return "is hidden already"
	case o.From == nil:
		return "hidden"
	case o.From.Hidden():
		return "hidden (pciback had it already, its slot is registered now)"
	case o.From.Driver == "":
		return "hidden (it had no driver)"
	}
	return "hidden (was on " + o.From.Driver + ")"
}

// givenBack is what became of a device that was given back, and of its interrupt.
func givenBack(o passthrough.Outcome) string {
	text := returned(o)
	switch i := o.Interrupt; {
	case i == nil || !i.Connected:
		return text
	case i.Arrived == 0:
		return fmt.Sprintf("%s; Xen has connected its interrupt (%d), and none has come yet", text, i.GSI)
	default:
		return fmt.Sprintf("%s; Xen has connected its interrupt (%d), and interrupts come", text, i.GSI)
	}
}

func returned(o passthrough.Outcome) string {
	switch {
	case o.Absent:
		return "no such device; its slot is removed"
	case o.State == nil:
		return "given back"
	case o.State.Driver == "" && o.Target == "":
		return "given back: without a driver, as it was before"
	case o.State.Driver == "" && o.From != nil && *o.From == *o.State:
		return "is in dom0, and no driver takes it"
	case o.State.Driver == "":
		return "given back, but no driver in dom0 takes it"
	case o.Outcome == passthrough.OutcomeAlready:
		return "is in dom0 already, on " + o.State.Driver
	}
	return "given back to " + o.State.Driver
}
