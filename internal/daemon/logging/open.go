package logging

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Where the host's logs listen.
const (
	journalSocket = "/run/systemd/journal/socket"
	syslogSocket  = "/dev/log"
)

// facility is that of system daemons, LOG_DAEMON, in the place where a priority has it.
const facility = 3 << 3

// Stream logs to a stream, a line each.
func Stream(w io.Writer) *Handler { return &Handler{sink: &stream{w: w}} }

// Journal returns the log of systemd's journal if file, which is standard error, leads
// there (JOURNAL_STREAM in systemd.exec(5)); nil if it does not.
func Journal(file *os.File) *Handler {
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Getenv("JOURNAL_STREAM") != fmt.Sprintf("%d:%d", stat.Dev, stat.Ino) {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: journalSocket, Net: "unixgram"})
	if err != nil {
		return nil
	}
	return &Handler{sink: journal{conn}}
}

// Syslog returns the log of syslogd, which may start later and be restarted.
func Syslog() *Handler { return &Handler{sink: &syslog{name: syslogSocket}} }

type stream struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *stream) write(r record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := fmt.Fprintf(s.w, "%s %-5s %s\n", r.at.Format(time.DateTime), r.level, r.message)
	return err
}

type journal struct{ conn net.Conn }

func (j journal) write(r record) error {
	_, err := j.conn.Write(r.datagram())
	return err
}

// syslog connects when it first writes, and again when that fails.
type syslog struct {
	name string
	mu   sync.Mutex
	conn net.Conn
}

func (s *syslog) write(r record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Appendf(nil, "<%d>%s xenpcid[%d]: %s", facility|priority(r.level), r.at.Format(time.Stamp), os.Getpid(), r.message)
	if s.conn != nil {
		if _, err := s.conn.Write(text); err == nil {
			return nil
		}
		s.conn.Close()
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.name, Net: "unixgram"})
	if err != nil {
		s.conn = nil
		return err
	}
	s.conn = conn
	_, err = conn.Write(text)
	return err
}

// Open returns the log that a daemon should have: syslog where it is asked for, the
// journal where standard error leads there, and else standard error.
func Open(file *os.File, toSyslog bool) slog.Handler {
	if toSyslog {
		return Syslog()
	}
	if h := Journal(file); h != nil {
		return h
	}
	return Stream(file)
}
