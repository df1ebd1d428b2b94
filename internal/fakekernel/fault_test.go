package fakekernel_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/sysfs"
)

const nic = "0000:00:09.0"

// hide is the sequence that a process under test runs: unbind, slot, bind.
func hide(h *fakekernel.Host) error {
	for _, w := range []struct{ name, value string }{
		{device + nic + "/driver/unbind", nic}, {newSlot, nic}, {bindFile, nic},
	} {
		if err := h.Write(w.name, w.value); err != nil {
			return err
		}
	}
	return nil
}

func TestParseFaults(t *testing.T) {
	tests := []struct {
		text string
		want []fakekernel.Fault
	}{
		{"", nil},
		{"write=3:errno=EIO", []fakekernel.Fault{{Write: 3, Action: fakekernel.Fail, Errno: syscall.EIO}}},
		{"tree=2:fail-after=ENODEV; :", nil},
		{"write=2:hang; write=4:kill-after", []fakekernel.Fault{{Write: 2, Action: fakekernel.Hang}, {Write: 4, Action: fakekernel.KillAfter}}},
		{"name=*/0000:00:09.0/*,value=0000:00:*:delay=50ms", []fakekernel.Fault{{Name: "*/0000:00:09.0/*", Value: "0000:00:*",
			Action: fakekernel.Delay, Delay: 50 * time.Millisecond}}},
		{"write=x:hang", nil}, {"hang", nil}, {"write=1:errno=EWHAT", nil}, {"write=1:hang=5", nil}, {"name=[:hang", nil}, {"write=-1:lose", nil},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			got, err := fakekernel.ParseFaults(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if (err != nil) != (test.want == nil && test.text != "") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestEveryFaultAtEveryWrite(t *testing.T) {
	count := loaded(t, "sis190")
	if err := hide(count); err != nil {
		t.Fatal(err)
	}
	steps := count.Writes()
	after := []string{"", "", "pciback"} // the driver once a step is done
	before := []string{"3c59x", "", ""}
	for i := range steps {
		n := i + 1
		t.Run(steps[i].Name, func(t *testing.T) {
			t.Run("errno", func(t *testing.T) {
				h := loaded(t, "sis190")
				h.Inject(fakekernel.Fault{Write: n, Action: fakekernel.Fail, Errno: syscall.EIO})
				want := &sysfs.AttrError{Op: "write", Path: steps[i].Name, Value: nic, Err: syscall.EIO}
				if diff := cmp.Diff(want, hide(h)); diff != "" {
					t.Error(diff)
				}
				checkDriver(t, h, before[i])
				if got := h.Writes()[i]; got.Errno != syscall.EIO || len(h.Writes()) != n {
					t.Errorf("the log says %v", h.Writes())
				}
			})
			t.Run("fail-after", func(t *testing.T) {
				h := loaded(t, "sis190")
				h.Inject(fakekernel.Fault{Write: n, Action: fakekernel.FailAfter, Errno: syscall.EIO})
				if err := hide(h); !errors.Is(err, syscall.EIO) {
					t.Error(err)
				}
				checkDriver(t, h, after[i])
			})
			t.Run("lose", func(t *testing.T) {
				h := loaded(t, "sis190")
				h.Inject(fakekernel.Fault{Write: n, Action: fakekernel.Lose})
				err := hide(h)
				if wantErrno := []syscall.Errno{syscall.ENODEV, syscall.ENODEV, syscall.ENODEV}[i]; !errors.Is(err, wantErrno) {
					t.Errorf("%v, want %v", err, wantErrno)
				}
				if h.FS().Exists(device + nic) {
					t.Error("the device is still there")
				}
			})
			t.Run("hang", func(t *testing.T) { testHang(t, fakekernel.Hang, n, before[i]) })
			t.Run("hang-after", func(t *testing.T) { testHang(t, fakekernel.HangAfter, n, after[i]) })
		})
	}
}

func checkDriver(t *testing.T, h *fakekernel.Host, want string) {
	t.Helper()
	if got := driverOf(h, nic); got != want {
		t.Errorf("driver %q, want %q", got, want)
	}
}

// testHang wants a hanging write to keep no other device waiting, and to end
// on Release.
func testHang(t *testing.T, action fakekernel.Action, n int, meanwhile string) {
	h := loaded(t, "sis190")
	h.Inject(fakekernel.Fault{Write: n, Action: action})
	done := make(chan error, 1)
	go func() { done <- hide(h) }()
	waitFor(t, func() bool { return len(h.Writes()) == n-1 && driverOf(h, nic) == meanwhile })
	const other = "0000:00:04.0"
	write(t, fakekernel.Open(h.Root), device+other+"/driver/unbind", other)
	select {
	case err := <-done:
		t.Fatalf("it did not hang: %v", err)
	default:
	}
	waitFor(t, func() bool {
		h.Release()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return true
		default:
			return false
		}
	})
	checkDriver(t, h, "pciback")
}

// waitFor asks again until it is so, at most for a bounded time.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	const tries, pause = 5000, 2 * time.Millisecond
	for range tries {
		if so() {
			return
		}
		time.Sleep(pause)
	}
	t.Fatal("it never came to be so")
}

func TestFaultByName(t *testing.T) {
	h := loaded(t, "sis190")
	h.Inject(fakekernel.Fault{Name: "*/bind", Value: nic, Action: fakekernel.Fail, Errno: syscall.ENOMEM})
	for range 2 {
		if err := h.Write(bindFile, nic+"\n"); errnoOf(err) != syscall.ENOMEM {
			t.Errorf("%v, want ENOMEM", err)
		}
	}
	if err := h.Write(bindFile, "0000:00:04.0"); errnoOf(err) != syscall.EBUSY {
		t.Errorf("%v, want EBUSY", err)
	}
	h.Clear()
	if err := h.Write(bindFile, nic); errnoOf(err) != syscall.EBUSY {
		t.Errorf("%v, want EBUSY", err)
	}
}

func TestDelayRunsSideBySide(t *testing.T) {
	h := loaded(t, "desktop")
	h.Inject(fakekernel.Fault{Name: "*/unbind", Action: fakekernel.Hang})
	done := make(chan error, 2)
	for _, address := range []string{"0000:02:00.0", "0000:03:00.0"} {
		go func() { done <- h.Write(drivers+"e1000e/unbind", address) }()
	}
	h.Inject(fakekernel.Fault{Name: "*/remove_slot", Action: fakekernel.Delay, Delay: time.Millisecond})
	if err := h.Write(drivers+"pciback/remove_slot", "02:00.0"); errnoOf(err) != syscall.ENOENT {
		t.Errorf("%v, want ENOENT while two others hang", err)
	}
	for ended := 0; ended < 2; {
		h.Release()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			ended++
		case <-time.After(time.Millisecond):
		}
	}
}

