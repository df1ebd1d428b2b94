//go:build xen

package xen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/test/xen/machine"
	"github.com/xenpci/xenpci/test/xen/packages"
	"github.com/xenpci/xenpci/test/xen/setup"
)

// bootDeadline is how long a machine may run, from power on to power off.
const bootDeadline = 15 * time.Minute

// TestXen boots each machine and shows what its tests said.
func TestXen(t *testing.T) {
	all := machines()
	l := prepare(t, all)
	everyTestRuns(t, l.suites["test/xen/dom0"])
	each(t, all, func(t *testing.T, b boot) { l.run(t, b) })
}

// each has a subtest for each machine, and fails if -run names none of them.
func each(t *testing.T, boots []boot, do func(t *testing.T, b boot)) {
	t.Helper()
	var names []string
	chosen := false
	for _, b := range boots {
		names = append(names, b.name)
		t.Run(b.name, func(t *testing.T) {
			chosen = true
			do(t, b)
		})
	}
	if !chosen {
		t.Errorf("no machine has that name; there are: %s", strings.Join(names, ", "))
	}
}

// lab is what machines are booted with.
type lab struct {
	setup.Setup
	files  map[string]string // programs for dom0: path there to file here
	suites map[string]string // binary of each package's tests
}

// prepare builds what the machines need.
func prepare(t *testing.T, boots []boot) lab {
	t.Helper()
	s, err := setup.Prepare(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	l := lab{Setup: s, files: map[string]string{}, suites: map[string]string{}}
	for _, name := range []string{"xenpci", "xenpcid"} {
		if l.files["usr/bin/"+name], err = s.Program(t.Context(), "cmd/"+name); err != nil {
			t.Fatal(err)
		}
	}
	if l.files["usr/bin/handover"], err = s.Example(t.Context(), "handover"); err != nil {
		t.Fatal(err)
	}
	for _, b := range boots {
		for _, suite := range b.suites {
			if l.suites[suite.pkg] != "" {
				continue
			}
			if l.suites[suite.pkg], err = s.Test(t.Context(), suite.pkg); err != nil {
				t.Fatal(err)
			}
		}
	}
	return l
}

// ran is what came of a boot.
type ran struct {
	took   time.Duration
	host   description
	passed map[string]bool // the tests by name
}

// run boots a machine, makes a subtest of each test that ran on it, and returns what came
// of them.
func (l lab) run(t *testing.T, b boot) ran {
	t.Helper()
	img, err := l.Of(t.Context(), b.release, b.parts, os.Stderr)
	switch {
	case errors.Is(err, packages.ErrNoSuite):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	order := machine.Order{
		Files:       maps.Clone(l.files),
		Script:      script(b.suites, bootDeadline+b.longer),
		NoToolstack: b.noToolstack,
		Kernel:      b.kernel,
		Deadline:    bootDeadline + b.longer,
		Console:     l.Log(b.name + ".console"),
	}
	if b.parts.Chains {
		order.Archives = []string{img.Chains}
	}
	if b.parts.Libvirt {
		order.Archives = append(order.Archives, img.Libvirt)
	}
	if b.parts.HVM {
		order.Archives = append(order.Archives, img.HVM)
	}
	if b.parts.Stuck {
		order.Archives = append(order.Archives, img.Stuck)
	}
	for _, suite := range b.suites {
		order.Files[suite.program()] = l.suites[suite.pkg]
	}
	log, err := os.Create(l.Log(b.name + ".log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var answers bytes.Buffer
	begun := time.Now()
	status, err := machine.Boot(t.Context(), img, b.machine, order, io.MultiWriter(&answers, log))
	r := ran{took: time.Since(begun).Round(time.Second)}
	t.Logf("the machine ran for %v", r.took)
	said := captures(t, l.Root, b.release, answers.String())
	r.host = described(said)
	r.passed = show(t, b.suites, said)
	if err != nil {
		t.Error(err)
	}
	if status != 0 && !t.Failed() {
		t.Errorf("the suites ended with status %d, and no test failed", status)
	}
	return r
}

// everyTestRuns fails the test when one of dom0's is on no machine's list, or
// a list names one that is not there.
func everyTestRuns(t *testing.T, binary string) {
	t.Helper()
	listed, err := exec.CommandContext(t.Context(), binary, "-test.list", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	there := strings.Fields(string(listed))
	var named []string
	for _, boot := range slices.Concat(boots, hosts()) {
		for _, suite := range boot.suites {
			if suite.pkg == "test/xen/dom0" {
				named = append(named, suite.tests...)
			}
		}
	}
	for _, name := range there {
		if !slices.Contains(named, name) {
			t.Errorf("%s is run on no machine", name)
		}
	}
	for _, name := range named {
		if !slices.Contains(there, name) {
			t.Errorf("%s is on a machine's list and in no file", name)
		}
	}
}

// suiteLine stands before what each suite prints.
const suiteLine = "lab: suite "

// program is where the suite lies in dom0.
func (s suite) program() string { return "tests/" + strings.ReplaceAll(s.pkg, "/", "-") }

// script returns what dom0's shell is to do.
func script(suites []suite, deadline time.Duration) string {
	var text strings.Builder
	text.WriteString("status=0\n" + describe)
	for number, suite := range suites {
		fmt.Fprintf(&text, "echo '%s%d'\n", suiteLine, number)
		if suite.before != "" {
			fmt.Fprintln(&text, suite.before)
		}
		fmt.Fprintf(&text, "%s %s /%s -test.v=test2json -test.timeout=%v -test.run '^(%s)$' || status=1\n",
			captureVariable(), suite.environment, suite.program(), deadline, strings.Join(suite.tests, "|"))
	}
	text.WriteString("exit $status\n")
	return text.String()
}

// mostShown is how many bytes of a suite's output a test shows that is not in it.
const mostShown = 2000

// show makes a subtest of each test that ran in dom0. A test that was wanted
// and said nothing fails, and so does one that was skipped. It returns which passed.
func show(t *testing.T, suites []suite, answers string) (passed map[string]bool) {
	t.Helper()
	passed = map[string]bool{}
	parts := strings.Split(answers, suiteLine)
	for number, suite := range suites {
		var text string
		for _, part := range parts[1:] {
			if rest, ok := strings.CutPrefix(part, fmt.Sprintf("%d\n", number)); ok {
				text = rest
			}
		}
		results, err := parse(t.Context(), text)
		if err != nil {
			t.Errorf("%s: %v", suite.pkg, err)
		}
		for _, name := range suite.tests {
			passed[name] = t.Run(path.Base(suite.pkg)+"/"+name, func(t *testing.T) {
				r, ok := results[name]
				if !ok {
					t.Fatalf("dom0 said nothing of it; the end of what it said:\n%s", text[max(0, len(text)-mostShown):])
				}
				r.report(t)
			})
		}
	}
	return passed
}
