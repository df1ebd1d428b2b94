package program

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestStream(t *testing.T) {
	needShell(t)
	long := strings.Repeat("0123456789abcdef", 1<<16) // more than pipes hold
	for _, test := range []struct {
		name, in, script, want, err string
	}{
		{"all of both", long, "cat", long, ""},
		{"nothing", "", "cat", "", ""},
		{"reads no input", long, "exec <&-; echo end", "end\n", ""},
		{"fails after some output", "", "echo some; echo why >&2; exit 3", "some\n", "why: exit status 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := Stream(t.Context(), time.Minute, strings.NewReader(test.in), "sh", "-c", test.script)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			got, err := io.ReadAll(out)
			if string(got) != test.want {
				t.Errorf("%d bytes %.40q, want %d", len(got), got, len(test.want))
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.HasSuffix(err.Error(), test.err)) {
				t.Errorf("%v, want %q", err, test.err)
			}
			if n, again := out.Read(make([]byte, 1)); n != 0 || test.err == "" && !errors.Is(again, io.EOF) {
				t.Errorf("a read after the end: %d, %v", n, again)
			}
		})
	}
	if _, err := Stream(t.Context(), time.Minute, nil, "no-such-program-of-xen"); !IsNotFound(err) {
		t.Errorf("%v, want that it is not installed", err)
	}
}

// TestStreamBrokenInput wants the input's own error where the program is
// content with what it got.
func TestStreamBrokenInput(t *testing.T) {
	needShell(t)
	broken := errors.New("broken")
	in := io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken))
	out, err := Stream(t.Context(), time.Minute, in, "cat")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if got, err := io.ReadAll(out); string(got) != "some" || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestStreamIsKilled ends programs that neither end nor close their output.
func TestStreamIsKilled(t *testing.T) {
	needShell(t)
	const stubborn = `trap "" TERM; echo $$ >"$0.new"; mv "$0.new" "$0"; echo started; exec sleep 600`
	for _, test := range []struct {
		name    string
		timeout time.Duration
		stop    func(context.CancelFunc, *Output)
		want    error
	}{
		{"too slow", 2 * time.Second, func(context.CancelFunc, *Output) {}, context.DeadlineExceeded},
		{"interrupted", time.Minute, func(cancel context.CancelFunc, _ *Output) { cancel() }, context.Canceled},
		{"closed", time.Minute, func(_ context.CancelFunc, out *Output) { out.Close() }, os.ErrClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			endless, write := io.Pipe()
			defer write.Close()
			out, err := Stream(ctx, test.timeout, endless, "sh", "-c", stubborn, file)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			line := make([]byte, len("started\n"))
			if _, err := io.ReadFull(out, line); err != nil || !bytes.Equal(line, []byte("started\n")) {
				t.Fatalf("%q, %v", line, err)
			}
			test.stop(cancel, out)
			if _, err := out.Read(line); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			process := pid(t, file)
			for range 1000 {
				if ended(process) {
					return
				}
				time.Sleep(time.Millisecond)
			}
			t.Errorf("process %d still runs", process)
		})
	}
}