// childVariable holds the tree on which this test binary, started again, runs
// hide.
const childVariable = "XENPCI_FAKE_CHILD"

func TestMain(m *testing.M) {
	if root := os.Getenv(childVariable); root != "" {
		if err := hide(fakekernel.Open(root)); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs hide in another process.
func child(t *testing.T, h *fakekernel.Host, fault string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVariable+"="+h.Root, fakekernel.FaultVariable+"="+fault)
	return cmd
}

func TestFaultInAnotherProcess(t *testing.T) {
	tests := []struct {
		fault   string
		driver  string
		killed  bool
		message string
	}{
		{"", "pciback", false, ""},
		{"write=3:errno=EIO", "", false, bindFile + `: write "` + nic + `": input/output error (EIO)`},
		{"write=1:kill-before", "3c59x", true, ""},
		{"write=1:kill-after", "", true, ""},
		{"write=3:kill-before", "", true, ""},
		{"write=3:kill-after", "pciback", true, ""},
		{"name=*/bind:lose", "", false, bindFile + `: write "` + nic + `": no such device (ENODEV)`},
		{"nonsense", "3c59x", false, device + nic + "/driver/unbind: open \"" + nic + "\": fault \"nonsense\": no action"},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			h := loaded(t, "sis190")
			out, err := child(t, h, test.fault).CombinedOutput()
			var exit *exec.ExitError
			killed := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && exit.Sys().(syscall.WaitStatus).Signaled()
			if killed != test.killed {
				t.Errorf("killed %v, want %v: %v", killed, test.killed, err)
			}
			if got := strings.TrimSpace(string(out)); got != test.message {
				t.Errorf("message %q, want %q", got, test.message)
			}
			checkDriver(t, h, test.driver)
		})
	}
}

func TestHangInAnotherProcess(t *testing.T) {
	h := loaded(t, "sis190")
	cmd := child(t, h, "write=1:hang-after")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return driverOf(h, nic) == "" })
	write(t, h, newSlot, nic) // the tree is not locked
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the process ended by itself")
	}
	write(t, h, bindFile, nic)
	checkDriver(t, h, "pciback")
}

func TestCountOverProcesses(t *testing.T) {
	h := loaded(t, "sis190")
	const fault = "tree=2:errno=EIO"
	for i, want := range []string{"", "input/output error (EIO)", ""} {
		h := fakekernel.Open(h.Root)
		faults, err := fakekernel.ParseFaults(fault)
		if err != nil {
			t.Fatal(err)
		}
		h.Inject(faults...)
		err = h.Write(newSlot, nic)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("write %d: %v, want %q", i+1, err, want)
		}
	}
}

// TestManyHosts has views of one tree work at the same time, as processes
// would: each opens the lock for itself.
func TestManyHosts(t *testing.T) {
	h := loaded(t, "server")
	done := make(chan error)
	functions := []string{"0000:00:04.0", "0000:00:04.1", "0000:00:04.2", "0000:00:04.3", "0000:00:04.4", "0000:00:04.5", "0000:00:04.6", "0000:00:04.7"}
	for _, address := range functions {
		go func() {
			h := fakekernel.Open(h.Root)
			err := h.Write(drivers+"ioatdma/unbind", address)
			err = errors.Join(err, h.Write(newSlot, address), h.Write(bindFile, address))
			done <- err
		}()
	}
	for range functions {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, address := range functions {
		if got := driverOf(h, address); got != "pciback" {
			t.Errorf("%s is on %q", address, got)
		}
	}
	if got := strings.Count(attribute(t, h, drivers+"pciback/slots"), "\n"); got != len(functions) {
		t.Errorf("%d slots", got)
	}
}

func FuzzParseFaults(f *testing.F) {
	f.Add("write=3:errno=EIO; name=*/unbind:hang")
	f.Add("tree=1,value=0000:00:09.0:lose;")
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := fakekernel.ParseFaults(text)
		if err != nil && faults != nil {
			t.Errorf("both %v and %v", faults, err)
		}
		for _, fault := range faults {
			failing := fault.Action == fakekernel.Fail || fault.Action == fakekernel.FailAfter
			if fault.Action == "" || failing != (fault.Errno != 0) || fault.Write < 0 || fault.Tree < 0 {
				t.Errorf("%q gives %+v", text, fault)
			}
		}
	})
}
