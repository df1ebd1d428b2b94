//go:build xen

package dom0

import "testing"

// What a running guest has of dom0's disks and cards is needed, and no longer
// when it has ended.
func TestChainsOfGuests(t *testing.T) {
	must(t, "modprobe", "-a", "virtio_blk", "bridge", "xen-blkback", "xen-netback")
	volume, card := volumeFor(t, diskBehind(t, guests)), interfaceOf(t, bridged)
	must(t, "ip", "link", "add", "xenbr0", "type", "bridge")
	t.Cleanup(func() { run(t, "ip", "link", "del", "xenbr0") })
	mustWrite(t, "/proc/sys/net/ipv6/conf/xenbr0/accept_ra", "0") // QEMU announces a router, which would make the card needed
	must(t, "ip", "link", "set", card, "master", "xenbr0")
	must(t, "ip", "link", "set", card, "up")
	must(t, "ip", "link", "set", "xenbr0", "up")
	guest := startTenant(t, "owner", "disk = [ \"phy:"+volume+",xvda,w\" ]", "vif = [ \"bridge=xenbr0\" ]")
	wantHeld(t, []held{
		{"disk", guests, "refuse", []string{"disk xvda of guest " + guest + " is on vg1-guest, on vd"}},
		{"network", bridged, "refuse", []string{"the network of guest " + guest + " (vif" + guest + ".0) is on bridge xenbr0, on " + card + ", on " + bridged}},
		{"free disk", spareDisk, "", nil},
		{"free card", spareCard, "", nil},
	})
	captured(t, "guard-guests")
	destroyGuest(t, "owner")
	for _, v := range verdicts(t) {
		if (v.Address == guests || v.Address == bridged) && v.Hide.Verdict == "refused" {
			t.Errorf("the guest has ended, and %s is refused: %q", v.Address, v.Findings)
		}
	}
}

// volumeFor makes a volume of LVM for a guest, and returns its device.
func volumeFor(t *testing.T, disk string) string {
	t.Helper()
	must(t, "modprobe", "dm_mod")
	lvm(t, "pvcreate", "/dev/"+disk)
	lvm(t, "vgcreate", "vg1", "/dev/"+disk)
	lvm(t, "lvcreate", "--name", "guest", "--size", "32M", "vg1")
	t.Cleanup(func() { lvm(t, "vgchange", "--activate", "n", "vg1") })
	return "/dev/mapper/vg1-guest"
}
