// Package journal keeps, under /run/xenpci, what a command has begun and not
// yet ended, so that whoever comes next can end it.
//
// One run of the command is one file in /run/xenpci/journal, one JSON record a
// line, only ever appended to: a process that dies between two writes leaves at
// worst a cut last line, which counts as not written. The file is locked by its
// run and by the process that writes for it; a file that nobody holds belongs
// to the next run.
package journal

import (
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Version is the form of the records. A run that meets another leaves the file
// alone.
const Version = 1

// Dir is where the journals are, below the root.
const Dir = "/run/xenpci/journal"

// Entry is one device that a run has begun to act on.
type Entry struct {
	plan.Action
	Left string `json:"left,omitempty"` // why it was left unfinished, in words
}

// record is one line of a journal.
type record struct {
	Version int          `json:"v"`
	Begin   *plan.Action `json:"begin,omitempty"`
	Left    *left        `json:"left,omitempty"`
	End     *pci.Address `json:"end,omitempty"`
}

type left struct {
	Device pci.Address `json:"device"`
	Why    string      `json:"why"`
}
