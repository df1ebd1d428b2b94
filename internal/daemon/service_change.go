package daemon

import (
	"context"

	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// answerReconcile has the loop look now, and replies when it has.
func (d *Daemon) answerReconcile(ctx context.Context, call *varlink.Call) (any, error) {
	return d.answerAfter(ctx, call, order{})
}

// answerReload does what SIGHUP does, and replies when it is done.
func (d *Daemon) answerReload(ctx context.Context, call *varlink.Call) (any, error) {
	return d.answerAfter(ctx, call, order{reload: true})
}

func (d *Daemon) answerAfter(ctx context.Context, call *varlink.Call, o order) (any, error) {
	if err := call.Parameters(&struct{}{}); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	o.done = done
	select {
	case d.orders <- o:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-done:
		return d.declaredDevices(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// moved is what Hide, Unhide and Release reply.
type moved struct {
	Meant   []passthrough.Meant   `json:"meant,omitempty"`
	Devices []passthrough.Outcome `json:"devices"`
}

func (d *Daemon) answerHide(ctx context.Context, call *varlink.Call) (any, error) {
	var in struct {
		IDs          []string `json:"ids"`
		Name         string   `json:"name,omitempty"`
		Permissive   bool     `json:"permissive,omitempty"`
		NoQuarantine bool     `json:"no_quarantine,omitempty"`
		Force        bool     `json:"force,omitempty"`
		DryRun       bool     `json:"dry_run,omitempty"`
	}
	if err := call.Parameters(&in); err != nil {
		return nil, err
	}
	view, chosen, err := d.chosen(ctx, in.IDs)
	if err != nil {
		return nil, err
	}
	o := passthrough.HideOptions{
		Name: in.Name, Permissive: in.Permissive, NoQuarantine: in.NoQuarantine, Force: in.Force, DryRun: in.DryRun,
		Together: chosen.Together,
	}
	out, err := view.Hide(whole(ctx), chosen.Devices, o, nil)
	return d.replyMoved(chosen, out, err)
}

func (d *Daemon) answerUnhide(ctx context.Context, call *varlink.Call) (any, error) {
	var in struct {
		IDs    []string `json:"ids"`
		Driver string   `json:"driver,omitempty"`
		DryRun bool     `json:"dry_run,omitempty"`
	}
	if err := call.Parameters(&in); err != nil {
		return nil, err
	}
	return d.unhide(ctx, in.IDs, passthrough.UnhideOptions{Driver: in.Driver, DryRun: in.DryRun})
}

func (d *Daemon) answerRelease(ctx context.Context, call *varlink.Call) (any, error) {
	var in struct {
		IDs []string `json:"ids"`
	}
	if err := call.Parameters(&in); err != nil {
		return nil, err
	}
	return d.unhide(ctx, in.IDs, passthrough.UnhideOptions{})
}

func (d *Daemon) unhide(ctx context.Context, ids []string, o passthrough.UnhideOptions) (any, error) {
	if len(ids) == 0 {
		return nil, varlink.InvalidParameter("ids")
	}
	view := d.host.Look()
	chosen, err := view.ChooseHidden(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out, err := view.Unhide(whole(ctx), chosen.Devices, o, nil)
	return d.replyMoved(chosen, out, err)
}

// replyMoved replies what became of devices, with the errors of single ones in their
// outcomes, and has the loop look.
func (d *Daemon) replyMoved(chosen passthrough.Chosen, out passthrough.Moved, err error) (any, error) {
	d.look()
	if err != nil {
		return nil, err
	}
	return moved{chosen.Meant, out.Devices}, nil
}

// whole is ctx without its end: a move that has begun goes on when the client has hung up.
func whole(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
