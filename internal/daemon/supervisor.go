package daemon

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// notice is what is told to what started the daemon (sd_notify(3)).
type notice string

// The notices.
const (
	ready     notice = "READY=1"
	reloading notice = "RELOADING=1"
	stopping  notice = "STOPPING=1"
	watchdog  notice = "WATCHDOG=1"
)

// supervisor is systemd, or what speaks its protocol. The zero value is none.
type supervisor struct {
	conn net.Conn
}

// openSupervisor returns the one that the environment names. One that does not answer is
// none: the daemon works without it.
func openSupervisor() *supervisor {
	name := os.Getenv("NOTIFY_SOCKET")
	// Programs that the daemon starts must not speak for it.
	_ = os.Unsetenv("NOTIFY_SOCKET")
	if name == "" {
		return &supervisor{}
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return &supervisor{}
	}
	return &supervisor{conn: conn}
}

// tell tells it. That it cannot be told changes nothing.
func (s *supervisor) tell(n notice) {
	if s.conn == nil {
		return
	}
	text := string(n)
	if n == reloading { // systemd 253 wants to know when (Type=notify-reload)
		text += fmt.Sprintf("\nMONOTONIC_USEC=%d", clock(unix.CLOCK_MONOTONIC).Microseconds())
	}
	_, _ = s.conn.Write([]byte(text))
}

// status tells it one line for people.
func (s *supervisor) status(text string) {
	s.tell(notice("STATUS=" + text))
}
