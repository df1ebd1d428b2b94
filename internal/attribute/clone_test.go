//go:build amd64 || arm64

package attribute_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/attribute"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// underStress has the garbage collector, the profiler's signals and the starts
// of other programs disturb what a test does.
func underStress(t *testing.T) {
	t.Helper()
	percent := debug.SetGCPercent(1)
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var disturbers sync.WaitGroup
	for _, disturb := range []func(){
		runtime.GC,
		func() { _ = slices.Repeat([]*int{new(int)}, 4096) },
		func() {
			if err := exec.Command("true").Run(); err != nil {
				t.Error(err)
			}
		},
	} {
		disturbers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Microsecond):
					disturb()
				}
			}
		})
	}
	t.Cleanup(func() {
		close(stop)
		disturbers.Wait()
		pprof.StopCPUProfile()
		debug.SetGCPercent(percent)
	})
}

// TestCloneManyRounds wants every one of 10,000 values written and read back,
// whatever the runtime does meanwhile.
func TestCloneManyRounds(t *testing.T) {
	underStress(t)
	p, root := start(t, long)
	const writers, rounds = 8, 1250
	var wait sync.WaitGroup
	for w := range writers {
		name := fmt.Sprint("attribute-", w)
		path := file(t, root, name, "")
		wait.Go(func() {
			for round := range rounds {
				want := fmt.Sprintf("%04d:%02d", round, w) // always as long
				if err := p.Write(t.Context(), "/"+name, want); err != nil {
					t.Errorf("%s: %v", path, err)
					return
				}
				if got, err := p.Read(t.Context(), "/"+name); got != want || err != nil {
					t.Errorf("%s: %q, %v; want %q", path, got, err, want)
					return
				}
			}
		})
	}
	wait.Wait()
}

// TestCloneManyFailures has lines end in their middle, and the next begin at once.
func TestCloneManyFailures(t *testing.T) {
	underStress(t)
	p, root := start(t, long)
	for _, name := range []string{"before", "after", "next"} {
		file(t, root, name, "")
	}
	names := []string{"/before", "/absent", "/after", "/after", "/after", "/after"}
	const rounds = 1000
	for round := range rounds {
		value := fmt.Sprintf("%04d", round)
		done, err := p.WriteInOrder(t.Context(), names, slices.Repeat([]string{value}, len(names)))
		if done != 1 || !errors.Is(err, syscall.ENOENT) {
			t.Fatalf("round %d: %d, %v", round, done, err)
		}
		next := []string{"/next", "/next", "/next"}
		if done, err := p.WriteInOrder(t.Context(), next, []string{"a", "b", value}); done != len(next) || err != nil {
			t.Fatalf("round %d: then %d, %v", round, done, err)
		}
		if got, err := p.Read(t.Context(), "/next"); got != value || err != nil {
			t.Fatalf("round %d: then %q, %v", round, got, err)
		}
	}
	if after, err := os.ReadFile(filepath.Join(root, "after")); len(after) > 0 || err != nil {
		t.Errorf("after the step that failed %q was written, %v", after, err)
	}
}

// TestCloneManyStarts wants nothing left of workers that came and went: no
// process, no descriptor and no memory.
func TestCloneManyStarts(t *testing.T) {
	stressed := closing{"under stress", underStress}
	for _, test := range append(closings, stressed) {
		t.Run(test.name, func(t *testing.T) {
			runtime.LockOSThread() // until the thread ends with this test
			test.prepare(t)
			root := t.TempDir()
			file(t, root, "attribute", "")
			round := func() {
				process, err := attribute.Start()
				if err != nil {
					t.Fatal(err)
				}
				p := process.Within(sysfs.New(root), long)
				err = errors.Join(p.Hold(t.Context(), "/attribute"), p.Write(t.Context(), "/attribute", "x"), p.Close())
				if err != nil {
					t.Fatal(err)
				}
			}
			round() // whatever is made once
			waitFor(t, "the first worker", func() bool { return len(clones(t)) == 0 })
			socketsBefore, guardsBefore := sockets(t), guardPages(t)
			const rounds = 400
			for range rounds {
				round()
			}
			waitFor(t, "the workers to end", func() bool { return len(clones(t)) == 0 })
			waitFor(t, "their sockets", func() bool { return sockets(t) <= socketsBefore })
			waitFor(t, "their memory", func() bool { return guardPages(t) <= guardsBefore })
		})
	}
}

