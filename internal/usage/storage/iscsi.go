package storage

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/usage/graph"
)

// iscsiSession returns the folder of the session that a disk belongs to,
// "/sys/devices/platform/host3/session1"; "" for all others.
func iscsiSession(home string) string {
	for dir := home; dir != "/" && dir != "."; dir = path.Dir(dir) {
		number, ok := strings.CutPrefix(path.Base(dir), "session")
		if ok && number != "" && strings.Trim(number, "0123456789") == "" {
			return dir
		}
	}
	return ""
}

// target settles a disk of iSCSI in software; that of an adapter has the adapter
// in its path. The address is the one that was asked for: the kernel keeps it as
// text, whereas the address of the connection is behind a lock that is held while
// the connection is torn down (drivers/scsi/scsi_transport_iscsi.c).
func (d *disks) target(n *graph.Node, session string) {
	host := path.Dir(session)
	// "(null)" where the session was not bound to an interface.
	device, _ := d.fsys.Attribute(host + "/iscsi_host/" + path.Base(host) + "/netdev")
	files, err := d.fsys.List(session)
	slices.Sort(files)
	for _, file := range files {
		if !strings.HasPrefix(file, "connection") {
			continue
		}
		var address string
		address, err = d.fsys.Attribute(session + "/" + file + "/iscsi_connection/" + file + "/persistent_address")
		if err == nil {
			n.On = append(n.On, d.server(graph.ISCSITarget, address, device))
		}
	}
	switch {
	case n.On != nil:
	case err != nil:
		d.unknown(n, err)
	default:
		d.unknown(n, errors.New(path.Base(session)+" has no connection"))
	}
}
