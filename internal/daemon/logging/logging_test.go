package logging

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStream(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(Stream(&out)).With("host", "a")
	log.Debug("not logged")
	log.Info("0000:00:09.0: hidden", "device", "0000:00:09.0")
	log.Warn("two\nlines \x1b[31m")
	log.Error("broken")
	got := regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d `).ReplaceAllString(out.String(), "")
	if diff := cmp.Diff("INFO  0000:00:09.0: hidden\nWARN  two lines  [31m\nERROR broken\n", got); diff != "" {
		t.Error(diff)
	}
}

// listen receives datagrams at a socket.
func listen(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); os.Remove(name) })
	return conn
}

func receive(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	buffer := make([]byte, 4096)
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := conn.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n])
}

func TestDatagram(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	conn := listen(t, name)
	sender, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	slog.New(&Handler{sink: journal{sender}}).Warn("it failed", "message_id", "abc", "device", "0000:00:09.0", "reason", "a\nPRIORITY=0", "empty", "")
	want := "MESSAGE=it failed\nPRIORITY=4\nSYSLOG_IDENTIFIER=xenpcid\nMESSAGE_ID=abc\nXENPCI_DEVICE=0000:00:09.0\nXENPCI_REASON=a PRIORITY=0\n"
	if diff := cmp.Diff(want, receive(t, conn)); diff != "" {
		t.Error(diff)
	}
}

// TestSyslog has syslogd start late and restart.
func TestSyslog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	log := slog.New(&Handler{sink: &syslog{name: name}})
	log.Info("nobody listens")
	for _, text := range []string{"one", "two"} {
		conn := listen(t, name)
		log.Error(text)
		got := receive(t, conn)
		if want := fmt.Sprintf(" xenpcid[%d]: %s", os.Getpid(), text); !strings.HasPrefix(got, "<27>") || !strings.HasSuffix(got, want) {
			t.Errorf("%q, and %q is wanted at its end", got, want)
		}
		conn.Close()
		os.Remove(name)
	}
}

func TestJournalIsElsewhere(t *testing.T) {
	t.Setenv("JOURNAL_STREAM", "1:2")
	if Journal(os.Stderr) != nil {
		t.Error("standard error is no stream of the journal's")
	}
}