type closing struct {
	name    string
	prepare func(t *testing.T)
}

// closings are the two ways in which a worker closes what it is not to have.
var closings = []closing{
	{"ranges", func(*testing.T) {}},
	// As before Linux 5.9, and where a sandbox refuses what it does not know.
	{"one by one", withoutCloseRange},
}

// sockets counts the sockets that this program has open.
func sockets(t *testing.T) (n int) {
	t.Helper()
	for _, file := range descriptors(t, os.Getpid()) {
		if strings.HasPrefix(file, "socket:") {
			n++
		}
	}
	return n
}

// guardPages counts the pages that nothing can access below a small stack: one
// for each worker. Those of threads that cgo makes are below large ones.
func guardPages(t *testing.T) (n int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	var guard uint64 // where a page that nothing can access has ended
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var access string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &access); err != nil {
			t.Fatal(err)
		}
		if guard == from && access == "rw-p" && to-from < 1<<20 {
			n++
		}
		guard = 0
		if access == "---p" && to-from == uint64(os.Getpagesize()) {
			guard = to
		}
	}
	return n
}

// clones returns the processes that are children of this one and run no other
// program.
func clones(t *testing.T) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("/proc/self/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, stat := range stats {
		content, _ := os.ReadFile(stat)
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(stat), "cmdline"))
		pid, parent := 0, 0
		_, _ = fmt.Sscanf(string(content), "%d", &pid)
		_, _ = fmt.Sscanf(string(content[strings.LastIndexByte(string(content), ')')+1:]), " %1s %d", new(string), &parent)
		if parent == os.Getpid() && (len(line) == 0 || string(line) == string(own)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// descriptors returns what a process has open, by descriptor.
func descriptors(t *testing.T, pid int) map[int]string {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	open := map[int]string{}
	for _, name := range names {
		descriptor, err := strconv.Atoi(name.Name())
		if err != nil {
			t.Fatal(err)
		}
		if open[descriptor], err = os.Readlink(filepath.Join(dir, name.Name())); err != nil {
			delete(open, descriptor) // that of the folder itself
		}
	}
	return open
}

// hanging starts a write that hangs and returns the worker that makes it. The
// error of the write comes when the worker has ended, or release was called.
func hanging(t *testing.T, p *attribute.Remote, root, name string) (pid int, result <-chan error, release func()) {
	t.Helper()
	_, release = fifo(t, root, name)
	before := opening(t)
	done := make(chan error, 1)
	go func() { done <- p.Write(context.Background(), "/"+name, "0000:00:09.0") }()
	waitFor(t, "a write that hangs", func() bool {
		now := slices.DeleteFunc(opening(t), func(clone int) bool { return slices.Contains(before, clone) })
		if len(now) > 0 {
			pid = now[0]
		}
		return pid != 0
	})
	return pid, done, release
}

// opening returns the workers that wait in openat(2).
func opening(t *testing.T) []int {
	t.Helper()
	return slices.DeleteFunc(clones(t), func(pid int) bool {
		call, _ := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
		return !strings.HasPrefix(string(call), fmt.Sprint(unix.SYS_OPENAT)+" ")
	})
}

// TestCloneKeepsNothingOpen wants a worker to have its socket and what it holds,
// and nothing else of this program: a lock, a terminal or a pipe that it kept
// open would be kept as long as its write hangs.
func TestCloneKeepsNothingOpen(t *testing.T) {
	for _, test := range closings {
		t.Run(test.name, func(t *testing.T) {
			runtime.LockOSThread() // until the thread ends with this test
			test.prepare(t)
			p, root := start(t, long)
			pid, held := withMuchOpen(t, p, root)
			open := slices.Sorted(maps.Values(descriptors(t, pid)))
			socket := slices.IndexFunc(open, func(file string) bool { return strings.HasPrefix(file, "socket:") })
			if socket < 0 {
				t.Fatalf("no socket: %q", open)
			}
			if diff := cmp.Diff(held, slices.Delete(open, socket, socket+1)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// withMuchOpen returns a worker of a program that has much open, and the files
// that it holds.
func withMuchOpen(t *testing.T, p *attribute.Remote, root string) (pid int, held []string) {
	t.Helper()
	high, err := unix.FcntlInt(0, unix.F_DUPFD, 700) // exec would leave it open too
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(high) })
	for i := range 3 {
		name := fmt.Sprint("held-", i)
		held = append(held, file(t, root, name, ""))
		if err := p.Hold(t.Context(), "/"+name); err != nil {
			t.Fatal(err)
		}
		for range 20 { // between two that it keeps
			file, err := os.Open("/dev/null")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { file.Close() })
		}
	}
	// This thread clones the worker, which another then asks.
	if _, err := p.Read(t.Context(), "/held-0"); err != nil {
		t.Fatal(err)
	}
	pid, _, _ = hanging(t, p, root, "unbind")
	return pid, held
}

// withoutCloseRange makes close_range(2) fail in this thread, and in what it
// clones.
func withoutCloseRange(t *testing.T) {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_CLOSE_RANGE, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x50000 | uint32(unix.ENOSYS)}, // SECCOMP_RET_ERRNO
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x7fff0000},                    // SECCOMP_RET_ALLOW
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	err := errors.Join(
		unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
		unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0))
	if err != nil {
		t.Errorf("seccomp: %v", err)
	}
	if err := unix.CloseRange(1<<20, 1<<20, 0); !errors.Is(err, unix.ENOSYS) {
		t.Errorf("close_range: %v", err)
	}
}

