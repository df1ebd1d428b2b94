package journal_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/journal"
	"github.com/xenpci/xenpci/internal/plan"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/pkg/pci"
	"github.com/xenpci/xenpci/pkg/pciback"
)

// childVariable makes this binary a process that begins on a device in the tree
// that it names, says so, and waits to be killed.
const childVariable = "XENPCI_TEST_TREE"

func TestMain(m *testing.M) {
	if root := os.Getenv(childVariable); root != "" {
		run, err := journal.Start(sysfs.New(root))
		if err == nil {
			err = run.Begin(hide(nine))
		}
		fmt.Println(run.Name(), err)
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

var nine, four = pci.Address{Slot: 9}, pci.Address{Slot: 4}

func hide(a pci.Address) plan.Action {
	return plan.ForHide(plan.Facts{Device: a, State: pciback.State{Driver: "3c59x"}}, plan.HideOptions{Name: "lan", Quarantine: true})
}

func start(t *testing.T, fs sysfs.FS) *journal.Run {
	t.Helper()
	run, err := journal.Start(fs)
	must(t, err)
	return run
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes a journal that no process has locked.
func put(t *testing.T, fs sysfs.FS, name, content string) string {
	t.Helper()
	must(t, os.MkdirAll(fs.Path(journal.Dir), 0o755))
	file := journal.Dir + "/" + name
	must(t, os.WriteFile(fs.Path(file), []byte(content), 0o600))
	return file
}

// seen has the comparable parts of a Leftover.
type seen struct {
	Name    string
	Entries []journal.Entry
	Held    bool
}

func all(t *testing.T, leftovers []*journal.Leftover, err error) []seen {
	t.Helper()
	must(t, err)
	var found []seen
	for _, l := range leftovers {
		must(t, l.Err)
		found = append(found, seen{l.Name, l.Entries, l.Held})
	}
	return found
}

func look(t *testing.T, fs sysfs.FS) []seen {
	t.Helper()
	leftovers, err := journal.Look(fs)
	return all(t, leftovers, err)
}

// TestRunRoundTrip follows one run through all records.
func TestRunRoundTrip(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	if got := look(t, fs); got != nil {
		t.Errorf("before any run: %v", got)
	}
	run := start(t, fs)
	must(t, run.Begin(hide(nine), hide(four)))
	must(t, run.Leave(nine, "unbind still waits"))
	want := []seen{{run.Name(), []journal.Entry{{Action: hide(nine), Left: "unbind still waits"}, {Action: hide(four)}}, true}}
	if diff := cmp.Diff(want, look(t, fs)); diff != "" {
		t.Error("begun and left:", diff)
	}
	must(t, run.End(four))
	must(t, run.Close())
	want = []seen{{run.Name(), want[0].Entries[:1], false}}
	if diff := cmp.Diff(want, look(t, fs)); diff != "" {
		t.Error("closed with one open:", diff)
	}
}

func TestRunWithNothingOpenLeavesNothing(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(*journal.Run) error
	}{
		{"nothing begun", func(*journal.Run) error { return nil }},
		{"begun and ended", func(r *journal.Run) error {
			return errors.Join(r.Begin(hide(nine), hide(four)), r.End(four), r.End(nine))
		}},
		{"left, and ended after all", func(r *journal.Run) error {
			return errors.Join(r.Begin(hide(nine)), r.Leave(nine, "it waits"), r.End(nine))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fs := sysfs.New(t.TempDir())
			run := start(t, fs)
			must(t, errors.Join(test.do(run), run.Close()))
			names, err := fs.List(journal.Dir)
			if len(names) > 0 || err != nil {
				t.Errorf("left: %v, %v", names, err)
			}
		})
	}
}

func TestTwoRunsOfOneProcess(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	one, two := start(t, fs), start(t, fs)
	if one.Name() == two.Name() {
		t.Fatalf("both write to %s", one.Name())
	}
	must(t, one.Begin(hide(nine)))
	leftovers, err := journal.Take(fs, two)
	if diff := cmp.Diff([]seen{{one.Name(), []journal.Entry{{Action: hide(nine)}}, true}}, all(t, leftovers, err)); diff != "" {
		t.Error(diff)
	}
	if leftovers[0].Retry() {
		t.Error("taken from a run that lives")
	}
	must(t, one.Close())
	if !leftovers[0].Retry() || leftovers[0].Held {
		t.Error("not taken, and no process has locked it")
	}
	// It is this run's now, until it is closed.
	three := start(t, fs)
	others, err := journal.Take(fs, three)
	must(t, err)
	for _, l := range others {
		if l.Name == one.Name() && !l.Held {
			t.Error("taken twice")
		}
		must(t, l.Close())
	}
	must(t, errors.Join(leftovers[0].Remove(), leftovers[0].Close(), two.Close(), three.Close()))
	if got := look(t, fs); got != nil {
		t.Errorf("left: %v", got)
	}
}

// TestRetryReadsAgain checks that Retry reads the journal again, since its run may have
// completed devices meanwhile.
func TestRetryReadsAgain(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	one, two := start(t, fs), start(t, fs)
	must(t, one.Begin(hide(nine), hide(four)))
	leftovers, err := journal.Take(fs, two)
	must(t, err)
	must(t, errors.Join(one.End(nine), one.Close()))
	if !leftovers[0].Retry() {
		t.Fatal("not taken")
	}
	if diff := cmp.Diff([]journal.Entry{{Action: hide(four)}}, leftovers[0].Entries); diff != "" {
		t.Error(diff)
	}
	must(t, leftovers[0].Close())
}

// TestTakeOrder wants the same order every time.
func TestTakeOrder(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	for _, name := range []string{"300-0", "100-1", "100-0", "200-0"} {
		put(t, fs, name, "")
	}
	run := start(t, fs)
	leftovers, err := journal.Take(fs, run)
	must(t, err)
	var names []string
	for _, l := range leftovers {
		names = append(names, filepath.Base(l.Name))
		must(t, l.Close())
	}
	if diff := cmp.Diff([]string{"100-0", "100-1", "200-0", "300-0"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestLookTakesNothing checks that Look does not prevent another run from locking a
// journal.
func TestLookTakesNothing(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	put(t, fs, "100-0", "")
	if diff := cmp.Diff([]seen{{Name: journal.Dir + "/100-0"}}, look(t, fs)); diff != "" {
		t.Error(diff)
	}
	leftovers, err := journal.Take(fs, start(t, fs))
	if diff := cmp.Diff([]seen{{Name: journal.Dir + "/100-0"}}, all(t, leftovers, err)); diff != "" {
		t.Error(diff)
	}
}

// TestKilled leaves a journal by SIGKILL, once with and once without another
// process that shares its lock.
func TestKilled(t *testing.T) {
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprint("lock shared: ", shared), func(t *testing.T) {
			fs := sysfs.New(t.TempDir())
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childVariable+"="+fs.Path(""))
			in, err := cmd.StdinPipe()
			must(t, err)
			defer in.Close()
			out, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			line, err := bufio.NewReader(out).ReadString('\n')
			must(t, err)
			name, ok := strings.CutSuffix(line, " <nil>\n")
			if !ok {
				t.Fatal(line)
			}
			if diff := cmp.Diff([]seen{{name, []journal.Entry{{Action: hide(nine)}}, true}}, look(t, fs)); diff != "" {
				t.Error("while it lives:", diff)
			}
			writer := share(t, shared, fs.Path(name))
			must(t, cmd.Process.Kill())
			_ = cmd.Wait() // it was killed: that is its error

			run := start(t, fs)
			leftovers, err := journal.Take(fs, run)
			if diff := cmp.Diff([]seen{{name, []journal.Entry{{Action: hide(nine)}}, shared}}, all(t, leftovers, err)); diff != "" {
				t.Fatal("killed:", diff)
			}
			must(t, writer.Close())
			if !leftovers[0].Retry() {
				t.Error("not taken when the last of its processes is gone")
			}
			must(t, leftovers[0].Close())
		})
	}
}

// share opens a journal, with the lock that a process which writes for its run
// takes.
func share(t *testing.T, lock bool, path string) *os.File {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	if lock {
		must(t, unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_RDLCK}))
	}
	return file
}

