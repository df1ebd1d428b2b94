package daemon

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

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
	conn  net.Conn
	limit time.Duration // within which it wants to hear of a look; 0 for no limit
	line  string        // that it was told last, for people
}

// openSupervisor returns the one that the environment names. One that does not answer is
// none: the daemon works without it.
func openSupervisor() *supervisor {
	name, limit := os.Getenv("NOTIFY_SOCKET"), watchdogLimit()
	// Programs that the daemon starts must not speak for it.
	for _, variable := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		_ = os.Unsetenv(variable)
	}
	if name == "" {
		return &supervisor{}
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return &supervisor{}
	}
	return &supervisor{conn: conn, limit: limit}
}

// watchdogLimit returns WatchdogSec= of the unit; 0 where it has none.
func watchdogLimit() time.Duration {
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	limit, err := strconv.ParseUint(os.Getenv("WATCHDOG_USEC"), 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(limit) * time.Microsecond
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

// status tells it one line for people, unless it knows that already.
func (s *supervisor) status(text string) {
	if text != s.line {
		s.line = text
		s.tell(notice("STATUS=" + text))
	}
}
