package engine_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestNoteIsReplaced: a note gets its new text at once, so that a run that is killed, or finds /run
// full, leaves the note that was there.
func TestNoteIsReplaced(t *testing.T) {
	m := loaded(t, "qemu")
	folder := filepath.Join(m.Root, "run/xenpci/origin")
	name := filepath.Join(folder, nine.String())
	must(t, os.MkdirAll(folder, 0o755))
	must(t, os.WriteFile(name, []byte("of an earlier run"), 0o600))
	before, err := os.Open(name)
	must(t, err)
	defer before.Close()
	m.hide(t, nine)
	old, err := io.ReadAll(before)
	must(t, err)
	now, err := os.ReadFile(name)
	must(t, err)
	if string(old) != "of an earlier run" || string(now) != `{"driver":"e1000"}` {
		t.Errorf("it was %q and is %q", old, now)
	}
	if all, _ := os.ReadDir(folder); len(all) != 1 {
		t.Errorf("the folder has %v", all)
	}
}
