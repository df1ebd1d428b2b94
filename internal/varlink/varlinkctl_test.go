package varlink

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xenpci/xenpci/test/varlinkctl"
)

// findVarlinkctl returns systemd's client.
func findVarlinkctl(t *testing.T) varlinkctl.Program {
	t.Helper()
	program, err := varlinkctl.Installed()
	if err != nil {
		program, err = varlinkctl.Unpacked(filepath.Join("..", "..", varlinkctl.Folder))
	}
	if err != nil {
		t.Skip("no varlinkctl; go run ./test/varlinkctl/fetch unpacks one on Debian:", err)
	}
	return program
}

// TestVarlinkctl has systemd's client talk to a server. It also parses the interface's
// description.
func TestVarlinkctl(t *testing.T) {
	program := findVarlinkctl(t)
	f := serve(t, productLimits())
	tests := []struct {
		name string
		args []string // %s is the server's socket
		want []string // what is printed
		exit int
	}{
		{name: "info", args: []string{"info", "%s"}, want: []string{"Vendor: Example", "Product: Test", "Version: 1", "URL: https://example.org", "org.example.test", "org.varlink.service"}},
		{name: "interfaces", args: []string{"list-interfaces", "%s"}, want: []string{"org.example.test"}},
		{name: "introspect", args: []string{"introspect", "%s", "org.example.test"},
			want: []string{"# For tests\ninterface org.example.test", "type Pair(", "# Reply with the parameters", "method Echo(", "error Overrun"}},
		{name: "introspect the service", args: []string{"introspect", "%s", "org.varlink.service"},
			want: []string{"interface org.varlink.service", "method GetInfo()", "interfaces: []string", "error ExpectedMore()"}},
		{name: "call", args: []string{"call", "%s", "org.example.test.Echo", `{"text":"a\u00e4\"b","pair":{"left":"c","right":3}}`}, want: []string{`{"text":"aä\"b","pair":{"left":"c","right":3}}`}},
		{name: "without parameters", args: []string{"call", "%s", "org.example.test.Secret"}, want: []string{"{}"}},
		{name: "more", args: []string{"call", "--more", "%s", "org.example.test.Count", `{"last":2}`}, want: []string{`{"n":0}`, `{"n":1}`, `{"n":2}`}},
		{name: "oneway", args: []string{"call", "--oneway", "%s", "org.example.test.Echo", `{"text":"a"}`}},
		{name: "more is missing", args: []string{"call", "%s", "org.example.test.Count", `{"last":2}`}, want: []string{"org.varlink.service.ExpectedMore"}, exit: 1},
		{name: "wrong parameter", args: []string{"call", "%s", "org.example.test.Echo", `{"txt":"a"}`}, want: []string{"org.varlink.service.InvalidParameter", "txt"}, exit: 1},
		{name: "own error", args: []string{"call", "%s", "org.example.test.Fail", `{"reason":"because"}`}, want: []string{"org.example.test.Failed", "because"}, exit: 1},
		{name: "no such method", args: []string{"call", "%s", "org.example.test.None", "{}"}, want: []string{"org.varlink.service.MethodNotFound"}, exit: 1},
		{name: "large", args: []string{"call", "%s", "org.example.test.Large", `{"bytes":1000000}`}, want: []string{strings.Repeat("x", 1000000)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, exit := run(t, program, f.path, test.args)
			if exit != test.exit {
				t.Errorf("exit status %d, want %d", exit, test.exit)
			}
			rest := out
			for _, want := range test.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("no %.100q, or not in this order, in %.2000s", want, out)
				}
				rest = after
			}
		})
	}
	if refused := f.Counters().Refused; len(refused) > 0 {
		t.Error("systemd's client broke a rule:", refused)
	}
}

// run returns what the program printed, its errors included, and its exit status.
func run(t *testing.T, program varlinkctl.Program, path string, args []string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	form := "--json=off" // texts, for which it has to parse descriptions
	if args[0] == "call" {
		form = "--json=short"
	}
	line := append(program[:len(program):len(program)], "--no-pager", form)
	for _, arg := range args {
		line = append(line, strings.ReplaceAll(arg, "%s", path))
	}
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	command.Env = append(os.Environ(), "NO_COLOR=1", "LC_ALL=C.UTF-8")
	out, err := command.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}
