//go:build xen

package xen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// outcome is what a test in dom0 came to.
type outcome struct {
	verdict string // "pass", "fail" or "skip"; "" for one that never ended
	output  strings.Builder
	parts   []*outcome // its subtests
	name    string
}

// event is one line of go tool test2json.
type event struct {
	Action, Test, Output string
}

// parse reads the output of a test binary: the outcomes of its tests by name.
func parse(ctx context.Context, text string) (map[string]*outcome, error) {
	command := exec.CommandContext(ctx, "go", "tool", "test2json")
	command.Stdin = strings.NewReader(text)
	events, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("go tool test2json: %w", err)
	}
	tests, all := map[string]*outcome{}, map[string]*outcome{}
	decoder := json.NewDecoder(events)
	for {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go tool test2json: %w", err)
		}
		if e.Test == "" {
			continue
		}
		test, known := all[e.Test]
		if !known {
			parent, part, below := cutLast(e.Test)
			test = &outcome{name: part}
			all[e.Test] = test
			if above := all[parent]; below && above != nil {
				above.parts = append(above.parts, test)
			} else {
				tests[e.Test] = test
			}
		}
		switch e.Action {
		case "output":
			test.output.WriteString(e.Output)
		case "pass", "fail", "skip":
			test.verdict = e.Action
		}
	}
	if err := command.Wait(); err != nil {
		return tests, fmt.Errorf("go tool test2json: %w", err)
	}
	return tests, nil
}

// cutLast divides "TestA/b/c" into "TestA/b" and "c".
func cutLast(name string) (parent, part string, below bool) {
	at := strings.LastIndexByte(name, '/')
	if at < 0 {
		return "", name, false
	}
	return name[:at], name[at+1:], true
}

// report says in t what the test came to.
func (o *outcome) report(t *testing.T) {
	for _, part := range o.parts {
		t.Run(part.name, part.report)
	}
	switch {
	case o.verdict == "pass":
		t.Log("\n" + o.output.String())
	case o.verdict == "skip" && len(o.parts) == 0 && strings.Contains(t.Name(), "/"):
		t.Skip("\n" + o.output.String())
	case o.verdict == "":
		t.Errorf("it never ended\n%s", o.output.String())
	default:
		t.Errorf("it was a %s in dom0\n%s", o.verdict, o.output.String())
	}
}
