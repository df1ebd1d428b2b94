package xenstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/xenstore/xenstoretest"
)

func TestDialAbsent(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, root string)
	}{
		{name: "nothing there", prepare: func(*testing.T, string) {}},
		{name: "a directory, no socket", prepare: func(t *testing.T, root string) {
			if err := os.MkdirAll(filepath.Join(root, "run/xenstored"), 0o755); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a file in the directory's place", prepare: func(t *testing.T, root string) {
			if err := os.MkdirAll(filepath.Join(root, "run"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "run/xenstored"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a socket without a listener", prepare: func(t *testing.T, root string) {
			xenstoretest.Start(t, root).Stop()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			test.prepare(t, root)
			_, err := Dial(t.Context(), sysfs.New(root))
			var failed *Error
			if !errors.Is(err, ErrAbsent) || !errors.As(err, &failed) || failed.Op != "dial" || strings.Contains(failed.Path, root) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestDialOtherPlaces: below /var/run where there is no /run, and below a root
// whose path is longer than the name of a socket may be.
func TestDialOtherPlaces(t *testing.T) {
	t.Run("/var/run", func(t *testing.T) {
		root := t.TempDir()
		xenstoretest.Start(t, filepath.Join(root, "var")).Set("/a", "value")
		if value, err := dial(t, root).Read(t.Context(), "/a"); value != "value" || err != nil {
			t.Errorf("%q, %v", value, err)
		}
	})
	t.Run("long path", func(t *testing.T) {
		root := filepath.Join(t.TempDir(), strings.Repeat("long/", 40))
		xenstoretest.Start(t, root).Set("/a", "value")
		if value, err := dial(t, root).Read(t.Context(), "/a"); value != "value" || err != nil {
			t.Errorf("%q, %v", value, err)
		}
	})
	t.Run("long path, stale", func(t *testing.T) {
		root := filepath.Join(t.TempDir(), strings.Repeat("long/", 40))
		xenstoretest.Start(t, root).Stop()
		if _, err := Dial(t.Context(), sysfs.New(root)); !errors.Is(err, ErrAbsent) {
			t.Errorf("%v", err)
		}
	})
}

// pair gives both ends of something that behaves like /dev/xen/xenbus: a file
// that does not block and can be polled.
func pair(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs = os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	return ours, theirs
}

func TestProbe(t *testing.T) {
	answer := func(message []byte) func(*os.File) {
		return func(f *os.File) {
			if _, err := readMessage(f); err == nil {
				_, _ = f.Write(message)
			}
		}
	}
	tests := []struct {
		name   string
		theirs func(*os.File)
		want   error
	}{
		{name: "a value", theirs: answer(message{op: opRead, request: 1}.bytes())},
		{name: "an errno", theirs: answer(message{op: opError, request: 1, payload: []byte("EACCES\x00")}.bytes())},
		{name: "silence", theirs: func(*os.File) {}, want: context.DeadlineExceeded},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ours, theirs := pair(t)
			go test.theirs(theirs)
			if err := probe(t.Context(), newClient(ours)); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
	t.Run("the other end is gone", func(t *testing.T) {
		ours, theirs := pair(t)
		theirs.Close()
		if err := probe(t.Context(), newClient(ours)); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ours, theirs := pair(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, _ = readMessage(theirs)
			cancel()
		}()
		if err := probe(ctx, newClient(ours)); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

// kernel gives a root whose kernel calls itself release.
func kernel(t *testing.T, release string) sysfs.FS {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "proc/sys/kernel")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "osrelease"), []byte(release+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return sysfs.New(root)
}

func TestAnswersAsynchronously(t *testing.T) {
	for release, want := range map[string]bool{
		"6.1.0-56-amd64": true, "4.11.0": true, "10.0": true,
		"4.10.17": false, "3.18.0": false, "2.6.18-xen": false, "": false, "strange": false,
	} {
		if got := answersAsynchronously(kernel(t, release)); got != want {
			t.Errorf("%q: %v", release, got)
		}
	}
	if answersAsynchronously(sysfs.New(t.TempDir())) {
		t.Error("no osrelease at all: true")
	}
}

// TestDialDevice: a file that is not there, one on an old kernel (which must
// not be opened), and one that opens and never answers, as /dev/xen/xenbus of
// a dom0 without xenstored does. A FIFO would give back our own request, a
// terminal's other end is silent.
func TestDialDevice(t *testing.T) {
	silent := silentTerminal(t)
	tests := []struct {
		name, release, path string
	}{
		{name: "no such file", release: "6.1.0", path: filepath.Join(t.TempDir(), "xenbus")},
		{name: "old kernel", release: "4.9.0", path: silent},
		{name: "silence", release: "6.1.0", path: silent},
	}
	for _, test := range tests {
		begun := time.Now()
		_, err := dialDevice(t.Context(), kernel(t, test.release), test.path)
		if !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %v", test.name, err)
		}
		if waited := time.Since(begun); waited > CallTimeout {
			t.Errorf("%s: waited %v", test.name, waited)
		}
	}
}

// silentTerminal gives the path of a terminal that swallows what is written
// and never has anything to read.
func silentTerminal(t *testing.T) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminal to be had:", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skip("no pseudo-terminal to be had:", err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skip("no pseudo-terminal to be had:", err)
	}
	return filepath.Join("/dev/pts", strconv.Itoa(n))
}

// TestDialTurn dials a xenstored that has as many connections waiting as it lets wait.
func TestDialTurn(t *testing.T) {
	root := t.TempDir()
	name := filepath.Join(root, "run/xenstored/socket")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	listener, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(listener)
	if err := errors.Join(unix.Bind(listener, &unix.SockaddrUnix{Name: name}), unix.Listen(listener, 0)); err != nil {
		t.Fatal(err)
	}
	fill := func() error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		return unix.Connect(fd, &unix.SockaddrUnix{Name: name})
	}
	for err = nil; err == nil; {
		err = fill()
	}
	if !errors.Is(err, syscall.EAGAIN) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	refused := make(chan error, 1)
	go func() {
		_, err := Dial(ctx, sysfs.New(root))
		refused <- err
	}()
	cancel()
	if err := <-refused; err == nil {
		t.Error("there was no room, and it is connected")
	}
	connected := make(chan error, 1)
	go func() {
		client, err := Dial(t.Context(), sysfs.New(root))
		if err == nil {
			client.Close()
		}
		connected <- err
	}()
	for {
		select {
		case err := <-connected:
			if err != nil {
				t.Error(err)
			}
			return
		case <-time.After(10 * time.Millisecond):
			if fd, _, err := unix.Accept(listener); err == nil {
				t.Cleanup(func() { _ = unix.Close(fd) })
			}
		}
	}
}
