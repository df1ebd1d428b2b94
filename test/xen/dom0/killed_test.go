//go:build xen

package dom0

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilled kills commands at random moments and runs them again: after each
// second run the devices are where they were asked to be.
func TestKilled(t *testing.T) {
	const kills = 50
	begin(t, card, twin)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	// How long each command takes when it is left alone, once all that it
	// reads is in memory.
	duration := map[string]time.Duration{}
	for range 3 {
		for _, verb := range []string{"hide", "unhide"} {
			duration[verb] = xenpci(t, done, verb, "00:09.0", "00:0a.0").took
		}
	}
	early, late := 0, 0
	for kill := range kills {
		verb := []string{"hide", "unhide"}[kill%2]
		after := time.Duration(random.Int64N(int64(duration[verb] * 11 / 10)))
		// The machine may be slower or faster by now.
		if killedAfter(t, after, verb) {
			early++
			duration[verb] += duration[verb] / 20
		} else {
			late++
			duration[verb] -= duration[verb] / 10
		}
		t.Logf("%d: %s killed after %v: %q on %q, %q on %q", kill, verb, after, card, driver(card), twin, driver(twin))
		xenpci(t, done, verb, "00:09.0", "00:0a.0")
		for _, address := range []string{card, twin} {
			if verb == "hide" {
				wantHidden(t, address)
			} else {
				wantHome(t, address)
			}
		}
	}
	t.Logf("%d were killed, %d had ended before", early, late)
	if early < kills/2 {
		t.Errorf("only %d of %d were killed before their end", early, kills)
	}
	xenpci(t, done, "unhide", "00:09.0", "00:0a.0")
	for _, address := range []string{card, twin} {
		wantHome(t, address)
		wantNetwork(t, address)
	}
	if status := xenpci(t, done, "status").stdout; strings.Contains(status, card) || strings.Contains(status, twin) {
		t.Errorf("something is left:\n%s", status)
	}
}

// killedAfter starts a command and kills it, and reports whether it still ran.
// The children that it has are left to themselves, as they would be.
func killedAfter(t *testing.T, after time.Duration, verb string) bool {
	t.Helper()
	command := exec.Command("xenpci", verb, "00:09.0", "00:0a.0")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = command.Process.Signal(syscall.SIGKILL)
	_ = command.Wait()
	state, ok := command.ProcessState.Sys().(syscall.WaitStatus)
	return ok && state.Signaled()
}
