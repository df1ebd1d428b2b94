package daemon

import (
	"context"
	_ "embed"
	"os"
	"strings"

	"github.com/xenpci/xenpci/internal/daemon/metrics"
	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
	"github.com/xenpci/xenpci/pkg/pci"
)

// description is the interface in varlink's language.
//
//go:embed io.xenpci.varlink
var description string

// Names of the interface and its errors.
const (
	interfaceName = passthrough.DaemonInterface
	errFailed     = interfaceName + ".Failed"
	errOverrun    = interfaceName + ".Overrun"
)

// service is what the daemon offers over its socket.
func (d *Daemon) service() varlink.Service {
	read := func(handle func(context.Context, *varlink.Call) (any, error)) varlink.Method {
		return varlink.Method{Access: varlink.Everybody, Handle: d.afterFirstLook(handle)}
	}
	change := func(handle func(context.Context, *varlink.Call) (any, error)) varlink.Method {
		return varlink.Method{Access: varlink.RootOnly, Handle: handle}
	}
	return varlink.Service{
		Vendor: "xenpci", Product: "xenpcid", Version: passthrough.Version,
		Interfaces: []varlink.Interface{{Name: interfaceName, Description: description, Methods: map[string]varlink.Method{
			"Status":    read(d.answerStatus),
			"List":      read(d.answerList),
			"Check":     read(d.answerCheck),
			"Metrics":   read(d.answerMetrics),
			"Subscribe": {Access: varlink.Everybody, Stream: true, Handle: d.afterFirstLook(d.answerSubscribe)},
			"Reconcile": change(d.answerReconcile),
			"Reload":    change(d.answerReload),
			"Hide":      change(d.answerHide),
			"Unhide":    change(d.answerUnhide),
			"Release":   change(d.answerRelease),
		}}},
		Error: failure,
	}
}

// afterFirstLook has a method wait for the first look: a client whose connection started the
// daemon comes before it, and would be told that no device is declared.
func (d *Daemon) afterFirstLook(handle func(context.Context, *varlink.Call) (any, error)) func(context.Context, *varlink.Call) (any, error) {
	return func(ctx context.Context, call *varlink.Call) (any, error) {
		select {
		case <-d.begun:
			return handle(ctx, call)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// failure is how a client is told of an error of pkg/passthrough.
func failure(err error) *varlink.Error {
	e := passthrough.AsErrors(err)[0]
	return varlink.NewError(errFailed, struct {
		Class  passthrough.Class  `json:"class"`
		Code   passthrough.Code   `json:"code"`
		Reason string             `json:"reason"`
		Error  *passthrough.Error `json:"error"`
	}{passthrough.ClassOf(err), e.Code, err.Error(), e})
}

// devicesReply is what several methods reply.
type devicesReply struct {
	Devices []passthrough.DeclaredDevice `json:"devices"`
}

func (d *Daemon) declaredDevices() devicesReply {
	devices := d.state().Devices
	if devices == nil {
		devices = []passthrough.DeclaredDevice{}
	}
	return devicesReply{devices}
}

func (d *Daemon) answerStatus(ctx context.Context, call *varlink.Call) (any, error) {
	var in struct {
		IDs []string `json:"ids,omitempty"`
	}
	if err := call.Parameters(&in); err != nil {
		return nil, err
	}
	view := d.host.Look()
	chosen, err := view.Choose(ctx, in.IDs...)
	if err != nil {
		return nil, err
	}
	status, err := view.Status(ctx, chosen.Devices...)
	if err != nil {
		return nil, err
	}
	s := d.state()
	return passthrough.DaemonStatus{
		Version: passthrough.Version, PID: os.Getpid(), Started: d.started, Looked: s.Looked,
		Summary: summary(s.Devices), ListGood: s.ListGood, Devices: d.declaredDevices().Devices, Status: status,
	}, nil
}

func (d *Daemon) answerList(_ context.Context, call *varlink.Call) (any, error) {
	return d.declaredDevices(), call.Parameters(&struct{}{})
}

func (d *Daemon) answerCheck(ctx context.Context, call *varlink.Call) (any, error) {
	var in struct {
		IDs []string `json:"ids"`
	}
	if err := call.Parameters(&in); err != nil {
		return nil, err
	}
	view, chosen, err := d.chosen(ctx, in.IDs)
	if err != nil {
		return nil, err
	}
	names, _ := pci.OpenNames(d.host.Root()) // without them the reply has numbers
	defer names.Close()
	described, err := view.Check(ctx, names, chosen.Devices...)
	if err != nil {
		return nil, err
	}
	described.Refusals = view.Refusals(ctx, chosen.Devices, chosen.Together)
	return struct {
		passthrough.Described
		Meant []passthrough.Meant `json:"meant,omitempty"`
	}{described, chosen.Meant}, nil
}

func (d *Daemon) answerMetrics(_ context.Context, call *varlink.Call) (any, error) {
	if err := call.Parameters(&struct{}{}); err != nil {
		return nil, err
	}
	var text strings.Builder
	err := metrics.Write(&text, d.measure())
	return struct {
		Text string `json:"text"`
	}{text.String()}, err
}

// chosen returns a view and the devices that the IDs name.
func (d *Daemon) chosen(ctx context.Context, ids []string) (view *passthrough.View, chosen passthrough.Chosen, err error) {
	if len(ids) == 0 { // Choose takes that for a choice of none
		return nil, chosen, varlink.InvalidParameter("ids")
	}
	view = d.host.Look()
	chosen, err = view.Choose(ctx, ids...)
	return view, chosen, err
}
