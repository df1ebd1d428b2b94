package snapshot

import (
	"context"
	"io"
	"strings"

	"github.com/xenpci/xenpci/internal/archive"
	"github.com/xenpci/xenpci/internal/mask"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// Options say how a snapshot is taken.
type Options struct {
	// Comment is the first line of the archive.
	Comment string
	// Mask masks what tells this machine from others, and must have learned
	// nothing yet; nil leaves all as it is.
	Mask *mask.Mask
	// Wait reads an attribute that may have to wait for a driver, without the
	// newline at its end, and gives up in time: context.DeadlineExceeded is in
	// the error's chain then. Where Wait is nil those are left out.
	Wait func(name string) (string, error)
}

// Report says what became of a snapshot.
type Report struct {
	Entries int      // files, links and empty directories
	Size    int      // in bytes
	Notes   []string // what is not in it, and why
}

// notesFile has the notes in the archive itself.
const notesFile = "xenpci/notes"

// Write writes the machine below root to out. The error is one of out's or of
// ctx; the archive is not complete then.
func Write(ctx context.Context, out io.Writer, root string, o Options) (Report, error) {
	w, err := archive.NewWriter(out, o.Comment+"\n\n")
	if err != nil {
		return Report{}, err
	}
	c := &copier{ctx: ctx, fsys: sysfs.New(root), root: root, out: w, Options: o}
	if c.Mask != nil {
		c.hostname, _ = c.fsys.Attribute(hostnameFile)
		learn(c)
	}
	c.kernel()
	release, _ := c.fsys.Release() // without it there is no kernel's part
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
	c.names()
	notes := c.notes.lines()
	if len(notes) > 0 && c.failed == nil {
		c.append(archive.Entry{Path: notesFile, Mode: archive.DefaultMode(notesFile), Data: []byte(strings.Join(notes, "\n") + "\n")})
	}
	return Report{Entries: c.entries, Size: w.Size(), Notes: notes}, c.failed
}
