package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/xenpci/xenpci/internal/engine"
	"github.com/xenpci/xenpci/internal/engine/enginetest"
	"github.com/xenpci/xenpci/internal/fakekernel"
	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// running is a daemon on a fake kernel.
type running struct {
	t      *testing.T
	kernel *fakekernel.Host
	reload chan struct{}
	log    *lines
	stop   func() error // ends it, and returns what Run returned
}

// lines is a log that several goroutines write and read.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start starts a daemon, and waits for its first look.
func start(t *testing.T, archive, list string) *running {
	t.Helper()
	r := &running{t: t, kernel: fakekernel.Unpack(t, archive), reload: make(chan struct{}, 1), log: &lines{}}
	r.write("/etc/xenpci/devices.toml", list)
	r.run()
	return r
}

func (r *running) run() {
	r.t.Helper()
	ready, ended := r.begin()
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		r.t.Fatal("it ended: ", err, r.log)
	case <-time.After(patience):
		r.t.Fatal("it is not ready: ", r.log)
	}
}

// begin starts the daemon. ready is closed after its first look.
func (r *running) begin() (ready chan struct{}, ended chan error) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(engine.WithWays(context.WithoutCancel(r.t.Context()), enginetest.Ways(r.kernel)))
	ready, ended = make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{
			Root: r.kernel.Root, Log: slog.New(slog.NewTextHandler(r.log, nil)), Reload: r.reload, Ready: func() { close(ready) },
		})
	}()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	r.t.Cleanup(func() {
		if err := r.stop(); err != nil {
			r.t.Error(err)
		}
	})
	return ready, ended
}

func (r *running) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.kernel.Root, name)
	must(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(r.t, os.WriteFile(path, []byte(text), 0o644))
}

func (r *running) dial() *varlink.Client {
	r.t.Helper()
	client, err := varlink.Dial(r.t.Context(), filepath.Join(r.kernel.Root, passthrough.DaemonSocket))
	must(r.t, err)
	r.t.Cleanup(func() { client.Close() })
	return client
}