// TestCloneSignals wants a worker to run none of the program's handlers, whose
// memory it shares, and the program's own mask of signals as it was.
func TestCloneSignals(t *testing.T) {
	p, root := start(t, long)
	received := make(chan os.Signal, 100)
	signal.Notify(received, syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGCHLD)
	defer signal.Stop(received)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := blocked(t)
	file(t, root, "attribute", "")
	if err := p.Write(t.Context(), "/attribute", "x"); err != nil { // by a worker that this thread clones
		t.Error(err)
	}
	if after := blocked(t); after != before {
		t.Errorf("blocked %s, and before %s", after, before)
	}
	pid, result, release := hanging(t, p, root, "unbind")
	for number := unix.Signal(1); number < 65; number++ {
		if number == unix.SIGKILL || number == unix.SIGSTOP {
			continue
		}
		if err := unix.Kill(pid, number); err != nil {
			t.Errorf("%v: %v", number, err)
		}
	}
	release()
	if err := <-result; err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	waitFor(t, "the worker's end", func() bool { return ended(pid) })
	if err := p.Write(t.Context(), "/unbind", "x"); err != nil {
		t.Errorf("by another worker: %v", err)
	}
	select {
	case number := <-received:
		t.Errorf("this program has received %v", number)
	default:
	}
}

// blocked returns the signals that this thread blocks.
func blocked(t *testing.T) string {
	t.Helper()
	mask, ok := field("/proc/thread-self/status", "SigBlk:")
	if !ok {
		t.Fatal("/proc says nothing of this thread")
	}
	return mask
}

// ended reports whether a process is gone, or a zombie.
func ended(pid int) bool {
	state, ok := field(fmt.Sprintf("/proc/%d/status", pid), "State:")
	return !ok || strings.HasPrefix(state, "Z")
}

