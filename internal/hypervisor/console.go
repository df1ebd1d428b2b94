package hypervisor

import (
	"encoding/binary"
	"fmt"
)

// Fields of struct xen_sysctl_readconsole.
const (
	consoleIncremental = 9
	consoleIndex       = 12
	consoleBuffer      = 16
	consoleCount       = 24
)

// Console is a reader of the ring in which Xen keeps what it printed. It leaves the
// ring as it is. Goroutines must not share it.
type Console struct {
	running *Running
	begun   bool
	next    uint32 // the byte that is read next, counted since Xen started
}

// Console returns a reader that begins with the oldest byte that the ring has.
func (r *Running) Console() *Console { return &Console{running: r} }

// Read returns what follows what was read before, at most 64 KiB, and nothing at the
// present end. lost is how many bytes between the two are not in the ring any more:
// newer ones took their place, or somebody cleared the ring. The text is valid until the
// next question to Xen. The error wraps a syscall.Errno or hypercall.ErrInterface.
func (c *Console) Read() (text []byte, lost uint32, err error) {
	r := c.running
	r.mu.Lock()
	defer r.mu.Unlock()
	data := r.xen.Memory()[dataOffset:][:dataSize]
	answer, err := r.ask(sysctlReadConsole, func(request []byte) {
		if c.begun {
			request[consoleIncremental] = 1
		}
		binary.NativeEndian.PutUint32(request[consoleIndex:], c.next)
		binary.NativeEndian.PutUint64(request[consoleBuffer:], r.xen.Address(dataOffset))
		binary.NativeEndian.PutUint32(request[consoleCount:], dataSize)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("Xen's console ring: %w", err)
	}
	end, count := binary.NativeEndian.Uint32(answer[consoleIndex:]), binary.NativeEndian.Uint32(answer[consoleCount:])
	if count > dataSize {
		return nil, 0, fmt.Errorf("Xen's console ring: Xen returned %d bytes for %d", count, dataSize)
	}
	lost = end - count - c.next
	c.begun, c.next = true, end
	return data[:count], lost, nil
}
