package cli

import (
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// How often progress is looked at, and after how long a device's work counts as
// long.
const (
	progressTick  = 200 * time.Millisecond
	progressAfter = 500 * time.Millisecond // on a terminal, the line appears
	progressLine  = 5 * time.Second        // elsewhere, a plain line is printed
)

// progress shows what is being waited for.
type progress struct {
	app   *app
	mu    sync.Mutex
	work  map[pci.Address]*piece
	timer *time.Timer
	drawn bool
	over  bool
}

// piece is what is being done with one device.
type piece struct {
	text  string
	since time.Time
	said  time.Time // when a plain line was last printed of it
}

// watch returns what reports events to the person who waits. stop ends that.
func (a *app) watch() (report func(passthrough.Event), stop func()) {
	p := &progress{app: a, work: map[pci.Address]*piece{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(progressTick, p.tick)
	return p.event, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.over = true
		p.timer.Stop()
		p.erase()
	}
}

// event prints a warning, or notes what is being done with a device.
func (p *progress) event(e passthrough.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Kind == passthrough.EventProgress {
		p.note(*e.Remark.Device, e.Remark.Reason)
		return
	}
	p.erase()
	p.app.printEvent(e)
}

// printEvent prints a warning, or what is about to be changed for the next boot,
// or what was.
func (a *app) printEvent(e passthrough.Event) {
	switch {
	case e.Kind == passthrough.EventWarning:
		a.warn(e.Remark.String())
	case e.Kind == passthrough.EventMeant:
		a.sayMeant([]passthrough.Meant{*e.Meant})
	case a.json: // the document has the rest
	case e.Kind == passthrough.EventBoot:
		a.announce(*e.Change)
	case e.Kind == passthrough.EventTry:
		a.announceTry(*e.Try)
	case e.Kind == passthrough.EventList:
		a.printList(*e.List)
	}
}

// tick looks at the work, and again after a while.
func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	p.show(time.Now())
	p.timer.Reset(progressTick)
}

// note notes what is being done with a device; "" means that it is over.
func (p *progress) note(a pci.Address, text string) {
	if text == "" {
		delete(p.work, a)
		return
	}
	now := time.Now()
	p.work[a] = &piece{text: text, since: now, said: now}
}

func (p *progress) show(now time.Time) {
	if !p.app.Terminal {
		p.lines(now)
		return
	}
	p.erase()
	if oldest, a := p.oldest(); oldest != nil && now.Sub(oldest.since) >= progressAfter {
		fmt.Fprintf(p.app.Err, "%s: %s, %.0f s (%d at work)", a, oldest.text, now.Sub(oldest.since).Seconds(), len(p.work))
		p.drawn = true
	}
}

// lines prints one line for each device that takes long, and again from time to
// time.
func (p *progress) lines(now time.Time) {
	var slow []pci.Address
	for a, w := range p.work {
		if now.Sub(w.said) >= progressLine {
			slow = append(slow, a)
		}
	}
	sort.Slice(slow, func(i, j int) bool { return slow[i].Compare(slow[j]) < 0 })
	for _, a := range slow {
		w := p.work[a]
		w.said = now
		fmt.Fprintf(p.app.Err, "%s: still %s, %.0f s\n", a, w.text, now.Sub(w.since).Seconds())
	}
}

func (p *progress) oldest() (oldest *piece, of pci.Address) {
	for a, w := range p.work {
		if oldest == nil || w.since.Before(oldest.since) {
			oldest, of = w, a
		}
	}
	return oldest, of
}

// erase takes the drawn line away.
func (p *progress) erase() {
	if p.drawn {
		fmt.Fprint(raw(p.app.Err), "\r\x1b[K")
		p.drawn = false
	}
}
