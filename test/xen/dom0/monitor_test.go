//go:build xen

package dom0

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// monitorPort is dom0's serial port at which QEMU's monitor answers (QMP).
const monitorPort = "/dev/ttyS3"

// monitor is QEMU's monitor, by which cards are plugged in and pulled.
type monitor struct {
	port    *os.File
	answers chan map[string]json.RawMessage
	asked   int // the number of the last command
}

// theMonitor is opened once: whoever has the port open reads what it says.
var theMonitor = sync.OnceValues(func() (*monitor, error) {
	if out, err := exec.Command("stty", "-F", monitorPort, "raw", "-echo").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("stty: %w: %s", err, out)
	}
	port, err := os.OpenFile(monitorPort, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	m := &monitor{port: port, answers: make(chan map[string]json.RawMessage, 64), asked: 1}
	go func() {
		for lines := bufio.NewScanner(port); lines.Scan(); {
			var answer map[string]json.RawMessage
			if json.Unmarshal(lines.Bytes(), &answer) == nil && answer["event"] == nil && answer["QMP"] == nil {
				m.answers <- answer
			}
		}
	}()
	// The port may have echoed a part of QEMU's greeting to QEMU. The byte ff has QEMU forget
	// what it has read of a command.
	for range 20 {
		if _, err := fmt.Fprint(port, "\xff\n{\"execute\":\"qmp_capabilities\",\"id\":1}\n"); err != nil {
			return nil, err
		}
		for deadline := time.After(3 * time.Second); deadline != nil; {
			select {
			case answer := <-m.answers:
				if string(answer["id"]) == "1" { // also the error that it was asked before
					return m, nil
				}
			case <-deadline:
				deadline = nil
			}
		}
	}
	return nil, errors.New("QEMU's monitor does not answer")
})

// openMonitor opens the monitor.
func openMonitor(t *testing.T) *monitor {
	t.Helper()
	m, err := theMonitor()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ask has QEMU carry out a command.
func (m *monitor) ask(t *testing.T, command string, arguments map[string]any) {
	t.Helper()
	m.asked++
	text, err := json.Marshal(map[string]any{"execute": command, "arguments": arguments, "id": m.asked})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(m.port, "%s\n", text); err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(patience); ; {
		select {
		case answer := <-m.answers:
			switch {
			case string(answer["id"]) != fmt.Sprint(m.asked): // of what was asked before
			case answer["return"] == nil:
				t.Fatalf("QEMU: %s: %s", text, answer["error"])
			default:
				return
			}
		case <-deadline:
			t.Fatalf("QEMU does not answer: %s", text)
		}
	}
}

// plug plugs a card into a root port, and waits until dom0 sees it.
func (m *monitor) plug(t *testing.T, model, port, id, address string, options ...string) {
	t.Helper()
	arguments := map[string]any{"driver": model, "bus": port, "id": id}
	for i := 0; i+1 < len(options); i += 2 {
		arguments[options[i]] = options[i+1]
	}
	m.ask(t, "device_add", arguments)
	eventually(t, address+" is there", patience, func() bool { return isThere(address) })
}

// pull pulls it out, and waits until it is gone.
func (m *monitor) pull(t *testing.T, id, address string) {
	t.Helper()
	m.ask(t, "device_del", map[string]any{"id": id})
	eventually(t, address+" is gone", patience, func() bool { return !isThere(address) })
}

func isThere(address string) bool {
	_, err := os.Lstat(devices + address)
	return err == nil
}
