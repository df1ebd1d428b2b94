package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// failedError is the daemon's error about what pkg/passthrough refused or could not do.
const failedError = passthrough.DaemonInterface + ".Failed"

// dialDaemon connects to the daemon, and warns if it is of another version.
func (a *app) dialDaemon(ctx context.Context) (*varlink.Client, error) {
	client, err := varlink.Dial(ctx, filepath.Join(a.host.Root(), passthrough.DaemonSocket))
	if err != nil {
		return nil, noDaemon(err)
	}
	var info struct {
		Version string `json:"version"`
	}
	if err := client.Call(ctx, "org.varlink.service.GetInfo", nil, &info); err != nil {
		client.Close()
		return nil, daemonError(err)
	}
	if info.Version != passthrough.Version {
		a.warn(fmt.Sprintf("xenpcid is version %s, and xenpci %s: restart the daemon", info.Version, passthrough.Version))
	}
	return client, nil
}

// overrunError is the daemon's error about a subscriber that does not keep up.
const overrunError = passthrough.DaemonInterface + ".Overrun"

// subscribe calls heard with what the daemon tells of the declared devices, until ctx ends.
// After changes that it was too slow for it subscribes again, and gets all devices first.
func (a *app) subscribe(ctx context.Context, heard func(json.RawMessage) error) error {
	for {
		overrun, err := a.subscribeOnce(ctx, heard)
		if !overrun || err != nil {
			return err
		}
		a.warn("some changes were missed")
	}
}

func (a *app) subscribeOnce(ctx context.Context, heard func(json.RawMessage) error) (overrun bool, err error) {
	client, err := a.dialDaemon(ctx)
	if err != nil {
		return false, err
	}
	defer client.Close()
	for raw, err := range client.Stream(ctx, passthrough.DaemonInterface+".Subscribe", nil) {
		var answered *varlink.Error
		switch {
		case errors.As(err, &answered) && answered.Name == overrunError:
			return true, nil
		case err != nil:
			return false, daemonError(err)
		}
		if err := heard(raw); err != nil {
			return false, err
		}
	}
	return false, nil
}

// noDaemon is the error that the daemon cannot be reached.
func noDaemon(err error) error {
	e := &passthrough.Error{Code: passthrough.CodeNoDaemon, Reason: "xenpcid does not answer: " + err.Error(), Advice: "'xenpci daemon enable' starts it now and at every boot"}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		e.Reason = "xenpcid does not run"
	case errors.Is(err, fs.ErrPermission):
		e.Code, e.Advice = passthrough.CodePermission, "be root, or a member of the group that /etc/xenpci/daemon.toml names"
	}
	return e
}

// daemonError is an error of a call: the one that the daemon had, or that it does not
// answer.
func daemonError(err error) error {
	var answered *varlink.Error
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if !errors.As(err, &answered) {
		return noDaemon(err)
	}
	var failed struct {
		Error *passthrough.Error `json:"error"`
	}
	switch answered.Name {
	case failedError:
		if json.Unmarshal(answered.Parameters, &failed) == nil && failed.Error != nil {
			return failed.Error
		}
	case varlink.ErrPermissionDenied:
		return &passthrough.Error{Code: passthrough.CodePermission, Reason: "xenpcid refuses: only root may do that"}
	case varlink.ErrMethodNotFound, varlink.ErrInterfaceNotFound, varlink.ErrInvalidParameter, varlink.ErrExpectedMore:
		return &usageError{answered}
	}
	return answered
}
