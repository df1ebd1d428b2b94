// Package journal records, under /run/xenpci, the actions that a command has
// begun and not yet completed, so that the next command can complete them.
//
// Each run of a command has a file in /run/xenpci/journal with one JSON record a
// line. Records are only appended: a process that dies during a write leaves at
// worst a truncated last line, which is ignored. The file is locked by its run and
// by the process that writes attributes for it. A file that no process has locked
// belongs to the next run.
package journal

import (
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// Version is the version of the record format. A run leaves a file with another
// version alone.
const Version = 1

// Dir is the folder of the journals, without the root.
const Dir = "/run/xenpci/journal"

// Entry is one device that a run has begun to act on.
type Entry struct {
	plan.Action
	Left string `json:"left,omitempty"` // why it was left unfinished, for people
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