// call calls a method, and returns its reply's devices in a few words.
func (r *running) call(method string, parameters any) []string {
	r.t.Helper()
	var out struct {
		Devices []struct {
			Device, Outcome string
			State           any // of a moved device it is that of pciback
		}
	}
	must(r.t, r.dial().Call(r.t.Context(), interfaceName+"."+method, parameters, &out))
	all := []string{}
	for _, d := range out.Devices {
		state, _ := d.State.(string)
		all = append(all, strings.Join(strings.Fields(d.Device+" "+state+" "+d.Outcome), " "))
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const lan = "0000:00:09.0" // a card of the machine that dom0 does not need

func declares(addresses ...string) (list string) {
	for _, a := range addresses {
		list += "[[device]]\naddress = \"" + a + "\"\n"
	}
	return list
}

// TestDay is a day of a daemon: it hides what is declared, hears of an edit,
// leaves alone what somebody gives back, and tells all of it.
func TestDay(t *testing.T) {
	r := start(t, "qemu", declares(lan))
	same(t, []string{lan + " hidden"}, r.call("List", nil))

	heard, stop := r.subscribe()
	defer stop()
	same(t, "1 devices", heard())

	same(t, []string{lan + " done"}, r.call("Unhide", map[string]any{"ids": []string{"00:09.0"}}))
	same(t, lan+" hidden -> given_back", heard())
	same(t, []string{lan + " given_back"}, r.call("Reconcile", nil))

	r.reload <- struct{}{}
	same(t, lan+" given_back -> in_dom0", heard())
	same(t, lan+" in_dom0 -> hidden", heard())

	r.write("/etc/xenpci/devices.toml", declares(lan, "0000:00:0a.0"))
	same(t, "0000:00:0a.0 -> in_dom0", heard())
	same(t, "0000:00:0a.0 in_dom0 -> hidden", heard())

	r.write("/etc/xenpci/devices.toml", declares("0000:00:0a.0"))
	same(t, lan+" hidden -> gone", heard())

	same(t, []string{lan + " done"}, r.call("Release", map[string]any{"ids": []string{lan}}))
	same(t, []string{lan + " done"}, r.call("Hide", map[string]any{"ids": []string{lan}}))
	same(t, []string{"0000:00:0a.0 hidden"}, r.call("List", nil))
}

// TestNames calls the daemon with names: the replies have what was meant.
func TestNames(t *testing.T) {
	r := start(t, "qemu", "")
	for _, test := range []struct{ method, id, want string }{
		{"Check", "eth1", "interface 0000:00:0a.0"},
		{"Hide", "eth1", "interface 0000:00:0a.0"},
		{"Unhide", "eth1", "former 0000:00:0a.0"},
		{"Hide", "00:0a.0", ""},
		{"Release", "00:0a.0", ""},
	} {
		var reply struct {
			Meant   []passthrough.Meant `json:"meant"`
			Devices []any               `json:"devices"`
		}
		must(t, r.dial().Call(t.Context(), interfaceName+"."+test.method, map[string]any{"ids": []string{test.id}}, &reply))
		got := ""
		for _, m := range reply.Meant {
			got += string(m.By) + " " + m.Devices[0].Device.String()
		}
		if got != test.want || len(reply.Devices) != 1 {
			t.Errorf("%s %s: %q, %d devices; want %q", test.method, test.id, got, len(reply.Devices), test.want)
		}
	}
}

// TestFirstLook asks a daemon that has not looked yet: it answers after its first look,
// which waits for its turn here. With socket activation, a client comes first.
func TestFirstLook(t *testing.T) {
	r := &running{t: t, kernel: fakekernel.Unpack(t, "qemu"), reload: make(chan struct{}, 1), log: &lines{}}
	r.write("/etc/xenpci/devices.toml", declares(lan))
	r.write("/run/xenpci/lock", "")
	turn, err := os.OpenFile(filepath.Join(r.kernel.Root, "/run/xenpci/lock"), os.O_RDWR, 0)
	must(t, err)
	defer turn.Close()
	must(t, unix.Flock(int(turn.Fd()), unix.LOCK_EX))
	r.begin()
	for r.serves() != nil {
		time.Sleep(time.Millisecond)
	}
	answers := make(chan []string)
	for _, method := range []string{"List", "Status"} {
		go func() { answers <- r.call(method, nil) }()
	}
	heard, stop := r.subscribe()
	defer stop()
	must(t, r.serves())
	must(t, unix.Flock(int(turn.Fd()), unix.LOCK_UN))
	for range 2 {
		same(t, []string{lan + " hidden"}, <-answers)
	}
	same(t, "1 devices", heard())
}

// serves asks the daemon what does not depend on the devices.
func (r *running) serves() error {
	client, err := varlink.Dial(r.t.Context(), filepath.Join(r.kernel.Root, passthrough.DaemonSocket))
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Call(r.t.Context(), "org.varlink.service.GetInfo", nil, &struct{}{})
}

// subscribe returns a function that waits for the next change, in a few words.
func (r *running) subscribe() (heard func() string, stop func()) {
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	replies := make(chan string)
	go func() {
		defer close(replies)
		client, err := varlink.Dial(ctx, filepath.Join(r.kernel.Root, passthrough.DaemonSocket))
		if err != nil {
			replies <- err.Error()
			return
		}
		defer client.Close()
		for raw, err := range client.Stream(ctx, interfaceName+".Subscribe", nil) {
			text := ""
			var n passthrough.DaemonNews
			switch {
			case err != nil:
				text = err.Error()
			case json.Unmarshal(raw, &n) != nil:
				text = string(raw)
			case n.Change == nil:
				text = string(rune('0'+len(n.Devices))) + " devices"
			case n.Change.Gone:
				text = n.Change.Device.String() + " " + string(n.Change.Was) + " -> gone"
			default:
				text = strings.Join(strings.Fields(n.Change.Device.String()+" "+string(n.Change.Was)+" -> "+string(n.Change.State)), " ")
			}
			select {
			case replies <- text:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() string { return <-replies }, cancel
}

func TestStatus(t *testing.T) {
	r := start(t, "qemu", declares(lan, "0000:07:00.0"))
	var status passthrough.DaemonStatus
	must(t, r.dial().Call(t.Context(), interfaceName+".Status", nil, &status))
	same(t, []any{passthrough.Version, os.Getpid(), "1 hidden, 1 absent", true, 2},
		[]any{status.Version, status.PID, status.Summary, status.ListGood, len(status.Devices)})
	if len(status.Status.Devices) == 0 || !status.Status.Devices[0].Hidden() {
		t.Errorf("the status is that of xenpci status: %+v", status.Status)
	}
}

func TestRefusals(t *testing.T) {
	r := start(t, "qemu", "")
	for _, test := range []struct {
		method     string
		parameters any
		want       string // in the error
	}{
		{"Hide", nil, "InvalidParameter"},
		{"Hide", map[string]any{"ids": []string{}}, "InvalidParameter"},
		{"Hide", map[string]any{"ids": []string{lan}, "froce": true}, "froce"},
		{"Hide", map[string]any{"ids": []string{"1f:00.0"}}, "no_device"},
		{"Hide", map[string]any{"ids": []string{"wan"}}, "no_device"},
		{"Hide", map[string]any{"ids": []string{"00:09:0"}}, "bad_id"},
		{"Unhide", map[string]any{}, "InvalidParameter"},
		{"Unhide", map[string]any{"ids": []string{lan}, "driver": "a/b"}, "bad_option"},
		{"Release", map[string]any{"ids": []string{}}, "InvalidParameter"},
		{"Check", map[string]any{"ids": []string{}}, "InvalidParameter"},
		{"Reconcile", map[string]any{"now": true}, "InvalidParameter"},
		{"Subscribe", nil, "ExpectedMore"},
		{"Sub", nil, "MethodNotFound"},
	} {
		t.Run(test.method, func(t *testing.T) {
			err := r.dial().Call(t.Context(), interfaceName+"."+test.method, test.parameters, nil)
			var answered *varlink.Error
			if !errors.As(err, &answered) || !strings.Contains(answered.Error(), test.want) {
				t.Errorf("%v, and %q is wanted", err, test.want)
			}
		})
	}
}

func TestOnlyOne(t *testing.T) {
	r := start(t, "qemu", "")
	err := Run(t.Context(), Options{Root: r.kernel.Root, Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, ErrRuns) {
		t.Error(err)
	}
	must(t, r.stop())
	r.run() // the lock went with the first
}

// TestRestart ends a daemon and starts it again: nothing is done a second time, and what
// was given back while none ran stays so.
func TestRestart(t *testing.T) {
	r := start(t, "qemu", declares(lan, "0000:00:0a.0"))
	must(t, r.stop())
	before := len(r.kernel.Writes())
	r.run()
	same(t, []string{lan + " hidden", "0000:00:0a.0 hidden"}, r.call("List", nil))
	if writes := r.kernel.Writes()[before:]; len(writes) > 0 {
		t.Errorf("it wrote again: %v", writes)
	}
	must(t, r.stop())
	must(t, r.kernel.Write("/sys/bus/pci/drivers/pciback/unbind", lan))
	must(t, r.kernel.Write("/sys/bus/pci/drivers/pciback/remove_slot", lan))
	r.run()
	same(t, []string{lan + " given_back", "0000:00:0a.0 hidden"}, r.call("List", nil))
}

func TestTextfile(t *testing.T) {
	r := start(t, "qemu", declares(lan))
	folder := t.TempDir()
	// The settings name a folder below the root.
	within := strings.TrimPrefix(folder, r.kernel.Root)
	must(t, os.MkdirAll(filepath.Join(r.kernel.Root, within), 0o755))
	heard, stop := r.subscribe()
	defer stop()
	heard()
	r.write("/etc/xenpci/daemon.toml", "textfile = \""+within+"\"\n")
	name := filepath.Join(r.kernel.Root, within, textfile)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(name)
		if err == nil {
			for _, want := range []string{
				"xenpci_build_info{version=\"" + passthrough.Version + "\"} 1\n", "xenpci_pciback_loaded 1\n", "xenpci_config_last_reload_successful 1\n",
				"xenpci_device_state{name=\"" + lan + "\",state=\"hidden\"} 1\n", "xenpci_device_state{name=\"" + lan + "\",state=\"absent\"} 0\n",
				"xenpci_pending_writes 0\n", "xenpci_requests_total ",
			} {
				if !strings.Contains(string(text), want) {
					t.Errorf("%q is not in %s", want, text)
				}
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no metrics: ", err, r.log)
		}
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o644 {
		t.Error(info, err)
	}
}
