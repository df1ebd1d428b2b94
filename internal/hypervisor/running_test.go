package hypervisor

import (
	"encoding/binary"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/hypercall"
	"github.com/xenpci/xenpci/internal/sysfs"
)

// fakeXen answers as Xen does. Its addresses are offsets into its memory.
type fakeXen struct {
	memory      []byte
	version     uint32 // of its sysctl
	extra       string
	commandLine string
	denies      bool
	physinfo    Capabilities
	hypfs       map[string][]byte // files and folders; nil for a Xen without hypfs

	ring     []byte // of a fixed size
	from, to uint32 // the bytes in the ring, counted since it started
}

func (x *fakeXen) Memory() []byte            { return x.memory }
func (x *fakeXen) Address(offset int) uint64 { return uint64(offset) }
func (x *fakeXen) Close() error              { return nil }

func (x *fakeXen) Call(op uint64, args ...uint64) (uint64, syscall.Errno) {
	switch op {
	case callVersion:
		return x.xenVersion(args)
	case callSysctl:
		return 0, x.doSysctl(x.memory[args[0]:][:sysctlSize])
	case callHypfs:
		return 0, x.doHypfs(args)
	}
	return 0, syscall.ENOSYS
}

func (x *fakeXen) xenVersion(args []uint64) (uint64, syscall.Errno) {
	switch args[0] {
	case versionNumbers:
		return 4<<16 | 17, 0
	case versionExtra:
		x.write(args[1], x.extra, extraLimit)
	case versionCommandLine:
		x.write(args[1], x.commandLine, commandLineLimit)
	default:
		return 0, syscall.ENOSYS
	}
	return 0, 0
}

func (x *fakeXen) write(address uint64, text string, limit int) {
	if x.denies {
		text = denied
	}
	copy(x.memory[address:][:limit], text+"\x00")
}

func (x *fakeXen) doSysctl(request []byte) syscall.Errno {
	if binary.NativeEndian.Uint32(request[4:]) != x.version {
		return syscall.EACCES
	}
	switch binary.NativeEndian.Uint32(request) {
	case sysctlReadConsole:
		x.readConsole(request)
	case sysctlPhysinfo:
		binary.NativeEndian.PutUint32(request[physinfoCapabilities:], uint32(x.physinfo))
	default:
		return syscall.ENOSYS
	}
	return 0
}

// readConsole is read_console_ring of xen/drivers/char/console.c.
func (x *fakeXen) readConsole(request []byte) {
	at, room := x.from, binary.NativeEndian.Uint32(request[consoleCount:])
	if index := binary.NativeEndian.Uint32(request[consoleIndex:]); request[consoleIncremental] != 0 && at < index && index <= x.to {
		at = index
	}
	count := uint32(0)
	buffer := binary.NativeEndian.Uint64(request[consoleBuffer:])
	for ; at != x.to && count < room; at, count = at+1, count+1 {
		x.memory[buffer+uint64(count)] = x.ring[at%uint32(len(x.ring))]
	}
	binary.NativeEndian.PutUint32(request[consoleIndex:], at)
	binary.NativeEndian.PutUint32(request[consoleCount:], count)
}

// print is what Xen prints.
func (x *fakeXen) print(text string) {
	for _, c := range []byte(text) {
		x.ring[x.to%uint32(len(x.ring))] = c
		x.to++
		if x.to-x.from > uint32(len(x.ring)) {
			x.from = x.to - uint32(len(x.ring))
		}
	}
}

func newFakeXen() *fakeXen {
	return &fakeXen{memory: make([]byte, dataOffset+dataSize), version: 0x15, extra: ".5", ring: make([]byte, 16)}
}

func on(x *fakeXen) *Running {
	return &Running{xen: x, sysctl: hypercall.Likeliest(sysctlVersions(), 17)}
}

func TestVersionAndCommandLine(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	x.commandLine = "placeholder dom0_mem=1G com1=115200,8n1"
	r := on(x)
	if v, err := r.Version(); v.String() != "4.17.5" || err != nil {
		t.Errorf("%s, %v", v, err)
	}
	if line, err := r.CommandLine(); line != x.commandLine || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	x.commandLine = strings.Repeat("x", commandLineLimit) // no NUL
	if line, err := r.CommandLine(); line != x.commandLine || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	x.denies = true
	if line, err := r.CommandLine(); line != "" || !errors.Is(err, ErrDenied) {
		t.Errorf("%q, %v", line, err)
	}
	if _, err := r.Version(); !errors.Is(err, ErrDenied) {
		t.Errorf("%v", err)
	}
}

func TestOpenRunningElsewhere(t *testing.T) {
	t.Parallel()
	if _, err := OpenRunning(sysfs.New(t.TempDir())); !errors.Is(err, hypercall.ErrAbsent) {
		t.Errorf("%v", err)
	}
}

func TestConsole(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	c := on(x).Console()
	type read struct {
		text string
		lost uint32
	}
	for _, step := range []struct {
		name  string
		print string
		clear bool
		want  read
	}{
		{"an empty ring", "", false, read{}},
		{"what came", "0123456789", false, read{"0123456789", 0}},
		{"nothing new", "", false, read{}},
		{"over the ring's end", "abcdefgh", false, read{"abcdefgh", 0}},
		{"as much as the ring has", "0123456789abcdef", false, read{"0123456789abcdef", 0}},
		{"more than it has", "lost!0123456789abcdef", false, read{"0123456789abcdef", 5}},
		{"cleared before it was read", "gone", true, read{"", 4}},
		{"after it was cleared", "new", false, read{"new", 0}},
	} {
		x.print(step.print)
		if step.clear {
			x.from = x.to
		}
		text, lost, err := c.Read()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, read{string(text), lost}, cmp.AllowUnexported(read{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// TestConsoleFromTheMiddle: a ring that has wrapped before it is first read has lost
// its beginning.
func TestConsoleFromTheMiddle(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	x.print("lost!0123456789abcdef")
	text, lost, err := on(x).Console().Read()
	if string(text) != "0123456789abcdef" || lost != 5 || err != nil {
		t.Errorf("%q, %d, %v", text, lost, err)
	}
}

// TestConsoleInParts: a ring that is larger than the memory is read in parts.
func TestConsoleInParts(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	x.ring = make([]byte, 2*dataSize+1)
	x.print(strings.Repeat("a", dataSize) + strings.Repeat("b", dataSize) + "c")
	c := on(x).Console()
	for _, want := range []string{strings.Repeat("a", dataSize), strings.Repeat("b", dataSize), "c", ""} {
		text, lost, err := c.Read()
		if string(text) != want || lost != 0 || err != nil {
			t.Errorf("%d bytes, %d lost, %v; want %d bytes", len(text), lost, err, len(want))
		}
	}
}

func TestConsoleOfAnUnknownXen(t *testing.T) {
	t.Parallel()
	x := newFakeXen()
	x.version = 0x99
	if _, _, err := on(x).Console().Read(); !errors.Is(err, hypercall.ErrInterface) {
		t.Errorf("%v", err)
	}
}
