//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// peer gives the far end of the wire to another network name space, which thus
// is another machine, and both ends their addresses.
func peer(t *testing.T) {
	t.Helper()
	// What a distribution has besides: no server of names is asked.
	for file, text := range map[string]string{
		"/etc/nsswitch.conf": "hosts: files\nservices: files\n", "/etc/hosts": "127.0.0.1 localhost\n" + there + " there\n" + here + " here\n",
		"/etc/services": "nfs 2049/tcp\n", "/etc/protocols": "tcp 6 TCP\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	name := interfaceOf(t, far)
	must(t, "ip", "netns", "add", "peer")
	must(t, "ip", "link", "set", name, "netns", "peer")
	inPeer(t, "ip", "link", "set", "lo", "up")
	inPeer(t, "ip", "link", "set", name, "up")
	inPeer(t, "ip", "addr", "add", there+"/24", "dev", name)
	wire := interfaceOf(t, near)
	must(t, "ip", "link", "set", wire, "up")
	must(t, "ip", "addr", "add", here+"/24", "dev", wire)
	eventually(t, "an answer of the peer", 30*time.Second, func() bool {
		return run(t, "ping", "-c", "1", "-W", "1", there).status == 0
	})
	must(t, "modprobe", "brd", "rd_nr=2", "rd_size=32768")
	mountAs(t, "configfs", "configfs", "/config", "")
}

// inPeer runs a command there.
func inPeer(t *testing.T, args ...string) result {
	t.Helper()
	return must(t, append([]string{"nsenter", "--net=/run/netns/peer"}, args...)...)
}

// configure makes folders and writes values below a folder of configfs.
func configure(t *testing.T, folder string, values ...string) {
	t.Helper()
	for _, value := range values {
		file, content, isFile := strings.Cut(value, "=")
		name := filepath.Join(folder, file)
		if isFile {
			mustWrite(t, name, content)
		} else if err := os.Mkdir(name, 0o755); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
	}
}

// blockNames are all disks.
func blockNames() (names []string) {
	links, _ := filepath.Glob("/sys/class/block/*")
	for _, link := range links {
		if _, err := os.Stat(link + "/hidden"); err == nil {
			if hidden, _ := os.ReadFile(link + "/hidden"); strings.TrimSpace(string(hidden)) == "1" {
				continue
			}
		}
		names = append(names, filepath.Base(link))
	}
	return names
}

// newDisk returns the disk that is there and was not before.
func newDisk(t *testing.T, before []string) (name string) {
	t.Helper()
	eventually(t, "a disk over the network", waitOfDisk, func() bool {
		for _, now := range blockNames() {
			if !slices.Contains(before, now) {
				name = now
			}
		}
		return name != ""
	})
	return name
}

// nvmeTarget serves a disk over NVMe and TCP, connects to it, and returns it.
func nvmeTarget(t *testing.T) string {
	t.Helper()
	must(t, "modprobe", "-a", "nvmet-tcp", "nvme-tcp")
	const nvmet, nqn = "/config/nvmet/", "nqn.2026-01.test:far"
	configure(t, nvmet+"subsystems/"+nqn, "", "attr_allow_any_host=1", "namespaces/1", "namespaces/1/device_path=/dev/ram0", "namespaces/1/enable=1")
	configure(t, nvmet+"ports/1", "", "addr_trtype=tcp", "addr_adrfam=ipv4", "addr_traddr="+there, "addr_trsvcid=4420")
	inPeer(t, "ln", "-s", nvmet+"subsystems/"+nqn, nvmet+"ports/1/subsystems/"+nqn)
	before := blockNames()
	connect, err := os.OpenFile("/dev/nvme-fabrics", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer connect.Close()
	if _, err := connect.WriteString("transport=tcp,traddr=" + there + ",trsvcid=4420,keep_alive_tmo=120,nqn=" + nqn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ends, _ := filepath.Glob("/sys/devices/virtual/nvme-fabrics/ctl/nvme*/delete_controller")
		for _, end := range ends {
			mustWrite(t, end, "1")
		}
	})
	return newDisk(t, before)
}

// nbdServer serves a disk as a network block device, and connects to it.
func nbdServer(t *testing.T) string {
	t.Helper()
	must(t, "modprobe", "nbd", "nbds_max=1")
	const config, image = "/run/nbd.conf", "/run/nbd.img"
	write := func(name string, content []byte) {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const size = 32 << 20
	write(image, make([]byte, size))
	write(config, []byte("[generic]\n[export]\nexportname = "+image+"\n"))
	inPeer(t, "nbd-server", "-C", config)
	must(t, "nbd-client", there, "10809", "/dev/nbd0", "-N", "export")
	t.Cleanup(func() { must(t, "nbd-client", "-d", "/dev/nbd0") })
	return "nbd0"
}

// iscsiTarget serves a disk over iSCSI, logs in to it, and returns it. The
// session stays to the end of the machine.
func iscsiTarget(t *testing.T) string {
	t.Helper()
	must(t, "modprobe", "-a", "iscsi_target_mod", "target_core_iblock", "iscsi_tcp", "sd_mod")
	const target, iqn, portal = "/config/target/", "iqn.2026-01.test.far:disk", "iscsi/iqn.2026-01.test.far:disk/tpgt_1"
	configure(t, target, "core/iblock_0", "core/iblock_0/ram1", "core/iblock_0/ram1/control=udev_path=/dev/ram1", "core/iblock_0/ram1/enable=1",
		"iscsi", "iscsi/"+iqn, portal, portal+"/lun/lun_0")
	must(t, "ln", "-s", target+"core/iblock_0/ram1", target+portal+"/lun/lun_0/disk")
	configure(t, target+portal, "attrib/authentication=0", "attrib/demo_mode_write_protect=0", "attrib/generate_node_acls=1", "attrib/cache_dynamic_acls=1")
	inPeer(t, "mkdir", target+portal+"/np/"+there+":3260")
	configure(t, target+portal, "enable=1")
	before := blockNames()
	must(t, "iscsistart", "-i", "iqn.2026-01.test.near:me", "-t", iqn, "-g", "1", "-a", there)
	return newDisk(t, before)
}

// nfsServer serves files and mounts them.
func nfsServer(t *testing.T) {
	t.Helper()
	must(t, "modprobe", "-a", "nfsd", "nfsv4")
	must(t, "mkdir", "-p", "/srv/exported", "/var/lib/nfs/v4recovery", "/mnt/nfs")
	mountAs(t, "tmpfs", "exported", "/srv/exported", "")
	if err := os.WriteFile("/etc/exports", []byte("/srv/exported "+here+"(rw,fsid=0,no_root_squash,insecure,no_subtree_check)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	inPeer(t, "mount", "-t", "nfsd", "nfsd", "/proc/fs/nfsd")
	t.Cleanup(func() { run(t, "umount", "/proc/fs/nfsd") })
	inPeer(t, "rpc.nfsd", "-N", "3", "-G", "10", "-L", "10", "1")
	t.Cleanup(func() { run(t, "nsenter", "--net=/run/netns/peer", "rpc.nfsd", "0") })
	must(t, "touch", "/var/lib/nfs/etab") // a later exportfs does not make it
	inPeer(t, "exportfs", "-a")
	inPeer(t, "rpc.mountd", "-N", "2", "-N", "3")
	options := "vers=4.2,addr=" + there + ",clientaddr=" + here
	if err := syscall.Mount(there+":/", "/mnt/nfs", "nfs4", 0, options); err != nil {
		t.Fatalf("%s:/: %v", there, err)
	}
	t.Cleanup(func() { must(t, "umount", "/mnt/nfs") })
}

// login has the peer log in over SSH, at a port that only the daemon knows.
func login(t *testing.T) {
	t.Helper()
	const port, hostKey, key, arrived = "2222", "/run/host.key", "/run/user.key", "/run/arrived"
	must(t, "mkdir", "-p", "-m", "700", "/root/.ssh")
	must(t, "dropbearkey", "-t", "ed25519", "-f", hostKey)
	for line := range strings.Lines(must(t, "dropbearkey", "-t", "ed25519", "-f", key).stdout) {
		if strings.HasPrefix(line, "ssh-") {
			if err := os.WriteFile("/root/.ssh/authorized_keys", []byte(line), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	must(t, "dropbear", "-r", hostKey, "-p", port, "-P", "/run/dropbear.pid")
	must(t, "sh", "-c", "nsenter --net=/run/netns/peer -- dbclient -y -y -i "+key+" -p "+port+" root@"+here+
		" 'touch "+arrived+"; sleep 1000' </dev/null >/run/login.log 2>&1 &")
	t.Cleanup(func() {
		if t.Failed() {
			run(t, "cat", "/run/login.log")
		}
	})
	eventually(t, "a login", 60*time.Second, func() bool {
		_, err := os.Stat(arrived)
		return err == nil
	})
}