func TestUnreadableJournals(t *testing.T) {
	begun := `{"v":1,"begin":{"verb":"hide","device":"0000:00:09.0","origin":{"driver":"3c59x","override":"","slot":"absent"},` +
		`"target":{"driver":"pciback","override":"","slot":"registered"}}}` + "\n"
	entry := journal.Entry{Action: plan.Action{
		Verb: plan.Hide, Device: nine, Origin: pciback.State{Driver: "3c59x"}, Target: pciback.State{Driver: "pciback", Slot: pciback.SlotRegistered},
	}}
	for _, test := range []struct {
		name, content string
		want          []journal.Entry
		err           string // a part of it; "" for none
	}{
		{"empty", "", nil, ""},
		{"one entry", begun, []journal.Entry{entry}, ""},
		{"cut last line", begun + begun[:40], []journal.Entry{entry}, ""},
		{"a last line without its newline", begun + `{"v":1,"end":"0000:00:09.0"}`, []journal.Entry{entry}, ""},
		{"garbage", begun + "garbage\n", []journal.Entry{entry}, "line 2: invalid character"},
		{"an empty line", begun + "\n" + begun, []journal.Entry{entry}, "line 2: unexpected end"},
		{"zeros, as after a power cut", begun + "\x00\x00\x00\n", []journal.Entry{entry}, "line 2: invalid character"},
		{"another version", begun + `{"v":2,"end":"0000:00:09.0"}` + "\n", []journal.Entry{entry}, "line 2: has version 2"},
		{"no version", `{"end":"0000:00:09.0"}` + "\n", nil, "line 1: has version 0"},
		{"a malformed address", `{"v":1,"end":"00:09:0"}` + "\n", nil, "line 1: "},
		{"an unknown key is ignored", begun + `{"v":1,"later":true}` + "\n", []journal.Entry{entry}, ""},
		{"ended", begun + `{"v":1,"end":"0000:00:09.0"}` + "\n", nil, ""},
		{"left and begun again", begun + `{"v":1,"left":{"device":"0000:00:09.0","why":"it waits"}}` + "\n" + begun, []journal.Entry{entry}, ""},
		{"left and ended of what was not begun", `{"v":1,"left":{"device":"0000:00:09.0","why":"it waits"}}` + "\n" + `{"v":1,"end":"0000:00:09.0"}` + "\n", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			fs := sysfs.New(t.TempDir())
			name := put(t, fs, "100-0", test.content)
			leftovers, err := journal.Take(fs, start(t, fs))
			must(t, err)
			if len(leftovers) != 1 {
				t.Fatalf("%d journals", len(leftovers))
			}
			l := leftovers[0]
			if diff := cmp.Diff(test.want, l.Entries, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if (l.Err == nil) != (test.err == "") || l.Err != nil && !strings.Contains(l.Err.Error(), name+": "+test.err) {
				t.Errorf("%v, want %q", l.Err, test.err)
			}
			must(t, l.Close())
		})
	}
}

