package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/reconcile"
	"github.com/xenpci/xenpci/internal/daemon/uevent"
	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/usage"
	"github.com/xenpci/xenpci/internal/usage/graph"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// plugs is how often a card is plugged in for each way.
const plugs = 50

// arrival waits for a uevent at most so long.
const arrival = 30 * time.Second

// arrivals measures what xenpcid does between the uevent by which the kernel says that a
// plugged-in card has its driver, and the state that is read back, beside the writes alone.
// A plug is a removal and a rescan: the kernel sends the same uevents.
func arrivals() error {
	card := cards()[0]
	if err := declare(card.String()); err != nil {
		return err
	}
	heard, err := uevent.Open()
	if err != nil {
		return err
	}
	defer heard.Close()
	var writes, guards, unused []time.Duration
	var looks, runs, unguarded []parts
	ways := []struct {
		hide func(pci.Address) (parts, error)
		took *[]parts
	}{
		{reconciled, &looks}, {hiddenByEngine(true, &guards), &runs}, {hiddenByEngine(false, &unused), &unguarded},
	}
	for range plugs {
		took, err := plugged(heard, card, writesOnly)
		if err != nil {
			return err
		}
		writes = append(writes, took.total())
		for _, way := range ways {
			if took, err = plugged(heard, card, way.hide); err != nil {
				return err
			}
			*way.took = append(*way.took, took)
		}
	}
	fmt.Printf("\n## A card is plugged in\n\nOne e1000 with its driver loaded, %d plugs for each way, in turns; from the uevent `bind`.\n\n", plugs)
	fmt.Print("| part | median | maximum | to the raw writes |\n|---|---|---|---|\n")
	row := func(name string, times []time.Duration) {
		fmt.Printf("| %s | %s | %s | %.2f |\n", name, milliseconds(median(times)), milliseconds(slices.Max(times)), ratio(times, writes))
	}
	rows := func(name string, rounds []parts) {
		row(name, totals(rounds))
		for _, part := range rounds[0].names {
			row("... "+part, one(rounds, part))
		}
	}
	row("raw writes: unbind, new_slot, bind, and the link `driver` read", writes)
	rows("xenpcid, all of it", looks)
	rows("the run within it that hides the card", runs)
	rows("that run with the guard's answer ready before", unguarded)
	row("the guard, on its own", guards)
	return reset(true)
}

// parts are how long the parts of something took, in turn.
type parts struct {
	names []string
	took  []time.Duration
	last  time.Time
}

// begin starts the clock.
func begin() *parts { return &parts{last: time.Now()} }

// end ends a part.
func (p *parts) end(name string) {
	now := time.Now()
	p.names, p.took, p.last = append(p.names, name), append(p.took, now.Sub(p.last)), now
}

func (p parts) total() (sum time.Duration) {
	for _, t := range p.took {
		sum += t
	}
	return sum
}

func totals(rounds []parts) (all []time.Duration) {
	for _, p := range rounds {
		all = append(all, p.total())
	}
	return all
}

func one(rounds []parts, name string) (all []time.Duration) {
	for _, p := range rounds {
		if i := slices.Index(p.names, name); i >= 0 {
			all = append(all, p.took[i])
		} else {
			all = append(all, 0)
		}
	}
	return all
}

// plugged plugs the card in, calls do when e1000 has it, and takes everything back.
func plugged(heard *uevent.Socket, card pci.Address, do func(pci.Address) (parts, error)) (parts, error) {
	if err := reset(true); err != nil {
		return parts{}, err
	}
	if err := os.RemoveAll("/run/xenpci/intent"); err != nil {
		return parts{}, err
	}
	if err := errors.Join(write("/sys/bus/pci/devices/"+card.String()+"/remove", "1"), write("/sys/bus/pci/rescan", "1")); err != nil {
		return parts{}, err
	}
	// Removal sends unbind and remove, the rescan add and bind.
	watchdog := time.AfterFunc(arrival, func() { heard.Close() })
	defer watchdog.Stop()
	for {
		e, err := heard.Next()
		if err != nil {
			return parts{}, err
		}
		if e.Action == "bind" && e.Device == card && driver(card.String()) == "e1000" {
			break
		}
	}
	took, err := do(card)
	return took, errors.Join(err, is(card, "pciback"))
}

// is returns an error unless the driver has the device.
func is(card pci.Address, wanted string) error {
	if now := driver(card.String()); now != wanted {
		return fmt.Errorf("%s: on %q, not on %s", card, now, wanted)
	}
	return nil
}

func writesOnly(card pci.Address) (parts, error) {
	p, name := begin(), card.String()
	err := errors.Join(write(native+"unbind", name), write(pciback+"new_slot", name), write(pciback+"bind", name), is(card, "pciback"))
	p.end("writes")
	return *p, err
}

// reconciled has the daemon's function look and act.
func reconciled(pci.Address) (parts, error) {
	p := begin()
	host, err := passthrough.Open("/", passthrough.Options{})
	if err != nil {
		return *p, err
	}
	r := reconcile.New(host)
	r.Changed = func(c reconcile.Change) {
		switch c.State {
		case reconcile.Hidden:
			p.end("the state read back: the end of the run, and a second look")
		default:
			p.end("a look")
		}
	}
	result := r.Reconcile(context.Background())
	return *p, errors.Join(result.Err)
}

// hiddenByEngine returns a way that hides the card as xenpcid does within its look, and takes
// the time of the parts of that run. Without guarded, the guard's answer is ready before.
func hiddenByEngine(guarded bool, took *[]time.Duration) func(pci.Address) (parts, error) {
	return func(card pci.Address) (parts, error) {
		fs := sysfs.New("/")
		addresses, err := pci.List("/")
		if err != nil {
			return parts{}, err
		}
		devices, err := pci.ReadAll("/", addresses, usage.Reads)
		if err != nil {
			return parts{}, err
		}
		guard := sync.OnceValue(func() *graph.Graph {
			begun := time.Now()
			defer func() { *took = append(*took, time.Since(begun)) }()
			return engine.ScanGuard(fs, devices)
		})
		if !guarded {
			guard()
		}
		p := begin()
		e := engine.Engine{
			FS: fs, Timeout: engine.DefaultTimeout,
			Begun: func() { p.end("xenstore opened, the lock taken") },
			Guard: guard,
			Taking: func(context.Context, []pci.Address, []pci.Address) {
				p.end("the journal begun, the second process made, the plan")
			},
			Progress: func(_ pci.Address, text string) {
				if text == "" {
					p.end("the writes, each read back; quarantine; a note in xenstore")
				} else {
					p.end("the plan noted in the journal")
				}
			},
		}
		results, err := e.Hide(context.Background(), []pci.Address{card}, plan.HideOptions{Quarantine: true}, engine.Options{})
		p.end("the journal and the second process ended")
		if err == nil {
			err = results[0].Err
		}
		return *p, err
	}
}
