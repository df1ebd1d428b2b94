package modprobe_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xenpci/xenpci/pkg/modprobe"
)

// argument is what the kernel makes of one word.
type argument struct {
	name, value string
	given       bool
}

// nextArgument goes over the bytes as the kernel's next_arg does, which ends
// words by writing NULs into the text.
func nextArgument(args []byte) (a argument, rest []byte) {
	quoted := args[0] == '"'
	if quoted {
		args = args[1:]
	}
	inside, equals, i := quoted, 0, 0
	for ; args[i] != 0; i++ {
		if blank(args[i]) && !inside {
			break
		}
		if equals == 0 && args[i] == '=' {
			equals = i
		}
		if args[i] == '"' {
			inside = !inside
		}
	}
	parameter, value, more := 0, -1, args[i] != 0
	if equals != 0 {
		args[equals] = 0
		value = equals + 1
		if args[value] == '"' {
			value++
			if args[i-1] == '"' {
				args[i-1] = 0
			}
		}
	}
	if quoted && i > 0 && args[i-1] == '"' {
		args[i-1] = 0
	}
	args[i] = 0
	rest = args[i:]
	if more {
		rest = args[i+1:]
	}
	a.name = upToNUL(args[parameter:])
	if value >= 0 {
		a.given, a.value = true, upToNUL(args[value:])
	}
	for blank(rest[0]) {
		rest = rest[1:]
	}
	return a, rest
}

func blank(c byte) bool { return strings.IndexByte(" \t\n\v\f\r\xa0", c) >= 0 }

func upToNUL(b []byte) string {
	before, _, _ := bytes.Cut(b, []byte{0})
	return string(before)
}

// FuzzOptions compares the words of a text with the kernel's way over it.
func FuzzOptions(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, line string) {
		text, _, _ = strings.Cut(text, "\x00")
		var want []argument
		rest := append([]byte(text), 0, 0)
		for blank(rest[0]) {
			rest = rest[1:]
		}
		for rest[0] != 0 {
			var a argument
			a, rest = nextArgument(rest)
			if a.name == "--" && !a.given {
				break
			}
			want = append(want, argument{modprobe.Name(a.name), a.value, a.given})
		}
		o := modprobe.SplitOptions(text)
		last := map[string]argument{}
		count := 0
		for _, p := range o.Parameters {
			last[p.Name] = argument{p.Name, p.Wins.Value, p.Wins.Given}
			count += 1 + len(p.Loses)
		}
		wins := map[string]argument{}
		for _, a := range want {
			wins[a.name] = a
		}
		if diff := cmp.Diff(wins, last, cmp.AllowUnexported(argument{})); diff != "" || count != len(want) {
			t.Fatalf("%q: %d words, and the kernel has %d: -kernel +got:\n%s", text, count, len(want), diff)
		}
		for _, d := range modprobe.ParseCommandLine(line) {
			if d.Kind == modprobe.Options && !strings.Contains(line, ".") || strings.Contains(d.Module, "-") && d.Kind == modprobe.Options && !strings.Contains(d.Module, "[") {
				t.Fatalf("%q: %+v", line, d)
			}
		}
	})
}
