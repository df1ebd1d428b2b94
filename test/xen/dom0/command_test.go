//go:build xen

package dom0

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The exit statuses of xenpci.
const (
	done     = 0
	failed   = 1
	usage    = 2
	refused  = 3
	noDevice = 4
)

// patience is how long a command may take; under emulation most take well
// under a second, if nothing else runs on this machine.
const patience = 3 * time.Minute

// result is what became of a command.
type result struct {
	args           []string
	status         int
	stdout, stderr string
	took           time.Duration
}

// run runs a command to its end. One that does not end is a failure.
func run(t *testing.T, args ...string) result {
	t.Helper()
	return runIn(t, nil, args...)
}

// runIn is run with a chance to set the command up. It can be used when the
// test is over, to clean up.
func runIn(t *testing.T, prepare func(*exec.Cmd), args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	command.WaitDelay = time.Second
	if prepare != nil {
		prepare(command)
	}
	begun := time.Now()
	err := command.Run()
	r := result{args: args, stdout: stdout.String(), stderr: stderr.String(), took: time.Since(begun)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%s: did not end within %v\n%s%s", strings.Join(args, " "), patience, r.stdout, r.stderr)
	case errors.As(err, &exit):
		r.status = exit.ExitCode()
	case err != nil:
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	t.Logf("$ %s  (%d, %v)\n%s%s", strings.Join(args, " "), r.status, r.took.Round(time.Millisecond), r.stdout, r.stderr)
	return r
}

// xenpci runs xenpci, and fails the test unless it ends with that status.
func xenpci(t *testing.T, status int, args ...string) result {
	t.Helper()
	r := run(t, append([]string{"xenpci"}, args...)...)
	if r.status != status {
		t.Fatalf("xenpci %s: status %d, want %d\n%s%s", strings.Join(args, " "), r.status, status, r.stdout, r.stderr)
	}
	return r
}

// must runs a command that has to succeed.
func must(t *testing.T, args ...string) result {
	t.Helper()
	r := run(t, args...)
	if r.status != 0 {
		t.Fatalf("%s: status %d\n%s%s", strings.Join(args, " "), r.status, r.stdout, r.stderr)
	}
	return r
}

// says fails the test unless the text holds each of the words.
func says(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in:\n%s", word, text)
		}
	}
}

// eventually waits until it is so.
func eventually(t *testing.T, what string, limit time.Duration, so func() bool) {
	t.Helper()
	const pause = 100 * time.Millisecond
	for end := time.Now().Add(limit); !so(); time.Sleep(pause) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
