package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"sync"

	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Run is the journal of one command. It may be shared between goroutines.
type Run struct {
	fs   sysfs.FS
	name string
	mu   sync.Mutex
	file *os.File
	size int64 // of the records that were written completely, in bytes
	open map[pci.Address]bool
}

// Start creates the journal of this command, with a lock that its processes share.
// It creates Dir if that does not exist.
func Start(fs sysfs.FS) (*Run, error) {
	if err := os.MkdirAll(fs.Path(Dir), 0o755); err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		name := path.Join(Dir, strconv.Itoa(os.Getpid())+"-"+strconv.Itoa(n))
		file, err := os.OpenFile(fs.Path(name), os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) && n < maxJournals {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := share(file); err != nil {
			file.Close()
			return nil, fmt.Errorf("%s: lock: %w", name, err)
		}
		return &Run{fs: fs, name: name, file: file, open: map[pci.Address]bool{}}, nil
	}
}

// Name returns the journal's file, without the root. A process that writes
// attributes for this run shares its lock.
func (r *Run) Name() string { return r.name }

// Begin records the actions that are about to begin, all in one write: after a
// crash either all of them are recorded or none has begun.
func (r *Run) Begin(actions ...plan.Action) error {
	records := make([]record, len(actions))
	for i := range actions {
		records[i] = record{Version: Version, Begin: &actions[i]}
	}
	if err := r.append(records...); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range actions {
		r.open[a.Device] = true
	}
	return nil
}

// End records that the action on device a is complete: the device has reached its
// target, or is back where it was.
func (r *Run) End(a pci.Address) error {
	if err := r.append(record{Version: Version, End: &a}); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, a)
	return nil
}

// Leave records why device a could neither be moved nor returned.
func (r *Run) Leave(a pci.Address, why string) error {
	return r.append(record{Version: Version, Left: &left{Device: a, Why: why}})
}

// Close ends the run. It removes a journal without open entries, and leaves any
// other for the next run.
func (r *Run) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.open) == 0 {
		if err := os.Remove(r.fs.Path(r.name)); err != nil {
			r.file.Close()
			return err
		}
	}
	return r.file.Close()
}

func (r *Run) append(records ...record) error {
	var lines []byte
	for _, rec := range records {
		line, err := json.Marshal(rec)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		lines = append(append(lines, line...), '\n')
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file.Write(lines); err != nil {
		// A truncated record would corrupt the one that is appended next.
		return fmt.Errorf("%s: %w", r.name, errors.Join(err, r.file.Truncate(r.size)))
	}
	r.size += int64(len(lines))
	return nil
}
