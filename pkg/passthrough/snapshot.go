package passthrough

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/mask"
	"github.com/xenpci/xenpci/internal/snapshot"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// snapshotWait is how long a snapshot waits for one attribute, at most.
const snapshotWait = 2 * time.Second

// SnapshotOptions are how a snapshot is taken.
type SnapshotOptions struct {
	Program string // what takes it, with its version: "xenpci 0.1.0"
	NoMask  bool   // leave addresses, serial numbers, UUIDs and names as they are
	NotRoot bool   // note that the caller is not root, so that more is missing
}

// Snapshot is what became of a snapshot.
type Snapshot struct {
	Entries int      `json:"entries"` // files, links and empty folders
	Size    int      `json:"size"`    // in bytes
	Masked  bool     `json:"masked"`
	Notes   []Remark `json:"notes,omitempty"` // what is not in it, and why
}

// Snapshot writes everything of the host that this package looks at to out, as
// one text archive for a bug report or a test. What an earlier run left is not
// completed first: it is a part of what a bug report is about. If the error is
// not nil, the archive is not complete.
func (h *Host) Snapshot(ctx context.Context, out io.Writer, o SnapshotOptions) (Snapshot, error) {
	options := snapshot.Options{Comment: "A machine as " + o.Program + " saw it, with nothing masked."}
	if !o.NoMask {
		key, err := mask.NewKey()
		if err != nil {
			return Snapshot{}, wrapped(err)
		}
		options.Mask = mask.New(key)
		options.Comment = "A machine as " + o.Program + " saw it, with addresses, serial numbers, UUIDs and host names masked."
	}
	if o.NotRoot {
		options.Comment += " The caller was not root."
	}
	// Without a process for them, attributes that may wait are left out, with a note.
	attributes, err := engine.OpenAttributes(ctx, sysfs.New(h.root), min(h.timeout, snapshotWait))
	if err == nil {
		defer attributes.Close()
		options.Wait = func(name string) (string, error) { return attributes.Read(ctx, name) }
	}
	buffered := bufio.NewWriter(out)
	report, err := snapshot.Write(ctx, buffered, h.root, options)
	taken := Snapshot{Entries: report.Entries, Size: report.Size, Masked: !o.NoMask, Notes: notes(CodeUnknown, report.Notes...)}
	return taken, within("the snapshot is not complete", errors.Join(err, buffered.Flush()))
}
