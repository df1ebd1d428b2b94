package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/pkg/pci"
)

// What the guard said is in the action, and so in the journal, when somebody
// wanted the device all the same.
func TestForced(t *testing.T) {
	m := unpack(t, "sis190")
	disk := pci.Address{Slot: 2, Function: 5}
	refused, err := m.Hide(m.context(t), []pci.Address{disk}, plan.HideOptions{}, engine.Options{})
	must(t, err)
	if refused[0].Err == nil || !strings.Contains(refused[0].Err.Error(), "/ is on sda1, on sda, on 0000:00:02.5") {
		t.Errorf("the disk of /: %v", refused[0].Err)
	}
	forced, err := m.Hide(m.context(t), []pci.Address{disk}, plan.HideOptions{Force: true}, engine.Options{})
	must(t, err)
	must(t, forced[0].Err)
	if diff := cmp.Diff(1, len(forced[0].Action.Forced)); diff != "" {
		t.Fatal(diff)
	}
	entry, err := json.Marshal(forced[0].Action)
	must(t, err)
	if !strings.Contains(string(entry), `"forced":["/ is on sda1, on sda, on 0000:00:02.5`) {
		t.Errorf("the journal's entry lacks the sentence: %s", entry)
	}
}
