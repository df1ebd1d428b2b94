//go:build xen

package dom0

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

// settling is how long the daemon may take until all is as it should be. It waits at most
// some seconds before it tries again what was lost; the rest is for a busy machine.
const settling = 5 * time.Minute

// soak is a host to which random things happen while the daemon runs.
type soak struct {
	t      *testing.T
	random *rand.Rand
	qemu   *monitor
	daemon *xenpcid
	cards  []*soaked
	guests int // that were started
	counts map[string]int
	lost   int
}

// TestSoak plugs and pulls cards, edits the list, starts and destroys guests, gives
// devices back, has drivers take them, and kills the daemon, in a random order. After each
// of these every device is where the list, and what people did, want it. The environment
// says for how long (XENPCI_SOAK) and with which seed (XENPCI_SOAK_SEED). The daemon is
// killed in the first quarter; its last life is the rest, in which nothing may leak.
func TestSoak(t *testing.T) {
	duration, err := time.ParseDuration(os.Getenv("XENPCI_SOAK"))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := strconv.ParseUint(os.Getenv("XENPCI_SOAK_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("XENPCI_SOAK=%v XENPCI_SOAK_SEED=%d", duration, seed)
	s := &soak{t: t, random: rand.New(rand.NewPCG(seed, 0)), qemu: openMonitor(t), counts: map[string]int{}, cards: []*soaked{
		{address: card, declared: true, place: hidden},
		{address: twin, declared: true, place: hidden},
		{address: realtek, place: home},
		{address: plugged, port: "port1", declared: true, place: absent},
		{address: other, port: "port2", id: "8086:10d3", declared: true, place: absent},
	}}
	s.cards[4].like = s.cards[3]
	begin(t, card, twin, realtek)
	for _, driver := range s.shuffled("e1000e", "xen-pciback") { // the one that comes first gets the cards
		must(t, "modprobe", driver)
	}
	complaints := watchKernel(t)
	s.daemon = startDaemon(t)
	s.replaceList(s.list()) // an edit may take a card off the list before it was hidden
	begun := time.Now()

	first := s.restedLife("the first life")
	s.daemon.end(syscall.SIGQUIT)
	first.goroutines = s.daemon.goroutines()
	s.daemon.start()
	s.run(begun.Add(duration/4), slices.Concat(actions, kills, kills, kills))
	s.kill()
	s.daemon.start()
	before := s.restedLife("the last life begins")
	s.run(begun.Add(duration), actions)
	after := s.restedLife("the last life ends")
	s.daemon.end(syscall.SIGQUIT)
	after.goroutines = s.daemon.goroutines()
	s.daemon.start()

	s.table(time.Since(begun), first, before, after)
	if after.descriptors > before.descriptors || after.goroutines > first.goroutines {
		t.Error("something leaks")
	}
	if found := complaints(); len(found) > 0 {
		t.Errorf("the kernel complains:\n%s", strings.Join(found, "\n"))
	}
}

// run does random things until the time comes. After each, all has to settle.
func (s *soak) run(until time.Time, of []action) {
	for time.Now().Before(until) {
		a := of[s.random.IntN(len(of))]
		s.wantAll("before " + a.name) // it did not only seem to be settled
		if !a.do(s) {
			continue
		}
		s.counts[a.name]++
		done := time.Now()
		s.settle(a.name)
		s.t.Logf("%s: settled after %v", a.name, time.Since(done).Round(time.Millisecond))
		time.Sleep(time.Duration(s.random.IntN(1000)) * time.Millisecond)
	}
	for _, c := range s.cards { // nobody else ends them
		if c.place == assigned {
			s.destroy(c)
			s.settle("the end")
		}
	}
}

// settle waits until every device is where it should be.
func (s *soak) settle(after string) {
	s.t.Helper()
	for end := time.Now().Add(settling); ; time.Sleep(100 * time.Millisecond) {
		wrong := s.wrong()
		if len(wrong) == 0 {
			return
		}
		if time.Now().After(end) {
			s.fail(after, wrong)
		}
	}
}

// wantAll fails the test unless every device is where it should be now.
func (s *soak) wantAll(when string) {
	s.t.Helper()
	if wrong := s.wrong(); len(wrong) > 0 {
		s.fail(when, wrong)
	}
}

// fail ends the test with all that may tell why.
func (s *soak) fail(when string, wrong []string) {
	s.t.Helper()
	s.lost += len(wrong)
	run(s.t, "cat", pciback+"slots")
	run(s.t, "xenpci", "status")
	run(s.t, "xenpci", "call", "List")
	run(s.t, "sh", "-c", "cd /run/xenpci/intent && head -n 9 *; cat /etc/xenpci/*.toml /etc/xenpci/devices.d/*; dmesg | tail -n 30")
	s.t.Logf("%v", s.counts)
	s.t.Fatalf("%s: lost:\n%s", when, strings.Join(wrong, "\n"))
}

func (s *soak) wrong() (all []string) {
	for _, c := range s.cards {
		if wrong := c.wrong(s.t); wrong != "" {
			all = append(all, fmt.Sprintf("%s (declared: %v, %s): %s", c.address, c.declared, c.place, wrong))
		}
	}
	return all
}

// table prints what was done, and what it cost.
func (s *soak) table(took time.Duration, first, before, after life) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "soak\t%v\n", took.Round(time.Second))
	total := 0
	for _, a := range slices.Concat(actions, kills) {
		fmt.Fprintf(w, "%s\t%d\n", a.name, s.counts[a.name])
		total += s.counts[a.name]
	}
	fmt.Fprintf(w, "all\t%d\nlost devices\t%d\n\n", total, s.lost)
	fmt.Fprintf(w, "\tfirst life\tlast life, begin\tlast life, end\n")
	for _, row := range []struct {
		name string
		of   func(life) int
	}{
		{"descriptors", func(l life) int { return l.descriptors }},
		{"goroutines", func(l life) int { return l.goroutines }},
		{"threads", func(l life) int { return l.threads }},
		{"RSS, KiB", func(l life) int { return l.resident }},
	} {
		cell := func(l life) string {
			if n := row.of(l); n != 0 {
				return strconv.Itoa(n)
			}
			return "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.name, cell(first), cell(before), cell(after))
	}
	w.Flush()
	s.t.Log("\n" + text.String())
}

// pick returns one of the cards for which it is so, or nil.
func (s *soak) pick(so func(c *soaked) bool) *soaked {
	for _, i := range s.random.Perm(len(s.cards)) {
		if so(s.cards[i]) {
			return s.cards[i]
		}
	}
	return nil
}

// shuffled returns the words in a random order.
func (s *soak) shuffled(words ...string) []string {
	s.random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return words
}
