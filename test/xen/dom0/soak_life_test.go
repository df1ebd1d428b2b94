//go:build xen

package dom0

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// life is what a daemon holds when it rests.
type life struct {
	descriptors, threads int
	resident             int // KiB
	goroutines           int // 0 where it was not asked; only a daemon that ends tells
}

// restedLife waits until all is settled and the daemon rests, and measures it.
func (s *soak) restedLife(name string) life {
	s.settle(name)
	must(s.t, "xenpci", "call", "Reconcile")
	var l life
	for same := 0; same < 5; time.Sleep(time.Second) { // what ends by itself after a while has ended
		now := measure(s.t, s.daemon.command.Process.Pid)
		if same++; now.descriptors != l.descriptors {
			same = 0
		}
		l = now
	}
	s.t.Logf("%s: %+v", name, l)
	return l
}

func measure(t *testing.T, pid int) (l life) {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	l.descriptors = len(open)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "Threads: %d", &l.threads)
		_, _ = fmt.Sscanf(line, "VmRSS: %d", &l.resident)
	}
	return l
}

// aGoroutine is the head of a goroutine in what Go says on SIGQUIT. gcWorker is that of one
// that Go starts with the first garbage collection, which a short life has none of.
var (
	aGoroutine = regexp.MustCompile(`(?m)^goroutine [1-9]\d* .*\[`)
	gcWorker   = regexp.MustCompile(`(?m)^goroutine [1-9]\d* .*\[GC worker`)
)

// goroutines returns how many the daemon had when SIGQUIT ended it.
func (d *xenpcid) goroutines() int {
	text, err := os.ReadFile(d.log)
	if err != nil {
		d.t.Fatal(err)
	}
	last := bytes.LastIndex(text, []byte("SIGQUIT: quit"))
	if last < 0 {
		d.t.Fatal("the daemon did not say which goroutines it had")
	}
	return len(aGoroutine.FindAll(text[last:], -1)) - len(gcWorker.FindAll(text[last:], -1))
}

// kill ends the daemon as nothing should. A daemon that starts knows what it noted, and
// nothing else.
func (s *soak) kill() {
	s.daemon.end(syscall.SIGKILL)
	s.forgetLosses()
}

func (s *soak) forgetLosses() {
	for _, c := range s.cards {
		if c.losses = 0; c.place == fought {
			c.place = hidden
		}
	}
}

func (s *soak) killAndStart() bool {
	s.kill()
	s.daemon.start()
	return true
}

// killInTheMidst kills the daemon while it does something about what happened.
func (s *soak) killInTheMidst() bool {
	for !whileDead[s.random.IntN(len(whileDead))](s) {
	}
	time.Sleep(time.Duration(s.random.IntN(1000)) * time.Millisecond)
	return s.killAndStart()
}

// killAndAct has things happen that the daemon does not see.
func (s *soak) killAndAct() bool {
	s.kill()
	for range 1 + s.random.IntN(3) {
		for !whileDead[s.random.IntN(len(whileDead))](s) {
		}
	}
	s.forgetLosses()
	s.daemon.start()
	return true
}

// killAndPlugStranger has a card in the place of a declared one that the daemon has seen to
// be absent. Of a card that was hidden, and was pulled after the daemon had died, it does
// not know who hid the one that is there.
func (s *soak) killAndPlugStranger() bool {
	if s.pick((*soaked).replaceable) == nil {
		return false
	}
	s.kill()
	s.plugStranger()
	s.daemon.start()
	return true
}

// worrying is what the kernel says when something is broken.
var worrying = regexp.MustCompile(`BUG|Oops|WARNING:|Call Trace|general protection|blocked for more than|refcount|use-after-free`)

// watchKernel reads what the kernel says from now on. What it returns is what is worrying.
func watchKernel(t *testing.T) (complaints func() []string) {
	t.Helper()
	log, err := os.OpenFile("/dev/kmsg", os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	const seekEnd = 2
	if _, err := log.Seek(0, seekEnd); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var found []string
	go func() {
		for record := make([]byte, 8<<10); ; {
			n, err := log.Read(record) // one record; EPIPE where some were overwritten
			if n == 0 && err != nil && !strings.Contains(err.Error(), syscall.EPIPE.Error()) {
				return
			}
			if worrying.Match(record[:n]) {
				mu.Lock()
				found = append(found, string(record[:n]))
				mu.Unlock()
			}
		}
	}()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return found
	}
}
