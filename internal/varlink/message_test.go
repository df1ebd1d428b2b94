package varlink

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// cut returns all messages of a stream, and the error at its end.
func cut(from io.Reader, limit int) (messages []string, err error) {
	size := 0
	f := frames{from: from, limit: limit, resize: func(by int) error {
		if size += by; size > limit {
			return errors.New("the buffer is longer than the limit")
		}
		return nil
	}}
	for {
		message, err := f.next()
		if err != nil {
			if size != len(f.buffer) {
				err = errors.New("the buffer has not the size that was asked for")
			}
			if f.free(); size != 0 {
				err = errors.New("the buffer was not given back")
			}
			return messages, err
		}
		messages = append(messages, string(message))
	}
}

func TestFrames(t *testing.T) {
	long := strings.Repeat("x", 4000)
	tests := []struct {
		name, stream string
		want         []string
		err          error
	}{
		{name: "nothing", err: io.EOF},
		{name: "one", stream: "{}\x00", want: []string{"{}"}, err: io.EOF},
		{name: "several at once", stream: "a\x00b\x00\x00c\x00", want: []string{"a", "b", "", "c"}, err: io.EOF},
		{name: "no NUL", stream: "a\x00b", want: []string{"a"}, err: io.ErrUnexpectedEOF},
		{name: "long and short", stream: "a\x00" + long + "\x00b\x00", want: []string{"a", long, "b"}, err: io.EOF},
		{name: "as long as allowed", stream: strings.Repeat("x", 4999) + "\x00b\x00", want: []string{strings.Repeat("x", 4999), "b"}, err: io.EOF},
		{name: "longer", stream: "a\x00" + strings.Repeat("x", 5000) + "\x00b\x00", want: []string{"a"}, err: errTooLong},
		{name: "without end", stream: strings.Repeat("x", 100000), err: errTooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, from := range []io.Reader{
				strings.NewReader(test.stream),
				iotest.OneByteReader(strings.NewReader(test.stream)),
				iotest.HalfReader(strings.NewReader(test.stream)),
				iotest.DataErrReader(strings.NewReader(test.stream)),
			} {
				got, err := cut(from, 5000)
				if diff := cmp.Diff(test.want, got); diff != "" || !errors.Is(err, test.err) {
					t.Errorf("%T: %v, want %v: %s", from, err, test.err, diff)
				}
			}
		})
	}
}

func TestFramesRefused(t *testing.T) {
	f := frames{from: strings.NewReader(strings.Repeat("x", 5000)), limit: 5000, resize: func(by int) error {
		if by > minBuffer {
			return errNoMemory
		}
		return nil
	}}
	if _, err := f.next(); !errors.Is(err, errNoMemory) {
		t.Error(err)
	}
}

// FuzzFrames cuts any stream, which arrives in parts of any size, and compares the
// messages with bytes.Split.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("{\"method\":\"a.b\"}\x00{}\x00"), uint8(1))
	f.Add(bytes.Repeat([]byte("x"), 5000), uint8(200))
	f.Add(append(bytes.Repeat([]byte("x"), 1500), 0, 'y'), uint8(7))
	f.Fuzz(func(t *testing.T, stream []byte, part uint8) {
		const limit = 2000
		got, err := cut(&parts{stream, int(part) + 1}, limit)
		var want []string
		wantErr := io.EOF
		split := bytes.Split(stream, []byte{0})
		for i, message := range split {
			if len(message) >= limit {
				wantErr = errTooLong
				break
			}
			if i < len(split)-1 {
				want = append(want, string(message))
			} else if len(message) > 0 {
				wantErr = io.ErrUnexpectedEOF
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, wantErr) {
			t.Errorf("%v, want %v: %s", err, wantErr, diff)
		}
	})
}

// parts reads a text in parts of one size.
type parts struct {
	text []byte
	size int
}

func (p *parts) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.size)], p.text)
	p.text = p.text[n:]
	return n, nil
}

func TestParseRequest(t *testing.T) {
	tests := []struct {
		name, message string
		want          request
		malformed     bool
	}{
		{name: "a method", message: `{"method":"a.B"}`, want: request{Method: "a.B"}},
		{name: "all", message: ` { "method" : "a.B", "parameters":{"x":[1]}, "more":true, "oneway":false, "upgrade":true } `,
			want: request{Method: "a.B", Parameters: []byte(`{"x":[1]}`), More: true, Upgrade: true}},
		{name: "nulls", message: `{"method":"a.B","parameters":null,"more":null}`, want: request{Method: "a.B"}},
		{name: "nothing", malformed: true},
		{name: "no object", message: `[]`, malformed: true},
		{name: "null", message: `null`, malformed: true},
		{name: "no method", message: `{}`, malformed: true},
		{name: "the method is null", message: `{"method":null}`, malformed: true},
		{name: "the method is a number", message: `{"method":1}`, malformed: true},
		{name: "more and oneway", message: `{"method":"a.B","more":true,"oneway":true}`, malformed: true},
		{name: "another member", message: `{"method":"a.B","continues":true}`, malformed: true},
		{name: "another case", message: `{"Method":"a.B"}`, malformed: true},
		{name: "twice", message: `{"method":"a.B","method":"a.C"}`, malformed: true},
		{name: "twice, first as null", message: `{"method":null,"method":"a.C"}`, malformed: true},
		{name: "two objects", message: `{"method":"a.B"}{"method":"a.B"}`, malformed: true},
		{name: "half", message: `{"method":"a.B"`, malformed: true},
		{name: "not UTF-8", message: "{\"method\":\"a\xff\"}", malformed: true},
		{name: "nested too deep", message: `{"method":"a.B","parameters":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}", malformed: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseRequest([]byte(test.message))
			if diff := cmp.Diff(test.want, got); diff != "" || (err == errMalformed) != test.malformed || !test.malformed && err != nil {
				t.Errorf("%v: %s", err, diff)
			}
		})
	}
}

// FuzzRequest reads any message as a call, and what it takes for one once more after
// writing it.
func FuzzRequest(f *testing.F) {
	for _, message := range []string{`{"method":"a.B","parameters":{"x":[1]},"more":true}`, `{"method":null}`, `[[[[`, `{"method":"\ud800\u0000"}`, `{"method":"a","method":"b"}`} {
		f.Add([]byte(message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		first, err := parseRequest(message)
		if err != nil {
			return
		}
		written, err := frame(first, 10*len(message)+100)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(written, 0) != len(written)-1 {
			t.Errorf("NULs in %q", written)
		}
		second, err := parseRequest(written[:len(written)-1])
		if err != nil || second.Method != first.Method || second.More != first.More || second.Oneway != first.Oneway {
			t.Errorf("%+v, then %+v, %v", first, second, err)
		}
	})
}

func TestFrameIsBounded(t *testing.T) {
	text := strings.Repeat("x", 96)
	if message, err := frame(text, 99); len(message) != 99 || err != nil {
		t.Errorf("%d bytes, %v", len(message), err)
	}
	if _, err := frame(text, 98); !errors.Is(err, errTooLong) {
		t.Error(err)
	}
}
