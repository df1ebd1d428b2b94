package varlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/socket"
)

func TestCalls(t *testing.T) {
	f := serve(t, productLimits())
	c := f.dial(t)
	tests := []struct {
		name, method, parameters, want string
	}{
		{name: "parameters", method: "org.example.test.Echo", parameters: `{"text":"a\u0000<b>"}`, want: `{"text":"a\u0000\u003cb\u003e"}`},
		{name: "nested", method: "org.example.test.Echo", parameters: `{"text":"a","pair":{"left":"b","right":3}}`, want: `{"text":"a","pair":{"left":"b","right":3}}`},
		{name: "missing parameter", method: "org.example.test.Echo", parameters: `{}`, want: `org.varlink.service.InvalidParameter {"parameter":"text"}`},
		{name: "unknown parameter", method: "org.example.test.Echo", parameters: `{"text":"a","txt":"b"}`, want: `org.varlink.service.InvalidParameter {"parameter":"txt"}`},
		{name: "own error", method: "org.example.test.Fail", parameters: `{"reason":"because"}`, want: `org.example.test.Failed {"reason":"because"}`},
		{name: "no result", method: "org.example.test.Secret", want: `{}`},
		{name: "not implemented", method: "org.example.test.Later", want: `org.varlink.service.MethodNotImplemented {"method":"org.example.test.Later"}`},
		{name: "no such method", method: "org.example.test.None", want: `org.varlink.service.MethodNotFound {"method":"org.example.test.None"}`},
		{name: "no such interface", method: "org.example.None", want: `org.varlink.service.InterfaceNotFound {"interface":"org.example"}`},
		{name: "no interface", method: "Echo", want: `org.varlink.service.InterfaceNotFound {"interface":""}`},
		{name: "no name", method: "", want: `org.varlink.service.InterfaceNotFound {"interface":""}`},
		{name: "only with more", method: "org.example.test.Count", parameters: `{"last":3}`, want: `org.varlink.service.ExpectedMore`},
		{name: "info", method: "org.varlink.service.GetInfo", want: `{"interfaces":["org.example.test","org.varlink.service"],"product":"Test","url":"https://example.org","vendor":"Example","version":"1"}`},
		{name: "info has no parameters", method: "org.varlink.service.GetInfo", parameters: `{"a":1}`, want: `org.varlink.service.InvalidParameter {"parameter":"a"}`},
		{name: "no such description", method: "org.varlink.service.GetInterfaceDescription", parameters: `{"interface":"org.example"}`, want: `org.varlink.service.InterfaceNotFound {"interface":"org.example"}`},
		{name: "large", method: "org.example.test.Large", parameters: `{"bytes":1000000}`, want: `{"text":"` + strings.Repeat("x", 1000000) + `"}`},
		{name: "too large", method: "org.example.test.Large", parameters: fmt.Sprintf(`{"bytes":%d}`, MaxReply),
			want: `org.example.test.Failed {"reason":"the message is too long: 1048603 bytes, more than 1048576"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var parameters any
			if test.parameters != "" {
				parameters = json.RawMessage(test.parameters)
			}
			if got := answer(t, c, test.method, parameters); got != test.want {
				t.Errorf("got  %.300s\nwant %.300s", got, test.want)
			}
		})
	}
	for name, want := range map[string]string{"org.example.test": testInterface, "org.varlink.service": serviceDescription} {
		var out struct{ Description string }
		if err := c.Call(t.Context(), "org.varlink.service.GetInterfaceDescription", map[string]string{"interface": name}, &out); err != nil || out.Description != want {
			t.Errorf("%s: %v, %q", name, err, out.Description)
		}
	}
}

func TestServiceIsChecked(t *testing.T) {
	failed := func(error) *Error { return NewError("org.example.Failed", nil) }
	for name, service := range map[string]Service{
		"no function for errors": {},
		"no name":                {Error: failed, Interfaces: []Interface{{}}},
		"the same name twice":    {Error: failed, Interfaces: []Interface{{Name: "a.b"}, {Name: "a.b"}}},
		"a name that is taken":   {Error: failed, Interfaces: []Interface{{Name: serviceName}}},
	} {
		if _, err := NewServer(service); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// exchange sends bytes, shuts down its side, and returns all that comes back.
func exchange(t *testing.T, conn *net.UnixConn, sent string) string {
	t.Helper()
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// TestOnTheWire looks at the bytes: several calls at once, those without a reply, and
// those that end the connection.
func TestOnTheWire(t *testing.T) {
	tests := []struct {
		name, sent, want string
		refused          map[Cause]uint64
	}{
		{name: "in order", sent: `{"method":"org.example.test.Echo","parameters":{"text":"1"}}|{"method":"org.example.test.None"}|{"method":"org.example.test.Echo","parameters":{"text":"3"}}|`,
			want: `{"parameters":{"text":"1"}}|{"parameters":{"method":"org.example.test.None"},"error":"org.varlink.service.MethodNotFound"}|{"parameters":{"text":"3"}}|`},
		{name: "with more", sent: `{"method":"org.example.test.Count","parameters":{"last":2},"more":true}|{"method":"org.example.test.Secret"}|`,
			want: `{"parameters":{"n":0},"continues":true}|{"parameters":{"n":1},"continues":true}|{"parameters":{"n":2}}|{"parameters":{}}|`},
		{name: "more where there is one reply", sent: `{"method":"org.example.test.Secret","more":true}|`, want: `{"parameters":{}}|`},
		{name: "oneway", sent: `{"method":"org.example.test.Secret","oneway":true}|{"method":"org.example.test.None","oneway":true}|{"method":"org.example.test.Secret"}|`,
			want: `{"parameters":{}}|`},
		{name: "upgrade", sent: `{"method":"org.example.test.Secret","upgrade":true}|{"method":"org.example.test.Secret"}|`,
			want: `{"parameters":{"parameter":"upgrade"},"error":"org.varlink.service.InvalidParameter"}|{"parameters":{}}|`},
		{name: "parameters that are no object", sent: `{"method":"org.example.test.Echo","parameters":[1]}|`,
			want: `{"parameters":{"parameter":"parameters"},"error":"org.varlink.service.InvalidParameter"}|`},
		{name: "nothing"},
		{name: "half a call", sent: `{"method":"org.example.test.Secret"`},
		{name: "garbage", sent: `{"method":"org.example.test.Secret"}|hello|{"method":"org.example.test.Secret"}|`,
			want: `{"parameters":{}}|`, refused: map[Cause]uint64{Malformed: 1}},
		{name: "only NULs", sent: `||||`, refused: map[Cause]uint64{Malformed: 1}},
		{name: "HTTP", sent: "GET / HTTP/1.1\r\n\r\n|", refused: map[Cause]uint64{Malformed: 1}},
		{name: "nested", sent: `{"method":"org.example.test.Echo","parameters":{"text":` + strings.Repeat(`{"a":`, 5000) + strings.Repeat("}", 5001) + `}|`, refused: map[Cause]uint64{Malformed: 1}},
		{name: "nested less", sent: `{"method":"org.example.test.Echo","parameters":{"text":` + strings.Repeat(`[`, 5000) + strings.Repeat("]", 5000) + `}}|`,
			want: `{"parameters":{"parameter":"text"},"error":"org.varlink.service.InvalidParameter"}|`},
		{name: "a long name", sent: `{"method":"` + strings.Repeat("x", 60000) + `."}|`,
			want: `{"parameters":{"interface":"` + strings.Repeat("x", 60000) + `"},"error":"org.varlink.service.InterfaceNotFound"}|`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := serve(t, productLimits())
			got := exchange(t, f.raw(t), strings.ReplaceAll(test.sent, "|", "\x00"))
			if got = strings.ReplaceAll(got, "\x00", "|"); got != test.want {
				t.Errorf("got  %.300s\nwant %.300s", got, test.want)
			}
			f.stop()
			if diff := cmp.Diff(test.refused, f.Counters().Refused, cmpEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	f := serve(t, productLimits())
	want := fmt.Sprintf(`{"gid":%d,"pid":%d,"uid":%d}`, os.Getgid(), os.Getpid(), os.Getuid())
	if got := answer(t, f.dial(t), "org.example.test.Who", nil); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	other := f.dialAs(t, 4711)
	if got, want := answer(t, other, "org.example.test.Who", nil), fmt.Sprintf(`{"gid":4711,"pid":%d,"uid":4711}`, os.Getpid()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := answer(t, other, "org.example.test.Secret", nil); got != ErrPermissionDenied {
		t.Error(got)
	}
	if got := answer(t, other, "org.varlink.service.GetInfo", nil); !strings.Contains(got, "Test") {
		t.Error(got)
	}
}

// TestHangup checks that a method learns that its client has hung up, although the next
// call has been sent already, and not before.
func TestHangup(t *testing.T) {
	f := serve(t, productLimits())
	conn := f.raw(t)
	call := "{\"method\":\"org.example.test.Hold\"}\x00"
	if _, err := io.WriteString(conn, call+strings.Repeat(call, 2000)); err != nil {
		t.Fatal(err)
	}
	<-f.held
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	// The other end is alive, and waits for its reply.
	if got := answer(t, f.dial(t), "org.example.test.Secret", nil); got != "{}" {
		t.Error(got)
	}
	select {
	case <-f.released:
		t.Error("the method ended while its client waited")
	default:
	}
	conn.Close()
	<-f.released
	eventually(t, "the other calls have ended", func() bool { return f.Counters().Connections == 1 })
}

// TestEnd ends a server with clients of all kinds, and counts what is left.
func TestEnd(t *testing.T) {
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)
	f := serve(t, productLimits())
	var conns []io.Closer
	for range 5 {
		half, idle, stuck := f.raw(t), f.raw(t), f.raw(t)
		for conn, sent := range map[*net.UnixConn]string{
			half:     `{"method":"org.exam`,
			idle:     "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"a\"}}\x00",
			stuck:    strings.Repeat("{\"method\":\"org.example.test.Large\",\"parameters\":{\"bytes\":1000000}}\x00", 5),
			f.raw(t): "{\"method\":\"org.example.test.Hold\"}\x00",
			f.raw(t): "{\"method\":\"org.example.test.Watch\",\"more\":true}\x00",
		} {
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			conns = append(conns, conn)
		}
	}
	for range 10 { // the state of Watch was asked for, or Hold runs
		<-f.held
	}
	eventually(t, "all calls are under way", func() bool { return f.Counters().Requests >= 20 })
	f.stop()
	if open := f.Counters().Connections; open != 0 {
		t.Errorf("%d connections", open)
	}
	for _, conn := range conns {
		conn.Close()
	}
	if f.budget.all != 0 || f.budget.others != 0 || len(f.budget.of) != 0 {
		t.Errorf("memory that was not given back: %d, %d, %v", f.budget.all, f.budget.others, f.budget.of)
	}
	eventually(t, "goroutines and descriptors are gone", func() bool {
		return runtime.NumGoroutine() <= goroutines && openDescriptors(t) <= descriptors
	})
	if _, err := Dial(t.Context(), f.path); !errors.Is(err, unix.ECONNREFUSED) {
		t.Error(err)
	}
}

// TestInherited serves a listener that was made by another program, as by systemd.
func TestInherited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	made, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := made.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	inherited, err := net.FileListener(file)
	file.Close()
	if err != nil {
		t.Fatal(err)
	}
	server, err := NewServer(Service{Error: func(error) *Error { return &Error{Name: "org.example.Failed"} }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, inherited.(*net.UnixListener)) }()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := answer(t, c, "org.varlink.service.GetInfo", nil); !strings.Contains(got, serviceName) {
		t.Error(got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error("the socket is another program's:", err)
	}
}

// TestListenerThatFails checks that a server ends, and says so, when it cannot accept
// connections any more.
func TestListenerThatFails(t *testing.T) {
	server, err := NewServer(Service{Error: func(error) *Error { return &Error{Name: "org.example.Failed"} }})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := socket.Listen(t.Context(), filepath.Join(t.TempDir(), "s"), socket.Access{Mode: 0o600, Group: os.Getgid()})
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := server.Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if !passes(&net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", unix.EMFILE)}) || passes(net.ErrClosed) || passes(nil) {
		t.Error("no descriptors is not what passes")
	}
}
