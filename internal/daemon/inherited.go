package daemon

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/daemon/uevent"
)

// firstInherited is the first descriptor that systemd passes (sd_listen_fds(3)).
const firstInherited = 3

// mostInherited bounds how many are looked at.
const mostInherited = 16

// Inherited are the sockets that systemd has made for the daemon, by the names of their
// units' FileDescriptorName=.
type Inherited map[string]int

// The names in our units.
const (
	varlinkName = "varlink"
	ueventName  = "uevent"
)

// Inherit returns what systemd has passed, and takes it out of the environment: programs
// that the daemon starts inherit nothing.
func Inherit() Inherited {
	count, _ := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	ours := os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":") // systemd 227 and later
	for _, variable := range []string{"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(variable)
	}
	passed := Inherited{}
	if !ours {
		return passed
	}
	for i := range min(count, mostInherited) {
		fd := firstInherited + i
		name := nameOf(fd)
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		passed[name] = fd
	}
	return passed
}

// nameOf returns the name of a socket by its kind.
func nameOf(fd int) string {
	switch family, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); family {
	case unix.AF_UNIX:
		return varlinkName
	case unix.AF_NETLINK:
		return ueventName
	}
	return ""
}

// varlink returns the socket for clients; nil where none was passed.
func (i Inherited) varlink() (*net.UnixListener, error) {
	fd, found := i[varlinkName]
	if !found {
		return nil, nil
	}
	file := os.NewFile(uintptr(fd), varlinkName)
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("inherited socket: %w", err)
	}
	ours, ok := listener.(*net.UnixListener)
	if !ok {
		listener.Close()
		return nil, fmt.Errorf("inherited socket: it is no unix socket")
	}
	ours.SetUnlinkOnClose(false)
	return ours, nil
}

// uevents returns the socket of the kernel's messages; the daemon opens one of its own
// where none was passed.
func (i Inherited) uevents() (*uevent.Socket, error) {
	fd, found := i[ueventName]
	if !found {
		return uevent.Open()
	}
	delete(i, ueventName) // it is used once
	return uevent.Inherit(fd)
}
