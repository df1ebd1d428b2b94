package contract_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/xenpci/xenpci/internal/daemon/uevent"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/fakekernel/contract"
	"github.com/xenpci/xenpci/internal/fakekernel/machine"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// TestFakePort holds the fake kernel to the rows about hot-plug.
func TestFakePort(t *testing.T) {
	h := fakekernel.Unpack(t, "qemu")
	const port = "0000:00:1d.0"
	root := machine.Device{Address: port, ID: "1b36:000c", Class: 0x060400, Header: 1, Buses: [2]byte{3, 3}, Driver: "pcieport", Express: true}
	if err := h.Plug("", root); err != nil {
		t.Fatal(err)
	}
	contract.RunCard(t, fakePort{h, h.Listen(), port}, h.FS(), "0000:03:00.0")
}

// TestFakeVFs holds it to the rows about VFs.
func TestFakeVFs(t *testing.T) {
	h := fakekernel.Unpack(t, "server")
	contract.RunVFs(t, fakePort{h, h.Listen(), ""}, h.FS(), "0000:82:00.0", [2]string{"0000:82:00.1", "0000:82:00.2"})
}

type fakePort struct {
	*fakekernel.Host
	heard *fakekernel.Uevents
	port  string
}

func (p fakePort) Plug() error {
	return p.Host.Plug(p.port, machine.Device{Address: "0000:03:00.0", ID: "8086:10d3", Subsystem: "8086:0000", Class: 0x020000, Driver: "e1000e", Express: true})
}

func (p fakePort) Pull() error { return p.Host.Pull("0000:03:00.0") }

func (p fakePort) Uevents() []string {
	var all []string
	for _, u := range p.heard.Next() {
		all = append(all, u.Action+" "+u.Address)
	}
	return all
}

// TestRealPort holds this machine's kernel to the rows about hot-plug and VFs.
func TestRealPort(t *testing.T) {
	if os.Getenv("XENPCI_CONTRACT_PORT") != "1" {
		t.Skip("XENPCI_CONTRACT_PORT=1 is not set: this needs a Xen dom0 with an empty port, and QEMU's monitor on /dev/ttyS3")
	}
	fs := sysfs.New("/")
	p := &realPort{real: real{fs}, heard: make(chan string, 1024)}
	p.open(t)
	t.Run("card", func(t *testing.T) { contract.RunCard(t, p, fs, card) })
	t.Run("VFs", func(t *testing.T) {
		contract.RunVFs(t, p, fs, "0000:02:00.0", [2]string{"0000:02:00.1", "0000:02:00.2"})
	})
}

// card is where the card is on the real machine.
const card = "0000:01:00.0"

// realPort plugs cards by QEMU's monitor, and listens to the kernel.
type realPort struct {
	real
	heard   chan string
	monitor *os.File
	answers *bufio.Scanner
	asked   int
}

// settled is how long nothing is heard when no more is to come. Software emulation is slow.
const settled = 700 * time.Millisecond

func (p *realPort) open(t *testing.T) {
	socket, err := uevent.Open()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = socket.Listen(t.Context(), func(e uevent.Event) { p.heard <- e.Action + " " + e.Device.String() }, func() { p.heard <- "lost" })
	}()
	if out, err := exec.Command("stty", "-F", "/dev/ttyS3", "raw", "-echo").CombinedOutput(); err != nil {
		t.Fatalf("stty: %v: %s", err, out)
	}
	if p.monitor, err = os.OpenFile("/dev/ttyS3", os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	p.answers = bufio.NewScanner(p.monitor)
	// The line may have echoed a part of QEMU's greeting to QEMU. The byte ff has QEMU forget
	// what it has read of a command, and what is sent twice is answered at least once.
	for range 3 {
		if _, err := fmt.Fprint(p.monitor, "\xff\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settled)
	}
	if err := p.ask("qmp_capabilities", "{}"); err != nil {
		t.Fatal(err)
	}
}

// ask asks the monitor, and waits for its answer. Others come before: events, and complaints
// of what the line has echoed before it was raw.
func (p *realPort) ask(execute, arguments string) error {
	p.asked++
	if _, err := fmt.Fprintf(p.monitor, "\n{\"execute\":%q,\"id\":%d,\"arguments\":%s}\n", execute, p.asked, arguments); err != nil {
		return err
	}
	for p.answers.Scan() {
		var answer struct {
			ID            int
			Return, Error json.RawMessage
		}
		if json.Unmarshal(p.answers.Bytes(), &answer) != nil || answer.ID != p.asked {
			continue
		}
		if answer.Error != nil {
			return fmt.Errorf("%s: %s", execute, answer.Error)
		}
		return nil
	}
	return p.answers.Err()
}

func (p *realPort) Plug() error {
	if err := p.ask("device_add", `{"driver":"e1000e","bus":"port1","id":"card","romfile":""}`); err != nil {
		return err
	}
	return p.await(true)
}

func (p *realPort) Pull() error {
	if err := p.ask("device_del", `{"id":"card"}`); err != nil {
		return err
	}
	return p.await(false)
}

// await waits until the card is there, with the driver that gets it, or gone.
func (p *realPort) await(there bool) error {
	const longest = 30 * time.Second
	for deadline := time.Now().Add(longest); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if p.Exists("/sys/bus/pci/devices/"+card) == there {
			time.Sleep(settled)
			return nil
		}
	}
	return fmt.Errorf("%s: not so after %v", card, longest)
}

func (p *realPort) Uevents() []string {
	var all []string
	for {
		select {
		case heard := <-p.heard:
			all = append(all, heard)
		case <-time.After(settled):
			return all
		}
	}
}
