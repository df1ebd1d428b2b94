//go:build !amd64 && !arm64

package attribute

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/internal/sysfs"
)

func TestRequestLine(t *testing.T) {
	requests := []numbered{
		{1, request{op: "read", path: "/sys/bus/pci/devices/0000:00:09.0/driver_override"}},
		{2, request{op: "write", path: "/sys/bus/pci/drivers/e1000/unbind", value: "0000:00:09.0"}},
		{3, request{op: "write", path: "/a path/with \"quotes\"", value: "\n"}},
		{4, request{op: "write", path: "/x", value: "\x00\xff\r\n \\"}},
		{5, request{op: "hold", path: "/run/xenpci/journal/1-0"}},
	}
	for n := range requests {
		want := requests[n:]
		line := requestLine(want)
		if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
			t.Errorf("%q is not one line", line)
		}
		got, ok := parseRequests(strings.TrimSuffix(line, "\n"))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(numbered{}, request{})); !ok || diff != "" {
			t.Errorf("%q: %v %s", line, ok, diff)
		}
	}
}

func TestParseRequestRefuses(t *testing.T) {
	for _, line := range []string{
		"", "1", "1 read", "x read \"/a\" \"\"", "1 erase \"/a\" \"\"", "1 write /a \"\"", "1 write \"/a\"",
		"1 write \"/a\" b", "1 write \"/a\" \"b\" \"c\"", "1 write \"/a", "1  read \"/a\" \"\"", "1 read \"/a\" \"\"\t", "1 read \"/a\" \"\"\t2 erase \"/a\" \"\"",
	} {
		if r, ok := parseRequests(line); ok {
			t.Errorf("%q: %+v", line, r)
		}
	}
}

func TestReply(t *testing.T) {
	refuse := func(op string, err error) error { return &sysfs.AttrError{Op: op, Path: "/x", Err: err} }
	for _, test := range []struct {
		name, value string
		err         error
		want        answer
	}{
		{"done", "", nil, answer{}},
		{"read", "a \"b\"\n\x00", nil, answer{value: "a \"b\"\n\x00"}},
		{"refused at open", "", refuse("open", syscall.EACCES), answer{err: &refusal{"open", syscall.EACCES}}},
		{"refused by the handler", "", refuse("write", syscall.ENODEV), answer{err: &refusal{"write", syscall.ENODEV}}},
		{"no errno", "", refuse("write", errors.New("short")), answer{err: &refusal{"write", syscall.EIO}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, got, ok := parseReply(strings.TrimSuffix(reply(7, test.value, test.err), "\n"))
			if id != 7 || !ok {
				t.Errorf("id %d, %v", id, ok)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(answer{}, refusal{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestServeStops does nothing after a write that fails, in the same line.
func TestServeStops(t *testing.T) {
	var out bytes.Buffer
	serve(strings.NewReader(requestLine([]numbered{
		{1, request{op: "write", path: "/dev/null", value: "a"}},
		{2, request{op: "write", path: "/dev/full", value: "b"}},
		{3, request{op: "write", path: "/dev/null", value: "c"}},
	})), &out)
	if want := fmt.Sprintf("1 ok 0 \"\"\n2 write %d \"\"\n", syscall.ENOSPC); out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// TestServeGoesOn passes over lines that it does not understand.
func TestServeGoesOn(t *testing.T) {
	var out bytes.Buffer
	serve(strings.NewReader("garbage\n\n1 read \"/no/such/file\" \"\"\n2 erase \"/\" \"\"\n"), &out)
	if want := fmt.Sprintf("1 open %d \"\"\n", syscall.ENOENT); out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func FuzzRequest(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		requests, ok := parseRequests(line)
		if !ok {
			return
		}
		again, ok := parseRequests(strings.TrimSuffix(requestLine(requests), "\n"))
		if diff := cmp.Diff(requests, again, cmp.AllowUnexported(numbered{}, request{})); !ok || diff != "" {
			t.Errorf("%q: %v %s", line, ok, diff)
		}
	})
}

func FuzzReply(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		id, a, ok := parseReply(line)
		if !ok {
			return
		}
		var err error
		if refused := (*refusal)(nil); errors.As(a.err, &refused) {
			if strings.Contains(refused.op, "\n") || refused.op == "ok" {
				return // no line from a child
			}
			err = &sysfs.AttrError{Op: refused.op, Err: refused.errno}
		}
		idAgain, again, ok := parseReply(strings.TrimSuffix(reply(id, a.value, err), "\n"))
		if diff := cmp.Diff(a, again, cmp.AllowUnexported(answer{}, refusal{})); idAgain != id || !ok || diff != "" {
			t.Errorf("%q: %d, %v %s", line, idAgain, ok, diff)
		}
	})
}
