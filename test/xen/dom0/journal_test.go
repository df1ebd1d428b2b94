//go:build xen

package dom0

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// journalFiles are those of what is begun and not ended.
const journalFiles = "/run/xenpci/journal/*"

// watchJournal reads the journal again and again from now on. What it returns
// ends that, and gives all that was ever in it.
func watchJournal(t *testing.T) (noted func() string) {
	t.Helper()
	const pause = time.Millisecond
	stop, text := make(chan struct{}), make(chan string)
	go func() {
		var all strings.Builder
		last := ""
		for {
			files, _ := filepath.Glob(journalFiles)
			for _, file := range files {
				// It is removed when all is done.
				if content, _ := os.ReadFile(file); string(content) != last {
					last = string(content)
					all.WriteString(last)
				}
			}
			select {
			case <-stop:
				text <- all.String()
				return
			case <-time.After(pause):
			}
		}
	}()
	return func() string {
		close(stop)
		return <-text
	}
}

// wantForced fails the test unless the journal held, while a device was taken by
// force, what the guard had said, and holds nothing any more.
func wantForced(t *testing.T, noted string, said []finding) {
	t.Helper()
	if !strings.Contains(noted, `"forced":[`) {
		t.Errorf("the journal says nothing of force:\n%s", noted)
	}
	for _, f := range having(said, "refuse") {
		quoted, err := json.Marshal(f.Reason)
		if err != nil {
			t.Fatal(err)
		}
		says(t, noted, string(quoted))
	}
	if left, _ := filepath.Glob(journalFiles); len(left) > 0 {
		t.Errorf("left in the journal: %q", left)
	}
}
