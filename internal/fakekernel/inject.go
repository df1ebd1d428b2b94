package fakekernel

import (
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Inject adds faults for later writes.
func (h *Host) Inject(faults ...Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range faults {
		h.faults = append(h.faults, &armed{Fault: f})
	}
}

// Clear removes all faults. Writes that hang continue to hang until Release.
func (h *Host) Clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = nil
}

// Release continues every write of this Host that hangs now.
func (h *Host) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.released)
	h.released = make(chan struct{})
}

// arm counts a write and returns the first fault that hits it, or the zero Fault.
func (h *Host) arm(name, value string) (Fault, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var hit Fault
	for _, f := range h.faults {
		if !like(f.Name, name) || !like(f.Value, strings.TrimSuffix(value, "\n")) {
			continue
		}
		f.seen++
		reached := f.Write == 0 || f.Write == f.seen
		if f.Tree > 0 {
			count, err := h.countInTree(f.Fault)
			if err != nil {
				return Fault{}, err
			}
			reached = reached && f.Tree == count
		}
		if reached && hit.Action == "" {
			hit = f.Fault
		}
	}
	return hit, nil
}

// countInTree counts a matching write of all processes.
func (h *Host) countInTree(f Fault) (count int, err error) {
	err = h.locked(func(k *kernel) error {
		file := hidden + "/counts"
		key := strconv.Quote(f.Name) + " " + strconv.Quote(f.Value) + " "
		lines := k.lines(file)
		for i, line := range lines {
			if number, ok := strings.CutPrefix(line, key); ok {
				count, _ = strconv.Atoi(number)
				lines = append(lines[:i], lines[i+1:]...)
				break
			}
		}
		count++
		k.setLines(file, append(lines, key+strconv.Itoa(count)))
		return nil
	})
	return count, err
}

// like reports whether text matches a pattern, in which '*' also matches '/'. "" matches
// everything.
func like(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	const slash = "\x01" // appears in no name and no pattern
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(text, "/", slash))
	return ok && err == nil
}

// before does what a fault does before the effect. If it returns an error, there is no
// effect.
func (h *Host) before(f Fault, file, value string) error {
	switch f.Action {
	case Fail:
		return f.Errno
	case Hang:
		h.hang()
	case Delay:
		time.Sleep(f.Delay)
	case KillBefore:
		die()
	case Lose:
		return h.locked(func(k *kernel) error {
			k.lose(file, value)
			return nil
		})
	}
	return nil
}

// after does what a fault does after the effect, whose result is err.
func (h *Host) after(f Fault, value string, err error) error {
	switch f.Action {
	case FailAfter:
		return f.Errno
	case HangAfter:
		h.hang()
	case KillAfter:
		die()
	case GiveUp:
		h.giveUp(value, f.Delay)
	}
	return err
}

// giveUp has the driver of the device that a value names let go of it later.
func (h *Host) giveUp(value string, later time.Duration) {
	time.AfterFunc(later, func() {
		_ = h.locked(func(k *kernel) error { // the tree of a test that has ended is gone
			if d, ok := k.device(strings.TrimSuffix(value, "\n")); ok && k.driverOf(d) != pciback {
				k.detach(d)
			}
			return nil
		})
	})
}

func (h *Host) hang() {
	h.mu.Lock()
	released := h.released
	h.mu.Unlock()
	<-released
}

// die kills the process with SIGKILL and does not return.
func die() {
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	select {}
}

// lose unplugs the device that a write is about: the device with the attribute, or else the
// device that the value names.
func (k *kernel) lose(file, value string) {
	for dir := path.Dir(file); dir != "/"; dir = path.Dir(dir) {
		if d, ok := k.device(path.Base(dir)); ok {
			k.unplug(d)
			return
		}
	}
	r, err := parseSlot(value)
	if err != nil {
		return
	}
	names, err := r.expand()
	if err != nil {
		return
	}
	for _, name := range names {
		if d, ok := k.device(name); ok {
			k.unplug(d)
		}
	}
}
