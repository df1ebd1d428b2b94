package storage

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/xenpci/xenpci/internal/prose"
	"github.com/xenpci/xenpci/internal/usage/graph"
)

// Where the kernel keeps what is no disk of one controller (drivers/nvme/host).
const (
	nvmeSubsystems = virtualDevices + "nvme-subsystem/"
	nvmeFabrics    = virtualDevices + "nvme-fabrics/"
)

// head settles the disk that stands for all paths to an NVMe namespace,
// "nvme0n1".
func (d *disks) head(n *graph.Node, name, home string) {
	sound, doubtful := d.paths(name, home)
	if n.On = sound; sound == nil {
		n.On = doubtful
	}
	n.Least = 1
	if n.On == nil {
		d.Unknown(graph.DiskUnknown, graph.Warn, n.Name, "cannot find a path to "+n.Name, nil)
		d.obscure = append(d.obscure, n)
	}
}

// paths returns the paths to a head, those that serve apart from those that may
// not. A head has no link to them; they are the hidden disks of the same subsystem
// and namespace, "nvme0c1n1", below their controllers.
func (d *disks) paths(name, home string) (sound, doubtful []*graph.Node) {
	for _, other := range d.names {
		if !pathOf(other, name) {
			continue
		}
		if n := d.node(other); d.serves(other) && d.traced(n) {
			sound = append(sound, n)
		} else {
			doubtful = append(doubtful, n)
		}
	}
	if sound == nil && doubtful == nil {
		return d.controllers(path.Dir(home))
	}
	return sound, doubtful
}

// pathOf reports whether a hidden disk is a path to a head: "nvme0c1n1" is one to
// "nvme0n1".
func pathOf(hidden, head string) bool {
	subsystem, namespace, ok := strings.Cut(strings.TrimPrefix(head, "nvme"), "n")
	if !ok {
		return false
	}
	controller, ok := strings.CutPrefix(hidden, "nvme"+subsystem+"c")
	if !ok {
		return false
	}
	controller, ok = strings.CutSuffix(controller, "n"+namespace)
	return ok && strings.Trim(controller, "0123456789") == ""
}

// controllers returns those of a subsystem, by the links in its folder, for a
// kernel that does not show the hidden disks.
func (d *disks) controllers(subsystem string) (sound, doubtful []*graph.Node) {
	files, _ := d.fsys.List(subsystem) // the caller notes that there are none
	slices.Sort(files)
	for _, file := range files {
		f := d.FunctionOf(d.fsys.Resolve(subsystem + "/" + file))
		if f == nil {
			continue
		}
		n := &graph.Node{Kind: graph.Controller, Name: file, On: []*graph.Node{f}}
		if d.live(subsystem + "/" + file) {
			sound = append(sound, n)
		} else {
			doubtful = append(doubtful, n)
		}
	}
	return sound, doubtful
}

// remote settles a path to a namespace in another machine, by the folder of its
// controller. Its address is "traddr=192.0.2.1,trsvcid=4420,host_iface=eth0",
// with what was asked for when it was connected.
func (d *disks) remote(n *graph.Node, controller string) {
	transport, err := d.fsys.Attribute(controller + "/transport")
	address := ""
	if err == nil {
		address, err = d.fsys.Attribute(controller + "/address")
	}
	if err != nil {
		d.unknown(n, err)
		return
	}
	host := option(address, "traddr")
	switch {
	case transport == "fc":
		d.fibre(n, option(address, "host_traddr"))
	case host == "":
		d.unknown(n, nil)
	default:
		n.On = []*graph.Node{d.server(graph.NVMeTarget, host, option(address, "host_iface"))}
	}
}

// fibre settles a path by Fibre Channel: an adapter is known by the name of its
// port, "nn-0x20000024ff7f1234:pn-0x21000024ff7f1234" in the path's address.
func (d *disks) fibre(n *graph.Node, from string) {
	_, port, _ := strings.Cut(from, ":pn-")
	const hosts = "/sys/class/fc_host"
	names, _ := d.fsys.List(hosts)
	for _, name := range names {
		own, err := d.fsys.Attribute(hosts + "/" + name + "/port_name")
		if f := d.FunctionOf(d.fsys.Resolve(hosts + "/" + name)); err == nil && own == port && f != nil {
			n.On = []*graph.Node{f}
			return
		}
	}
	d.unknown(n, errors.New("no Fibre Channel adapter has the port "+prose.Printable(port)))
}
