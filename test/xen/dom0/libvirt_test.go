//go:build xen

package dom0

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// behindPort is a card behind a root port, whose reset resets it alone.
const behindPort = "0000:04:00.0"

// libvirt takes a card from dom0 for its guest (managed='yes'), and gives it back when the guest
// ends. Then the card has its driver, and is still in Xen's quarantine: unhide cures that.
func TestLibvirtManaged(t *testing.T) {
	begin(t, behindPort)
	startLibvirt(t)
	t.Cleanup(func() {
		if run(t, "xl", "domid", "managed").status == 0 {
			destroyGuest(t, "managed")
		}
		if t.Failed() {
			t.Logf("the guest's console:\n%s", said("managed"))
		}
	})
	must(t, virsh("create", managed(t, behindPort))...)
	awaitAddress(t, "managed", guestPatience, 1)
	wantTenants(t, map[string]string{behindPort: "managed"})
	wantHidden(t, behindPort)
	says(t, xenpci(t, refused, "unhide", behindPort).stderr, "managed", behindPort)

	must(t, virsh("destroy", "managed")...)
	awaitEnd(t, "managed")
	eventually(t, "libvirt has given the card back", time.Minute, func() bool { return driver(behindPort) == native[behindPort] })
	wantTenants(t, nil)
	wantNoNetwork(t, behindPort)
	xenpci(t, done, "unhide", behindPort)
	wantHome(t, behindPort)
	wantNetwork(t, behindPort)
}

// libvirt starts no guest with a card that it cannot reset, as check says. It leaves the card
// where it was, and one that was in dom0 has a slot then, which unhide removes.
func TestLibvirtReset(t *testing.T) {
	begin(t, card)
	startLibvirt(t)
	says(t, xenpci(t, done, "check", card).stdout, "it cannot be reset", "libvirt starts no guest with it")
	for _, hidden := range []bool{false, true} {
		if hidden {
			xenpci(t, done, "hide", card)
		}
		r := run(t, virsh("create", managed(t, card))...)
		if r.status == 0 {
			must(t, virsh("destroy", "managed")...)
			t.Error("libvirt has started a guest with a card that it cannot reset")
		}
		says(t, r.stderr, "Unable to reset PCI device "+card)
		wantTenants(t, nil)
		if hidden {
			wantHidden(t, card)
		} else {
			says(t, xenpci(t, done, "status").stdout, "in dom0, registered")
		}
		xenpci(t, done, "unhide", card)
		wantHome(t, card)
		wantNetwork(t, card)
	}
}

// managed writes the configuration of a guest of libvirt's that has the device.
func managed(t *testing.T, address string) (file string) {
	t.Helper()
	var domain, bus, slot, function int
	if _, err := fmt.Sscanf(address, "%x:%x:%x.%x", &domain, &bus, &slot, &function); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "managed.xml")
	if err := os.WriteFile(file, fmt.Appendf(nil, managedGuest, domain, bus, slot, function), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

const managedGuest = `<domain type='xen'>
  <name>managed</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/guest/vmlinuz</kernel>
    <initrd>/guest/initramfs</initrd>
    <cmdline>console=hvc0 loglevel=4</cmdline>
  </os>
  <devices>
    <console type='pty'><target type='xen' port='0'/></console>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='%#04x' bus='%#02x' slot='%#02x' function='%#x'/></source>
    </hostdev>
  </devices>
</domain>
`

// startLibvirt starts libvirt's daemon with its driver for Xen alone; others take more of a
// distribution than there is.
func startLibvirt(t *testing.T) {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/*/libvirt/connection-driver/*.so")
	if err != nil || len(found) == 0 {
		t.Fatalf("no drivers of libvirt: %v", err)
	}
	for _, name := range found {
		if filepath.Base(name) == "libvirt_driver_libxl.so" {
			continue
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	// libvirt knows no processor without virtual-8086 extensions, which QEMU does not emulate.
	must(t, "sh", "-c", `sed -i "/<feature name='vme'.*\/>/d" /usr/share/libvirt/cpu_map/x86_*.xml`)
	const config, log = "/etc/libvirt/libvirtd.conf", "/var/log/libvirt/libvirtd.log"
	must(t, "mkdir", "-p", "/etc/libvirt", "/run/libvirt", "/var/lib/libvirt", "/var/log/libvirt/libxl", "/var/cache/libvirt")
	text := "auth_unix_rw = \"none\"\nauth_unix_ro = \"none\"\nlog_outputs = \"3:file:" + log + "\"\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "modprobe", "xen-pciback")
	must(t, "libvirtd", "--daemon", "--config", config)
	t.Cleanup(func() {
		if t.Failed() {
			run(t, "cat", log)
		}
		run(t, "sh", "-c", "kill $(cat /run/libvirtd.pid)")
		eventually(t, "libvirt has ended", time.Minute, func() bool { return run(t, "pidof", "libvirtd").status != 0 })
	})
	eventually(t, "libvirt answers", time.Minute, func() bool {
		return run(t, virsh("version")...).status == 0
	})
}

// virsh returns libvirt's command with these arguments.
func virsh(args ...string) []string {
	return append([]string{"virsh", "--connect", "xen:///system"}, args...)
}
