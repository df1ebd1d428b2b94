package xenstore

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMessageBytes holds the encoding to bytes worked out from struct
// xsd_sockmsg.
func TestMessageBytes(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the bytes below are those of a little-endian machine")
	}
	tests := []struct {
		name    string
		message message
		want    string
	}{
		{
			name:    "read of /a",
			message: message{op: opRead, request: 0x01020304, payload: []byte("/a\x00")},
			want:    "02000000 04030201 00000000 03000000 2f6100",
		},
		{
			name:    "write",
			message: message{op: opWrite, request: 1, payload: []byte("/a\x00b")},
			want:    "0b000000 01000000 00000000 04000000 2f610062",
		},
	}
	for _, test := range tests {
		want, err := hex.DecodeString(strings.ReplaceAll(test.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got := test.message.bytes()
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", test.name, got, want)
		}
		back, err := readMessage(bytes.NewReader(got))
		if diff := cmp.Diff(test.message, back, cmp.AllowUnexported(message{})); diff != "" || err != nil {
			t.Errorf("%s: read back: %v: %s", test.name, err, diff)
		}
	}
}

func TestReadMessageBroken(t *testing.T) {
	whole := message{op: opRead, request: 1, payload: []byte("value")}.bytes()
	tooLong := message{op: opRead, request: 1}.bytes()
	binary.NativeEndian.PutUint32(tooLong[12:], answerLimit+1)
	tests := []struct {
		name string
		in   []byte
		want error // nil: a protocol error
	}{
		{name: "nothing", want: io.EOF},
		{name: "half a header", in: whole[:9], want: io.ErrUnexpectedEOF},
		{name: "no payload", in: whole[:headerSize], want: io.ErrUnexpectedEOF},
		{name: "half a payload", in: whole[:headerSize+2], want: io.ErrUnexpectedEOF},
		{name: "longer than can be meant", in: tooLong},
	}
	for _, test := range tests {
		_, err := readMessage(bytes.NewReader(test.in))
		var protocol *protocolError
		if test.want == nil && !errors.As(err, &protocol) || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestParseErrno(t *testing.T) {
	known := []syscall.Errno{
		syscall.E2BIG, syscall.EACCES, syscall.EAGAIN, syscall.EBUSY, syscall.EDQUOT, syscall.EEXIST,
		syscall.EINVAL, syscall.EIO, syscall.EISCONN, syscall.EISDIR, syscall.ENOENT, syscall.ENOMEM,
		syscall.ENOSPC, syscall.ENOSYS, syscall.ENOTEMPTY, syscall.EPERM, syscall.EROFS,
	}
	for _, errno := range known {
		// The names are the kernel's; Error prints them the same way.
		name := (&Error{Err: errno}).Error()
		name = name[strings.LastIndexByte(name, '(')+1 : len(name)-1]
		if got := parseErrno([]byte(name + "\x00")); got != errno {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, payload := range []string{"", "\x00", "ENOENT", "ENOENT\x00\x00", "ENOTKNOWN\x00", strings.Repeat("E", 4000) + "\x00"} {
		var protocol *protocolError
		if err := parseErrno([]byte(payload)); !errors.As(err, &protocol) || len(err.Error()) > 200 {
			t.Errorf("%.20q: %v", payload, err)
		}
	}
}

func TestCutPart(t *testing.T) {
	type result struct {
		Generation, Part string
		Last, Failed     bool
	}
	tests := []struct {
		name string
		in   string
		want result
	}{
		{name: "one of several", in: "12\x00a\x00b\x00", want: result{Generation: "12", Part: "a\x00b\x00"}},
		{name: "the last", in: "12\x00a\x00b\x00\x00", want: result{Generation: "12", Part: "a\x00b\x00", Last: true}},
		{name: "nothing left", in: "12\x00\x00", want: result{Generation: "12", Last: true}},
		{name: "empty", in: "", want: result{Failed: true}},
		{name: "no generation", in: "\x00a\x00", want: result{Failed: true}},
		{name: "generation alone", in: "12", want: result{Failed: true}},
		{name: "no names and no end", in: "12\x00", want: result{Failed: true}},
		{name: "half a name", in: "12\x00a\x00b", want: result{Failed: true}},
	}
	for _, test := range tests {
		generation, part, last, err := cutPart([]byte(test.in))
		got := result{Generation: generation, Part: string(part), Last: last, Failed: err != nil}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestCutNames(t *testing.T) {
	tests := []struct {
		in     string
		want   []string
		failed bool
	}{
		{in: ""},
		{in: "a\x00", want: []string{"a"}},
		{in: "a\x00bc\x00", want: []string{"a", "bc"}},
		{in: "a", failed: true},
		{in: "a\x00b", failed: true},
		{in: "\x00", failed: true},
		{in: "a\x00\x00b\x00", failed: true},
	}
	for _, test := range tests {
		got, err := cutNames([]byte(test.in))
		if !slices.Equal(got, test.want) || (err != nil) != test.failed {
			t.Errorf("%q: %q, %v", test.in, got, err)
		}
	}
}

// FuzzMessage: what is read is within bounds and encodes to the same bytes.
func FuzzMessage(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := readMessage(bytes.NewReader(in))
		if err != nil {
			return
		}
		if len(m.payload) > answerLimit {
			t.Fatalf("%d bytes", len(m.payload))
		}
		if out := m.bytes(); !bytes.Equal(out, in[:len(out)]) {
			t.Fatalf("%x became %x", in, out)
		}
	})
}

// FuzzAnswer: no payload of an answer can do harm to its parsers.
func FuzzAnswer(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload []byte) {
		if err := parseErrno(payload); err == nil || len(err.Error()) > 200 {
			t.Fatalf("error answer %q gave %v", payload, err)
		}
		if names, err := cutNames(payload); err == nil {
			if got := strings.Join(names, "\x00"); len(names) > 0 && got+"\x00" != string(payload) {
				t.Fatalf("%q became %q", payload, names)
			}
		}
		generation, part, last, err := cutPart(payload)
		if err != nil {
			return
		}
		back := generation + "\x00" + string(part)
		if last {
			back += "\x00"
		}
		if back != string(payload) || len(part) == 0 && !last {
			t.Fatalf("%q became %q, %q, %v", payload, generation, part, last)
		}
	})
}
