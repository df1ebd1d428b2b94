package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path"
	"strconv"
	"sync"

	"github.com/xenpci/xenpci/internal/socket"
	"github.com/xenpci/xenpci/internal/sysfs"
	"github.com/xenpci/xenpci/internal/varlink"
	"github.com/xenpci/xenpci/pkg/passthrough"
)

// serve answers clients over the socket, which systemd may have made. Without a
// socket it returns an error, and the daemon ends.
func (d *Daemon) serve(ctx context.Context, sources *sync.WaitGroup) error {
	server, err := varlink.NewServer(d.service())
	if err != nil {
		return err
	}
	listener, err := d.options.Inherited.varlink()
	if listener != nil && d.settings.Group != "" {
		d.log.Warn("group has no effect, since systemd has made the socket: add a drop-in for xenpcid.socket with SocketGroup=" + d.settings.Group + " and SocketMode=0660")
	}
	if err == nil && listener == nil {
		name := sysfs.New(d.host.Root()).Path(passthrough.DaemonSocket)
		if err = os.MkdirAll(path.Dir(name), 0o755); err == nil {
			listener, err = socket.Listen(ctx, name, d.access())
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", passthrough.DaemonSocket, err)
	}
	d.server = server
	sources.Go(func() {
		if err := server.Serve(ctx, listener); err != nil && !errors.Is(err, context.Canceled) {
			d.log.Error("no more questions are answered: " + err.Error())
		}
	})
	return nil
}

// access is who may connect: root, and the group that the settings name.
func (d *Daemon) access() socket.Access {
	only := socket.Access{Mode: 0o600}
	if d.settings.Group == "" {
		return only
	}
	group, err := user.LookupGroup(d.settings.Group)
	if err != nil {
		d.log.Warn("only root may read: " + err.Error())
		return only
	}
	number, err := strconv.Atoi(group.Gid)
	if err != nil {
		return only
	}
	return socket.Access{Mode: 0o660, Group: number}
}
