package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/test/scratch"
)

// TestTryNotRestarted has --reboot fail when the trial is prepared: there is one document, which has
// the trial and the error.
func TestTryNotRestarted(t *testing.T) {
	t.Parallel()
	host, err := passthrough.Open(scratch.Dir(t), passthrough.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a := &app{host: host, json: true}
	a.Out = &out
	err = a.reportTry(t.Context(), passthrough.HostTry{Trial: passthrough.HostTrial{ID: "one"}}, true)
	if got, want := a.fail("host try", err), statuses[passthrough.ClassUsage]; got != want {
		t.Errorf("exit status %d, want %d", got, want)
	}
	decoder := json.NewDecoder(&out)
	var one struct {
		Result passthrough.HostTry
		Error  *passthrough.Error
	}
	if err := decoder.Decode(&one); err != nil || one.Result.Trial.ID != "one" || one.Error == nil {
		t.Errorf("%v: %+v", err, one)
	}
	if decoder.More() {
		t.Error("there is another document")
	}
}
