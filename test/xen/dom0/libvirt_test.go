//go:build xen

package dom0

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// libvirt takes a card from dom0 for its guest, and gives it back when the guest ends. Then the
// card has its driver, and is still in Xen's quarantine, with its slot: unhide cures that.
func TestLibvirtManaged(t *testing.T) {
	begin(t, card)
	startLibvirt(t)
	file := filepath.Join(t.TempDir(), "managed.xml")
	if err := os.WriteFile(file, []byte(managed), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "modprobe", "xen-pciback")
	t.Cleanup(func() {
		if run(t, "xl", "domid", "managed").status == 0 {
			destroyGuest(t, "managed")
		}
		if t.Failed() {
			t.Logf("the guest's console:\n%s", said("managed"))
		}
	})
	virsh(t, "create", file)
	awaitAddress(t, "managed", guestPatience, 1)
	wantTenants(t, map[string]string{card: "managed"})
	wantHidden(t, card)
	says(t, xenpci(t, refused, "unhide", "00:09.0").stderr, "managed", card)

	virsh(t, "destroy", "managed")
	awaitEnd(t, "managed")
	eventually(t, "libvirt has given the card back", time.Minute, func() bool { return driver(card) == "e1000" })
	wantTenants(t, nil)
	wantNoNetwork(t, card)
	xenpci(t, done, "unhide", "00:09.0")
	wantHome(t, card)
	wantNetwork(t, card)
}

// managed is a guest of libvirt's that has the card.
const managed = `<domain type='xen'>
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
      <source><address domain='0x0000' bus='0x00' slot='0x09' function='0x0'/></source>
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
	must(t, "sh", "-c", "sed -i '/vme/d' /usr/share/libvirt/cpu_map/x86_*.xml")
	const config, log = "/etc/libvirt/libvirtd.conf", "/var/log/libvirt/libvirtd.log"
	must(t, "mkdir", "-p", "/etc/libvirt", "/run/libvirt", "/var/lib/libvirt", "/var/log/libvirt/libxl", "/var/cache/libvirt")
	text := "auth_unix_rw = \"none\"\nauth_unix_ro = \"none\"\nlog_outputs = \"3:file:" + log + "\"\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "libvirtd", "--daemon", "--config", config)
	t.Cleanup(func() {
		if t.Failed() {
			run(t, "cat", log)
		}
		run(t, "sh", "-c", "kill $(cat /run/libvirtd.pid)")
	})
	eventually(t, "libvirt answers", time.Minute, func() bool {
		return run(t, "virsh", "--connect", "xen:///system", "version").status == 0
	})
}

// virsh runs libvirt's command.
func virsh(t *testing.T, args ...string) {
	t.Helper()
	must(t, append([]string{"virsh", "--connect", "xen:///system"}, args...)...)
}
