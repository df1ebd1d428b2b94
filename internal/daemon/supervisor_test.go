package daemon

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSupervisor is systemd: it hears that the daemon is ready, each look, and the end.
func TestSupervisor(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	must(t, err)
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", name)
	t.Setenv("WATCHDOG_USEC", "400000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	r := start(t, "qemu", declares(lan))
	for _, variable := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC"} {
		if os.Getenv(variable) != "" {
			t.Errorf("%s is left for children", variable)
		}
	}
	must(t, conn.SetReadDeadline(time.Now().Add(patience)))
	var heard []string
	read := func() string {
		buffer := make([]byte, 256)
		n, err := conn.Read(buffer)
		must(t, err)
		heard = append(heard, string(buffer[:n]))
		return string(buffer[:n])
	}
	for read() != "STATUS=1 hidden" { // while it hides, it says that it goes on
	}
	same(t, "WATCHDOG=1", read())
	same(t, "READY=1", read())
	same(t, "WATCHDOG=1", read()) // nothing happens, and it looks all the same
	r.reload <- struct{}{}
	for !strings.HasPrefix(read(), "RELOADING=1\nMONOTONIC_USEC=") {
	}
	same(t, "READY=1", read())
	must(t, r.stop())
	for read() != "STOPPING=1" {
	}
	if len(heard) > 40 {
		t.Errorf("it speaks too much: %q", heard)
	}
}
