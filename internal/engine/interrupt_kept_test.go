package engine_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestInterruptNoteIsWhole: a run that is killed while it notes the interrupt once more leaves the
// note that was there, since the kernel does not tell the number again.
func TestInterruptNoteIsWhole(t *testing.T) {
	m := pvh(t, nil, nil)
	m.hide(t, nine)
	m.unhide(t, nine)
	name := filepath.Join(m.Root, "run/xenpci/interrupt", nine.String())
	before, err := os.Stat(name)
	must(t, err)
	file, err := os.Open(name)
	must(t, err)
	defer file.Close()
	m.unhide(t, nine)
	after, err := os.Stat(name)
	must(t, err)
	if os.SameFile(before, after) && !before.ModTime().Equal(after.ModTime()) {
		t.Error("it was written over")
	}
}
