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

	"github.com/google/go-cmp/cmp"
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
			test = &outcome{name: e.Test}
			if above, part := parentOf(e.Test, all); above != nil {
				test.name = part
				above.parts = append(above.parts, test)
			} else {
				tests[e.Test] = test
			}
			all[e.Test] = test
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

// parentOf is the test that a subtest belongs to, and its name there: of those
// that are known the one with the longest name, since names of subtests may have
// "/" in them.
func parentOf(name string, known map[string]*outcome) (parent *outcome, part string) {
	for at := strings.LastIndexByte(name, '/'); at >= 0; at = strings.LastIndexByte(name[:at], '/') {
		if parent = known[name[:at]]; parent != nil {
			return parent, name[at+1:]
		}
	}
	return nil, ""
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

// TestParse reads what a binary with subtests of all names says.
func TestParse(t *testing.T) {
	const text = `=== RUN   TestA
=== RUN   TestA/a_b/c_d
=== RUN   TestA/a_b/c_d/e
=== RUN   TestA/x
=== RUN   TestA/x/y
=== RUN   TestA/x/p/q
    a_test.go:3: no
--- FAIL: TestA (0.00s)
    --- PASS: TestA/a_b/c_d (0.00s)
        --- PASS: TestA/a_b/c_d/e (0.00s)
    --- FAIL: TestA/x (0.00s)
        --- PASS: TestA/x/y (0.00s)
        --- FAIL: TestA/x/p/q (0.00s)
=== RUN   TestB
=== RUN   TestB//
FAIL
`
	tests, err := parse(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var walk func(above string, o *outcome)
	walk = func(above string, o *outcome) {
		got[above+o.name] = o.verdict
		for _, part := range o.parts {
			walk(above+o.name+" > ", part)
		}
	}
	for _, o := range tests {
		walk("", o)
	}
	want := map[string]string{
		"TestA": "fail", "TestA > a_b/c_d": "pass", "TestA > a_b/c_d > e": "pass",
		"TestA > x": "fail", "TestA > x > y": "pass", "TestA > x > p/q": "fail",
		"TestB": "", "TestB > /": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
