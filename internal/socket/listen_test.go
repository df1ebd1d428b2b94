package socket

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// abandoned makes a socket on which nobody listens any more.
func abandoned(t *testing.T, path string) {
	t.Helper()
	listener, err := Listen(t.Context(), path, Access{Mode: 0o600, Group: os.Getgid()})
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
}

func TestListen(t *testing.T) {
	tests := []struct {
		name    string
		path    string // below a new folder
		prepare func(t *testing.T, path string)
		mode    fs.FileMode
		want    error
	}{
		{name: "nothing there", path: "io.xenpci", mode: 0o600},
		{name: "for a group", path: "io.xenpci", mode: 0o660},
		{name: "a long path", path: strings.Repeat("long/", 40) + "io.xenpci", mode: 0o600},
		{name: "a stale socket", path: "io.xenpci", prepare: abandoned, mode: 0o600},
		{name: "a stale socket at a long path", path: strings.Repeat("long/", 40) + "io.xenpci", prepare: abandoned, mode: 0o660},
		{name: "a file", path: "io.xenpci", mode: 0o600, want: unix.ENOTSOCK, prepare: func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("theirs"), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a link", path: "io.xenpci", mode: 0o600, want: unix.ENOTSOCK, prepare: func(t *testing.T, path string) {
			if err := os.Symlink("elsewhere", path); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "somebody listens", path: "io.xenpci", mode: 0o600, want: ErrInUse, prepare: func(t *testing.T, path string) {
			listener, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { listener.Close() })
		}},
		{name: "somebody listens who is busy", path: "io.xenpci", mode: 0o600, want: ErrInUse, prepare: busy},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), test.path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if test.prepare != nil {
				test.prepare(t, path)
			}
			before, _ := os.Lstat(path)
			listener, err := Listen(t.Context(), path, Access{Mode: test.mode, Group: os.Getgid()})
			var failed *fs.PathError
			if !errors.Is(err, test.want) || err != nil && (!errors.As(err, &failed) || failed.Path != path) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			after, statErr := os.Lstat(path)
			if statErr != nil {
				t.Fatal(statErr)
			}
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
				t.Errorf("in the folder: %v, %v", entries, err)
			}
			if test.want != nil {
				if !os.SameFile(before, after) {
					t.Error("what was there is not there any more")
				}
				return
			}
			defer listener.Close()
			if after.Mode() != fs.ModeSocket|test.mode {
				t.Errorf("mode %v", after.Mode())
			}
			conn, err := Dial(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
		})
	}
}

// busy makes a socket that has as many connections waiting as it lets wait.
func busy(t *testing.T, path string) {
	listener, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(listener) })
	if err := errors.Join(unix.Bind(listener, &unix.SockaddrUnix{Name: path}), unix.Listen(listener, 0)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		fd, made := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if made != nil {
			t.Fatal(made)
		}
		t.Cleanup(func() { unix.Close(fd) })
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	if !errors.Is(err, syscall.EAGAIN) {
		t.Fatal(err)
	}
}

// TestListenGroup makes a socket for another group.
func TestListenGroup(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to any group")
	}
	const group = 4711
	path := filepath.Join(t.TempDir(), "io.xenpci")
	listener, err := Listen(t.Context(), path, Access{Mode: 0o660, Group: group})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var stat unix.Stat_t
	if err := unix.Lstat(path, &stat); err != nil {
		t.Fatal(err)
	}
	if stat.Gid != group || stat.Uid != 0 || stat.Mode != unix.S_IFSOCK|0o660 {
		t.Errorf("uid %d, gid %d, mode %o", stat.Uid, stat.Gid, stat.Mode)
	}
}

// TestPublishFails checks that a name which is taken in the meantime is an error.
func TestPublishFails(t *testing.T) {
	dir := t.TempDir()
	hidden, path := filepath.Join(dir, "hidden"), filepath.Join(dir, "io.xenpci")
	abandoned(t, hidden)
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := publish(hidden, path, Access{Mode: 0o600, Group: os.Getgid()}); err == nil {
		t.Error("a folder was replaced by a socket")
	}
}

// TestBindIsPrivate looks at the socket before it has its access.
func TestBindIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hidden")
	listener, err := bind(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}