func field(file, name string) (value string, ok bool) {
	content, _ := os.ReadFile(file)
	for line := range strings.Lines(string(content)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// TestCloneIsNotReaped wants a program that waits for any of its children not to
// meet a worker.
func TestCloneIsNotReaped(t *testing.T) {
	p, root := start(t, long)
	pid, result, release := hanging(t, p, root, "unbind")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	for range 100 {
		if got, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
			t.Fatalf("%d, %v: want no child", got, err)
		}
	}
	if err := <-result; !errors.Is(err, attribute.ErrEnded) {
		t.Errorf("the write: %v", err)
	}
	release()
	waitFor(t, "the worker to be reaped by those who cloned it", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
}

// TestCloneKilled wants requests of a worker that was killed to fail, and others
// not to notice.
func TestCloneKilled(t *testing.T) {
	p, root := start(t, long)
	file(t, root, "attribute", "value")
	pid, result, _ := hanging(t, p, root, "unbind")
	if got, err := p.Read(t.Context(), "/attribute"); got != "value" || err != nil {
		t.Errorf("meanwhile: %q, %v", got, err)
	}
	for _, clone := range clones(t) { // the one that is idle too
		if err := syscall.Kill(clone, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		waitFor(t, "a worker's end", func() bool { return ended(clone) })
	}
	err := <-result
	var refused *sysfs.AttrError
	if !errors.As(err, &refused) || !errors.Is(err, attribute.ErrEnded) {
		t.Errorf("process %d: %v, want ErrEnded", pid, err)
	}
	if got, err := p.Read(t.Context(), "/attribute"); got != "value" || err != nil {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

// TestCloneHoldsWhatIsNew wants workers from before a lock not to work after it
// was taken: they do not share it.
func TestCloneHoldsWhatIsNew(t *testing.T) {
	p, root := startOpen(t, long)
	file(t, root, "attribute", "value")
	journal := file(t, root, "journal", "")
	_, early, releaseEarly := hanging(t, p, root, "early")
	if _, err := p.Read(t.Context(), "/attribute"); err != nil { // by one that is idle then
		t.Fatal(err)
	}
	if err := p.Hold(t.Context(), "/journal"); err != nil {
		t.Fatal(err)
	}
	releaseEarly()
	if err := <-early; err != nil {
		t.Fatal(err)
	}
	_, late, releaseLate := hanging(t, p, root, "late")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if free(t, journal) {
		t.Error("nobody holds the journal, and the write still waits")
	}
	releaseLate()
	if err := <-late; err != nil {
		t.Error(err)
	}
	waitFor(t, "the journal", func() bool { return free(t, journal) })
}

// TestCloneHoldsFew wants the files that are held bounded, and the one too many
// refused.
func TestCloneHoldsFew(t *testing.T) {
	p, root := start(t, long)
	file(t, root, "journal", "")
	const most = 8
	for range most {
		if err := p.Hold(t.Context(), "/journal"); err != nil {
			t.Fatal(err)
		}
	}
	want := &sysfs.AttrError{Op: "hold", Path: "/journal", Err: syscall.EMFILE}
	var refused *sysfs.AttrError
	if err := p.Hold(t.Context(), "/journal"); !errors.As(err, &refused) || cmp.Diff(want, refused) != "" {
		t.Errorf("%v, want %v", err, want)
	}
}

// TestCloneHasASession keeps what the terminal and others send to the program's
// process group away from workers.
func TestCloneHasASession(t *testing.T) {
	p, root := start(t, long)
	pid, _, _ := hanging(t, p, root, "unbind")
	if session, err := unix.Getsid(pid); session != pid || err != nil {
		t.Errorf("session %d, %v; want %d", session, err, pid)
	}
}

// TestCloneCrash wants a program whose write hangs to die of a signal that dumps
// core, as of any other.
func TestCloneCrash(t *testing.T) {
	path, release := fifo(t, t.TempDir(), "unbind")
	pid := left(t, command(t, "crash", path))
	release()
	waitFor(t, "the worker's end", func() bool { return ended(pid) })
}

// TestCloneTooMany has every worker hang, and wants one more request to say so
// at once.
func TestCloneTooMany(t *testing.T) {
	p, root := start(t, long)
	_, release := fifo(t, root, "unbind")
	const most = 256
	errs := make(chan error, most+1)
	for range most + 1 {
		go func() { errs <- p.Write(context.Background(), "/unbind", "x") }()
	}
	if err := <-errs; err == nil || !strings.Contains(err.Error(), "too many requests wait") {
		t.Errorf("the one too many: %v", err)
	}
	release()
	for range most {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestCloneWithoutServe writes from a program that does not call Serve, as one
// that does not know of it.
func TestCloneWithoutServe(t *testing.T) {
	path := file(t, t.TempDir(), "attribute", "")
	out, err := command(t, "forget", path).CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "<nil>" {
		t.Errorf("%v: %q", err, got)
	}
	if got, err := os.ReadFile(path); string(got) != "0000:00:09.0" || err != nil {
		t.Errorf("wrote %q, %v", got, err)
	}
}
