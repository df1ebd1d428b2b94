package snapshot

import (
	"context"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/archive"
	"github.com/xenpci/xenpci/internal/mask"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Options are options of Write.
type Options struct {
	// Comment is the first line of the archive.
	Comment string
	// Mask masks everything that identifies this machine. It must have learned
	// nothing yet. nil masks nothing.
	Mask *mask.Mask
	// Wait reads an attribute whose reader may have to wait for a driver, and
	// returns it without the newline at its end. It must have a deadline, and
	// return an error with context.DeadlineExceeded in its chain after it. If Wait
	// is nil, such attributes are left out.
	Wait func(name string) (string, error)
}

// Report describes a snapshot that was written.
type Report struct {
	Entries int      // files, links and empty directories
	Size    int      // in bytes
	Notes   []string // what is missing, and why
}

// notesFile is the file with the notes in the archive.
const notesFile = "xenpci/notes"

// Write writes the machine below root to out. The error is from out or ctx; then the
// archive is incomplete.
func Write(ctx context.Context, out io.Writer, root string, o Options) (Report, error) {
	w, err := archive.NewWriter(out, o.Comment+"\n\n")
	if err != nil {
		return Report{}, err
	}
	c := &copier{ctx: ctx, fsys: sysfs.New(root), root: root, out: w, Options: o}
	if c.Mask != nil {
		c.hostname, _ = c.fsys.Attribute(hostnameFile)
		learn(c)
		c.learnSeen()
	}
	c.kernel()
	release, _ := c.fsys.Release() // without it the kernel's files are left out
	c.boots(release)
	walk(c.fsys, tree{dir: "/dev", depth: 2}, volumes{c})
	for _, name := range files() {
		c.file(name)
	}
	c.daemons()
	c.programs()
	c.pools()
	for _, t := range trees() {
		walk(c.fsys, t, c)
	}
	c.seen()
	c.names()
	notes := c.notes.lines()
	if len(notes) > 0 && c.failed == nil {
		c.append(archive.Entry{Path: notesFile, Mode: archive.DefaultMode(notesFile), Data: []byte(strings.Join(notes, "\n") + "\n")})
	}
	return Report{Entries: c.entries, Size: w.Size(), Notes: notes}, c.failed
}
