//go:build xen

package dom0

import (
	"path/filepath"
	"testing"
)

// The two ends of the wire between near and far, which another network name
// space has.
const (
	here  = "192.0.2.2"
	there = "192.0.2.1"
)

// Networks put together in all ways, and disks that come over one: whichever
// card is needed is refused with its chain, and one beside them is free.
func TestChainsOfNetworks(t *testing.T) {
	must(t, "modprobe", "-a", "8021q", "macvlan")
	wire := interfaceOf(t, near)
	peer(t)
	overNVMe, overNBD := nvmeTarget(t), nbdServer(t)
	mount(t, format(t, "/dev/"+overNVMe), "/mnt/nvme")
	mount(t, format(t, "/dev/"+overNBD), "/mnt/nbd")
	overISCSI := iscsiTarget(t)
	mount(t, format(t, "/dev/"+overISCSI), "/mnt/iscsi")
	nfsServer(t)
	login(t)

	vlan, onTag := interfaceOf(t, tagged)+".7", interfaceOf(t, tagged)
	must(t, "ip", "link", "add", "link", onTag, "name", vlan, "type", "vlan", "id", "7")
	wayOut(t, "198.51.100", "100", vlan, onTag)
	onParent := interfaceOf(t, parent)
	must(t, "ip", "link", "add", "link", onParent, "name", "mac0", "type", "macvlan", "mode", "bridge")
	wayOut(t, "203.0.113", "200", "mac0", onParent)
	ofTeam := interfaceOf(t, teamed)
	must(t, "ip", "link", "add", "team0", "type", "team")
	must(t, "ip", "link", "set", ofTeam, "down")
	must(t, "ip", "link", "set", ofTeam, "master", "team0")
	wayOut(t, "198.18.0", "300", "team0", ofTeam)
	port, port2 := interfaceOf(t, switched), interfaceOf(t, switched2)
	openSwitch(t, port, port2)
	wayOut(t, "198.18.1", "400", "ovsbr0", port)

	way := ", on " + wire + ", on " + near
	wantHeld(t, []held{
		{"over the wire", near, "refuse", []string{
			"/mnt/nvme is on " + overNVMe + ", on nvme",
			"/mnt/nbd is on nbd0, on the NBD server " + there + way,
			"/mnt/iscsi is on " + overISCSI + ", on the iSCSI target " + there + way,
			"/mnt/nfs is on the NFS server " + there + way,
			"the SSH session from " + there + " is on " + wire + ", on " + near,
		}},
		{"VLAN", tagged, "refuse", []string{"the default route (metric 100) is on VLAN " + vlan + ", on " + onTag + ", on " + tagged}},
		{"macvlan", parent, "refuse", []string{"the default route (metric 200) is on mac0, on " + onParent + ", on " + parent}},
		{"team", teamed, "refuse", []string{"the default route (metric 300) is on team0, on " + ofTeam + ", on " + teamed}},
		// The bridge has a MAC address of its own: any port may be the one.
		{"Open vSwitch", switched, "refuse", []string{"the default route (metric 400) is on ovsbr0, on Open vSwitch, on " + port + ", on " + switched}},
		{"its other port", switched2, "refuse", []string{"the default route (metric 400) is on ovsbr0, on Open vSwitch, on " + port2 + ", on " + switched2}},
		{"another namespace", far, "warn", []string{"another network namespace"}},
		{"free", spareCard, "", nil},
	})
	captured(t, "guard-networks")
}

// wayOut gives an interface an address and a default route, and sets it and what
// it is on up.
func wayOut(t *testing.T, network, metric, name, below string) {
	t.Helper()
	must(t, "ip", "link", "set", below, "up")
	must(t, "ip", "link", "set", name, "up")
	must(t, "ip", "addr", "add", network+".2/24", "dev", name)
	must(t, "ip", "route", "add", "default", "via", network+".1", "dev", name, "metric", metric, "onlink")
}

// openSwitch starts Open vSwitch, with the bridge ovsbr0 on two cards.
func openSwitch(t *testing.T, ports ...string) {
	t.Helper()
	daemon := switchDaemon(t)
	must(t, "modprobe", "openvswitch")
	must(t, "mkdir", "-p", "/run/openvswitch", "/etc/openvswitch", "/var/log/openvswitch", "/var/lib/openvswitch")
	must(t, "ovsdb-tool", "create", "/etc/openvswitch/conf.db", "/usr/share/openvswitch/vswitch.ovsschema")
	must(t, "ovsdb-server", "/etc/openvswitch/conf.db", "--remote=punix:/run/openvswitch/db.sock", "--pidfile", "--detach", "--no-chdir", "--log-file")
	must(t, "ovs-vsctl", "--no-wait", "init")
	must(t, daemon, "--pidfile", "--detach", "--no-chdir", "--log-file")
	must(t, "ovs-vsctl", "--timeout=60", "add-br", "ovsbr0")
	for _, port := range ports {
		must(t, "ovs-vsctl", "--timeout=60", "add-port", "ovsbr0", port)
		must(t, "ip", "link", "set", port, "up")
	}
}

// switchDaemon returns the file of Open vSwitch's daemon. Debian 11 has two builds of it, and its
// package makes links to the libraries of one when it is installed, which it is not here.
func switchDaemon(t *testing.T) string {
	t.Helper()
	const build = "/usr/lib/openvswitch-common/"
	libraries, err := filepath.Glob(build + "*.so.*")
	if err != nil {
		t.Fatal(err)
	}
	if len(libraries) == 0 {
		return "/usr/lib/openvswitch-switch/ovs-vswitchd"
	}
	for _, library := range libraries {
		must(t, "ln", "-s", library, "/usr/lib/x86_64-linux-gnu/"+filepath.Base(library))
	}
	return build + "ovs-vswitchd"
}
