package cli

import (
	"errors"
	"fmt"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// outcome is what a document says of one device.
type outcome struct {
	Device  pci.Address    `json:"device"`
	Outcome string         `json:"outcome"` // "done", "already", "planned" or "failed"
	Status  int            `json:"status"`
	From    *pciback.State `json:"from,omitempty"`
	State   *pciback.State `json:"state,omitempty"` // read back afterwards
	Steps   []plan.Step    `json:"steps,omitempty"` // of a dry run; what is "already" so may still be quarantined, or released
	Error   *documentError `json:"error,omitempty"`

	Findings []finding `json:"findings,omitempty"` // the guard's, the worst first
}

// report prints what became of each device, or would become of it. next is what
// was done for the next boot; nil for nothing. ended is why nothing became of the
// other devices.
func (a *app) report(verb string, dryRun bool, results []engine.Result, next *bootPart, ended error) error {
	status := worse(statusOfAll(results), statusOf(ended))
	if a.json {
		doc := document{Verb: verb, Status: status, Result: outcomes(results, dryRun), Error: errorDocument(ended), Boot: next}
		if err := doc.print(a.Out); err != nil {
			return err
		}
		return printed(status)
	}
	for _, r := range results {
		a.reportOne(verb, dryRun, r)
	}
	if ended != nil {
		a.warn(a.failure(ended))
	}
	return printed(status)
}

func (a *app) reportOne(verb string, dryRun bool, r engine.Result) {
	var needed *plan.NeededError
	switch {
	case errors.As(r.Err, &needed):
		for _, f := range findings(needed.Findings, nil) {
			a.warn(r.Device.String() + ": " + f.String())
		}
		a.warn(r.Device.String() + ": not hidden; --force hides it anyway")
	case r.Err != nil:
		a.warn(r.Err.Error())
	case dryRun:
		a.reportSteps(r)
	case verb == string(plan.Hide):
		fmt.Fprintf(a.Out, "%s: %s\n", r.Device, hidden(r))
	default:
		fmt.Fprintf(a.Out, "%s: %s\n", r.Device, givenBack(r))
	}
}

func (a *app) reportSteps(r engine.Result) {
	steps := r.Action.Steps(r.Store)
	if len(steps) == 0 {
		fmt.Fprintf(a.Out, "%s: nothing to do\n", r.Device)
		return
	}
	fmt.Fprintf(a.Out, "%s: %swould\n", r.Device, alreadyWords(r))
	for _, step := range steps {
		fmt.Fprintf(a.Out, "    %s\n", step)
	}
}

// alreadyWords begins the plan for a device that is not moved, "" for others: list
// and show say "already" of it.
func alreadyWords(r engine.Result) string {
	switch {
	case !r.Already:
		return ""
	case r.Action.Verb == plan.Hide:
		return "is hidden already; "
	}
	return "is in dom0 already; "
}

func hidden(r engine.Result) string {
	switch {
	case r.Already:
		return "is hidden already"
	case r.Action.Origin.Hidden():
		return "hidden (pciback had it already, its slot is registered now)"
	case r.Action.Origin.Driver == "":
		return "hidden (it had no driver)"
	}
	return "hidden (was on " + r.Action.Origin.Driver + ")"
}

func givenBack(r engine.Result) string {
	switch {
	case r.State == nil:
		return "given back"
	case r.State.Driver == "" && r.Action.Target.Driver == "":
		return "given back: without a driver, as it was before"
	case r.State.Driver == "":
		return "given back, but no driver in dom0 takes it"
	case r.Already:
		return "is in dom0 already, on " + r.State.Driver
	}
	return "given back to " + r.State.Driver
}

func outcomes(results []engine.Result, dryRun bool) []outcome {
	all := make([]outcome, len(results))
	for i, r := range results {
		o := outcome{Device: r.Device, Outcome: "done", Status: statusOf(r.Err), State: r.State, Error: errorDocument(r.Err), Findings: findings(r.Findings, r.Hints)}
		if r.Action.Verb != "" {
			o.From = &r.Action.Origin
		}
		switch {
		case r.Err != nil:
			o.Outcome = "failed"
		case r.Already:
			o.Outcome = "already"
		case dryRun:
			o.Outcome = "planned"
		}
		if dryRun && r.Err == nil {
			o.Steps = r.Action.Steps(r.Store)
		}
		all[i] = o
	}
	return all
}
