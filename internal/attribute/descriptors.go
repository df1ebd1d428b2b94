//go:build amd64 || arm64

package attribute

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
)

// firstLine returns what a worker does before anything else. It has a copy of
// every descriptor of this process, and closes them all but keeps: one that
// hangs must hold no lock, no terminal and no pipe of this program open. ours is
// this process's end of its socket.
func firstLine(ours int, keeps []int) []step {
	steps := []step{
		{call: unix.SYS_CLOSE, descriptor: ours, least: anyResult},
		// Ctrl-C at the terminal, and a signal to the program's process group, are
		// for the program, which then decides what becomes of the writes.
		{call: unix.SYS_SETSID, least: anyResult},
	}
	first := 0
	for _, kept := range slices.Sorted(slices.Values(keeps)) {
		if first < kept {
			steps = append(steps, closeRange(first, kept-1))
		}
		first = kept + 1
	}
	return append(steps, closeRange(first, math.MaxInt32))
}

// closeRange is close_range(2), of Linux 5.9.
func closeRange(first, last int) step {
	return step{call: unix.SYS_CLOSE_RANGE, descriptor: first, data: uintptr(last)}
}

// keeps returns the descriptors that the worker is to have.
func (w *worker) keeps() []int { return append([]int{int(w.page.socket)}, w.held...) }

// tidy waits until a new worker has carried its first line out. Where that could
// not close ranges of descriptors, the worker closes one after the other.
func (w *worker) tidy() error {
	if w.tidied {
		return nil
	}
	w.tidied = true
	done, err := w.answered()
	if err != nil || done {
		return err
	}
	others, err := w.others()
	if err != nil {
		return fmt.Errorf("descriptors of process %d: %w", w.pid, err)
	}
	for steps := range slices.Chunk(others, mostSteps) {
		w.page.set(steps)
		if err := w.begin(); err != nil {
			return err
		}
		if _, err := w.answered(); err != nil {
			return err
		}
	}
	return nil
}

// answered waits for the answers to all steps of a line, and reports whether
// none has failed.
func (w *worker) answered() (all bool, err error) {
	for i := range w.page.count {
		if err := w.wait(); err != nil {
			return false, err
		}
		if s := &w.page.steps[i]; s.result < s.least {
			return false, nil
		}
	}
	return true, nil
}

// others returns the steps that close the descriptors which the worker has and
// is not to keep.
func (w *worker) others() ([]step, error) {
	names, err := sysfs.FS{}.List("/proc/" + strconv.Itoa(w.pid) + "/fd")
	if err != nil {
		return nil, sysfs.FS{}.Proc(err)
	}
	keeps := w.keeps()
	var steps []step
	for _, name := range names {
		descriptor, err := strconv.Atoi(name)
		if err != nil || slices.Contains(keeps, descriptor) {
			continue
		}
		steps = append(steps, step{call: unix.SYS_CLOSE, descriptor: descriptor, least: anyResult})
	}
	return steps, nil
}
