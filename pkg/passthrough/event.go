package passthrough

import (
	"context"
	"sync"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Event is what a verb reports while it works. The function that takes events is
// called from several goroutines, with one event at a time, and not after the verb
// has returned. The verb waits for it, and may hold its turn meanwhile: a verb that
// is called from it fails with CodeBusy when it needs the same turn.
type Event struct {
	Kind   EventKind   `json:"kind"`
	Remark Remark      `json:"remark"`           // the warning, or what is being done with the device
	Change *BootChange `json:"change,omitempty"` // of EventBoot: what is about to be written and run
	List   *ListChange `json:"list,omitempty"`   // of EventList: what was done for the next boots
	Meant  *Meant      `json:"meant,omitempty"`  // of EventMeant
	Try    *HostTry    `json:"try,omitempty"`    // of EventTry: the trial that is about to be prepared
}

// EventKind is the kind of an event.
type EventKind string

// The kinds of events.
const (
	EventWarning  EventKind = "warning"  // something to know although the verb goes on
	EventProgress EventKind = "progress" // work on a device has begun; an empty reason ends it
	EventBoot     EventKind = "boot"     // files of the boot are about to be changed, which may take minutes
	EventTry      EventKind = "try"      // a trial is about to be prepared
	EventMeant    EventKind = "meant"    // what was meant by an ID that is a name, before anything is done
	EventList     EventKind = "list"     // the declared list and the boot layers were changed, or would be; devices are moved next
)

// reporter calls a function with one event at a time. The zero value reports
// nothing.
type reporter struct {
	mu   *sync.Mutex
	call func(Event)
}

func newReporter(report func(Event)) reporter {
	return reporter{mu: &sync.Mutex{}, call: report}
}

func (r reporter) event(e Event) {
	if r.call == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.call(e)
}

// warnings returns a reporter that reports nothing else.
func (r reporter) warnings() reporter {
	if r.call == nil {
		return r
	}
	return reporter{mu: r.mu, call: func(e Event) {
		if e.Kind == EventWarning {
			r.call(e)
		}
	}}
}

func (r reporter) warn(remarks ...Remark) {
	for _, one := range remarks {
		r.event(Event{Kind: EventWarning, Remark: one})
	}
}

func (r reporter) progress(a pci.Address, text string) {
	r.event(Event{Kind: EventProgress, Remark: Remark{Device: &a, Reason: text}})
}

// engine returns an engine that reports to r and asks the guard of the view.
func (v *View) engine(r reporter) *engine.Engine {
	return &engine.Engine{
		FS:      v.fs,
		Timeout: v.host.timeout,
		Begun:   v.stale,
		Taking: func(ctx context.Context, devices, stuck []pci.Address) {
			v.remember(ctx, r, devices, stuck)
		},
		Had:      v.hadParts,
		Guard:    v.guard,
		Progress: r.progress,
		Warn: func(w engine.Warning) {
			if w.Code == engine.EarlierCompleted || w.Code == engine.EarlierFailed {
				v.stale() // a device was moved
			}
			r.warn(newRemark(w))
		},
	}
}