func TestJournalThatCannotBeOpened(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	must(t, os.MkdirAll(fs.Path(journal.Dir+"/100-0"), 0o755)) // a directory
	must(t, os.Symlink("/no/such/file", fs.Path(journal.Dir+"/200-0")))
	put(t, fs, "300-0", "")
	leftovers, err := journal.Take(fs, start(t, fs))
	must(t, err)
	var got []string
	for _, l := range leftovers {
		got = append(got, fmt.Sprint(filepath.Base(l.Name), " ", l.Err != nil))
		must(t, l.Close())
	}
	// A journal that does not exist any more was completed by its run.
	if diff := cmp.Diff([]string{"100-0 true", "300-0 false"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestFullDisk makes every write fail: no action begins that cannot be recorded.
func TestFullDisk(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	run := start(t, fs)
	err := withRoomFor(t, 0, func() error { return run.Begin(hide(nine)) })
	if !errors.Is(err, syscall.EFBIG) || !strings.HasPrefix(err.Error(), run.Name()+": ") {
		t.Errorf("%v, want EFBIG of %s", err, run.Name())
	}
	must(t, run.Close())
	if got := look(t, fs); got != nil {
		t.Errorf("left: %v", got)
	}
}

// TestDiskFullWithinARecord checks that a truncated record does not corrupt the records
// after it.
func TestDiskFullWithinARecord(t *testing.T) {
	fs := sysfs.New(t.TempDir())
	run := start(t, fs)
	must(t, run.Begin(hide(nine), hide(four)))
	info, err := os.Stat(fs.Path(run.Name()))
	must(t, err)
	if err := withRoomFor(t, info.Size()+10, func() error { return run.End(nine) }); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("%v, want EFBIG", err)
	}
	must(t, errors.Join(run.End(four), run.Close()))
	if diff := cmp.Diff([]seen{{run.Name(), []journal.Entry{{Action: hide(nine)}}, false}}, look(t, fs)); diff != "" {
		t.Error(diff)
	}
}

// withRoomFor calls do while no file may grow beyond size bytes.
func withRoomFor(t *testing.T, size int64, do func() error) error {
	t.Helper()
	var before syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(size), Max: before.Max}))
	err := do()
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
	return err
}

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte) {
		entries, _ := journal.Parse(content)
		seen := map[pci.Address]bool{}
		for _, e := range entries {
			if seen[e.Device] {
				t.Errorf("%s is open twice", e.Device)
			}
			seen[e.Device] = true
		}
		fs := sysfs.New(t.TempDir())
		run := start(t, fs)
		for _, e := range entries {
			must(t, run.Begin(e.Action))
			if e.Left != "" {
				must(t, run.Leave(e.Device, e.Left))
			}
		}
		written, err := fs.Read(run.Name(), 64<<20)
		must(t, err)
		again, err := journal.Parse(written)
		if diff := cmp.Diff(entries, again, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("what was written is read as another: %v %s", err, diff)
		}
	})
}
